"""Security headers on every response; limits on requests."""

import gzip
import io
import re
import secrets
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

MOST_BYTES = 20 * 2**20  # of one request; each page with an upload has a lower limit
LEAST_COMPRESSED = 500  # bytes: what is shorter fits into one packet anyway
COMPRESSED = ("text/", "application/json")  # files are compressed already
GZIP = re.compile(r"\bgzip\b(?!;q=0(\.0*)?(,|$))")  # with weight 0 a client refuses it
PADDING = 100  # bytes at most
LEVEL = 1  # pages get a seventh larger than at level 6, in half the time
POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; script-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def content_security(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Allow scripts and styles only from our own files (CSP level 3); keep pages out of caches."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", "geolocation=(), microphone=()")
        if settings.SECURE:  # by the address: Django's own waits for a proxy that is counted
            response.headers.setdefault(
                "Strict-Transport-Security", f"max-age={settings.SECURE_HSTS_SECONDS}"
            )
        if response.headers.get("Cache-Control", "").startswith("public"):
            del response.headers["Vary"]  # a page for everybody depends on no session that others read
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    return answer


def bounded(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Refuse a request larger than any accepted file before its body is read and fills the disk."""

    def answer(request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > MOST_BYTES:
            return HttpResponse(status=413)
        return get_response(request)

    return answer


def without_nul(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Refuse a URL with a NUL character, which PostgreSQL cannot store in a text."""

    def answer(request: HttpRequest) -> HttpResponse:
        if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            return HttpResponse(status=400)
        return get_response(request)

    return answer


def compressed(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Compress pages for clients that accept it.

    The length of a compressed page depends on whether what a request put into it is also in the rest of it
    (BREACH). A file name of random length in the header of gzip hides that, as in Django's middleware.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        kind = response.headers.get("Content-Type", "")
        if response.streaming or not kind.startswith(COMPRESSED) or response.has_header("Content-Encoding"):
            return response
        patch_vary_headers(response, ("Accept-Encoding",))
        if len(response.content) >= LEAST_COMPRESSED and _accepts_gzip(request):
            response.content = _gzip(response.content)
            response.headers["Content-Encoding"] = "gzip"
            response.headers["Content-Length"] = str(len(response.content))
        return response

    return answer


def _accepts_gzip(request: HttpRequest) -> bool:
    offers = request.headers.get("Accept-Encoding", "").replace(" ", "").lower()
    return GZIP.search(offers) is not None


def _gzip(content: bytes) -> bytes:
    target = io.BytesIO()
    name = "x" * (secrets.randbelow(PADDING) + 1)
    with gzip.GzipFile(name, "wb", LEVEL, target, mtime=0) as file:
        file.write(content)
    return target.getvalue()
