"""Responses that a browser saves as a file."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from django.http import FileResponse, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header

from zhiping.ledger import actions as ledger

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def attachment(name: str) -> str:
    """Return the header that makes a browser save a file under a name in any script (RFC 6266)."""
    return content_disposition_header(as_attachment=True, filename=name) or "attachment"


def download(content: bytes, content_type: str, name: str) -> HttpResponse:
    """Return a file to save under a name."""
    headers = {"Content-Disposition": attachment(name)}
    return HttpResponse(content, content_type=content_type, headers=headers)


def stored_file(name: str, content: IO[bytes]) -> FileResponse:
    """Return a person's file to save under its name; no browser opens it."""
    headers = {"Content-Disposition": attachment(name), "X-Content-Type-Options": "nosniff"}
    return FileResponse(content, content_type="application/octet-stream", headers=headers)


def is_asked_here(request: HttpRequest) -> bool:
    """Return whether a form of this site or an address that a person typed asks for a file.

    A link on another site could cause one, and its row in the audit log, in another person's name.
    """
    return request.method == "POST" or request.headers.get("Sec-Fetch-Site", "none") in (
        "none",
        "same-origin",
    )


def export(request: HttpRequest, content: bytes, content_type: str, name: str) -> HttpResponse:
    """Return a file of what the server has, and note in the audit log that it left."""
    if not is_asked_here(request):
        raise TypeError(f"{request.path} exports for another site")
    ledger.audit("exported", by=request.user, at=timezone.now(), subject=request.path[:80])
    return download(content, content_type, name)


def exported_spreadsheet(request: HttpRequest, name: str, write: Callable[[Path], object]) -> HttpResponse:
    """Export the spreadsheet that `write` puts at a path, as `<name>.xlsx`."""
    return export(request, _written(write), XLSX, f"{name}.xlsx")


def spreadsheet(name: str, write: Callable[[Path], object]) -> HttpResponse:
    """Return a spreadsheet that holds nothing of the register: an empty template, or what was uploaded."""
    return download(_written(write), XLSX, f"{name}.xlsx")


def _written(write: Callable[[Path], object]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sheet.xlsx"
        write(path)
        return path.read_bytes()
