"""Responses that a browser saves as a file."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from django.http import HttpResponse
from django.utils.http import content_disposition_header

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def attachment(name: str) -> str:
    """Return the header that makes a browser save a file under a name in any script (RFC 6266)."""
    return content_disposition_header(as_attachment=True, filename=name) or "attachment"


def download(content: bytes, content_type: str, name: str) -> HttpResponse:
    """Return a file to save under a name."""
    headers = {"Content-Disposition": attachment(name)}
    return HttpResponse(content, content_type=content_type, headers=headers)


def spreadsheet(name: str, write: Callable[[Path], object]) -> HttpResponse:
    """Return the spreadsheet that `write` puts at a path, to save as `<name>.xlsx`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sheet.xlsx"
        write(path)
        return download(path.read_bytes(), XLSX, f"{name}.xlsx")
