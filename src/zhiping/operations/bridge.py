"""The bridge from granian's RSGI to WSGI: a thread answers only requests that have arrived whole.

With granian's own WSGI interface a thread waits for the body: four clients that send a byte every two seconds
stop the site. Here the event loop waits: `PATIENCE` for the next bytes, and for all of them as long as they
need at `RATE`. A thread waits for no reader either: granian sends files from their path, bytes from memory.
"""

import asyncio
import io
import json
import logging
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import IO, Any

from zhiping.texts.catalogue import lookup
from zhiping.web.middleware import MOST_BYTES

PATIENCE = 30.0  # seconds until the next bytes; also what any body has
RATE = 50_000  # bytes a second: a slower body is ended
IN_MEMORY = 2**20  # bytes of one body; a larger one is kept in a file
ROOM = 256 * 2**20  # bytes of all bodies together
ALWAYS = 64 * 2**10  # bytes of a body that is received though there is no room: a form without files

Header = tuple[str, str]
WSGI = Callable[..., Iterable[bytes]]
log = logging.getLogger("zhiping.serve")


class RefusedBody(Exception):  # noqa: N818 - it is no fault of ours
    """A body that is not received, with the status that answers it."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True, slots=True)
class File:
    """An open file that is the body of a response: `wsgi.file_wrapper`."""

    file: IO[bytes]
    block: int = 8192

    @property
    def path(self) -> str | None:
        """The path granian can send it from; None for a part of a file, or what is not on the disk."""
        whole = isinstance(self.file, io.BufferedReader) and self.file.tell() == 0
        return self.file.name if whole and isinstance(self.file.name, str) else None

    def __iter__(self) -> Iterator[bytes]:
        return iter(lambda: self.file.read(self.block), b"")

    def close(self) -> None:
        """Close the file, and with it Django's response."""
        self.file.close()


@dataclass(slots=True)
class Answer:
    """A response: status, headers, and its body or the path of the file that is its body."""

    status: int = 500
    headers: list[Header] = field(default_factory=list)
    body: bytes = b""
    path: str | None = None

    def start(self, status: str, headers: list[Header], exc_info: object = None) -> None:  # noqa: ARG002 - WSGI's
        """Take status and headers: WSGI's `start_response`."""
        self.status, self.headers = int(status[:3]), headers


@dataclass(slots=True)
class Body:
    """The body of a request as far as it has arrived."""

    file: IO[bytes]
    length: int = 0


class Bridge:
    """Receives each request whole, then lets one of a few threads answer it."""

    def __init__(self, application: WSGI, threads: int) -> None:
        self._application = application
        self._threads = ThreadPoolExecutor(threads, "web")
        self._held = 0  # bytes of all bodies

    async def __call__(self, scope: Any, proto: Any) -> None:
        """Answer a request."""
        with tempfile.SpooledTemporaryFile(IN_MEMORY) as file:
            body = Body(file)
            try:
                if "content-length" in scope.headers or "transfer-encoding" in scope.headers:
                    await self._receive(scope, proto, body)
                given = environ(scope, body)
                loop = asyncio.get_running_loop()
                answer = await loop.run_in_executor(self._threads, self._answer, given)
            except RefusedBody as refused:
                answer = _refusal(scope, refused.status)
            finally:
                self._held -= body.length
        _send(scope, proto, answer)

    async def _receive(self, scope: Any, proto: Any, body: Body) -> None:
        if int(scope.headers.get("content-length", 0)) > MOST_BYTES:
            raise RefusedBody(413)
        loop = asyncio.get_running_loop()
        begun = loop.time()
        try:
            async with asyncio.timeout(PATIENCE) as limit:
                async for piece in proto:
                    self._admit(body, piece)
                    limit.reschedule(PATIENCE + min(loop.time(), begun + body.length / RATE))
        except TimeoutError:
            raise RefusedBody(408) from None
        except OSError as error:  # no room in the folder of temporary files
            log.warning("a request's body was not kept", extra={"data": {"fault": str(error)}})
            raise RefusedBody(507) from error
        body.file.seek(0)

    def _admit(self, body: Body, piece: bytes) -> None:
        """Keep a piece of a body, unless it or all bodies together are too large."""
        length = body.length + len(piece)
        if length > MOST_BYTES:
            raise RefusedBody(413)
        if length > ALWAYS and self._held + len(piece) > ROOM:
            raise RefusedBody(503)
        body.length = length
        self._held += len(piece)
        body.file.write(piece)

    def _answer(self, given: dict[str, Any]) -> Answer:
        """Call the application, in a thread."""
        answer = Answer()
        try:
            body = self._application(given, answer.start)
            try:
                answer.path = body.path if isinstance(body, File) else None
                answer.body = b"" if answer.path else b"".join(body)
            finally:
                if close := getattr(body, "close", None):
                    close()
        except Exception:
            log.exception("a request was not answered")
            return Answer()
        return answer


def environ(scope: Any, body: Body) -> dict[str, Any]:
    """Return a request as WSGI has it.

    Without header names that have a `_`: `X_Forwarded_For` would become the same name as `X-Forwarded-For`,
    and a client could choose its address.
    """
    host, _, port = scope.server.rpartition(":")
    values = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": host.strip("[]"),
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": body.file,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": File,
    }
    for name, value in scope.headers.items():
        if "_" not in name:
            key = f"HTTP_{name.upper().replace('-', '_')}"
            joint = "; " if name == "cookie" else ","
            values[key] = f"{values[key]}{joint}{value}" if key in values else value
    values["CONTENT_TYPE"] = values.pop("HTTP_CONTENT_TYPE", "")
    values.pop("HTTP_CONTENT_LENGTH", None)
    values["CONTENT_LENGTH"] = str(body.length)
    return values


def _refusal(scope: Any, status: int) -> Answer:
    """Return a response with the reason in both languages; for a program as a problem (RFC 9457)."""
    reason = " · ".join(lookup(language, "web.refused_bodies")[str(status)] for language in ("zh", "en"))
    kind, body = "text/plain; charset=utf-8", reason
    if scope.path.startswith("/api/"):
        kind = "application/problem+json"
        body = json.dumps({"type": "about:blank", "title": reason, "status": status, "errors": []})
    headers = [("content-type", kind), ("connection", "close"), ("cache-control", "no-store")]
    return Answer(status, headers, body.encode())


def _send(scope: Any, proto: Any, answer: Answer) -> None:
    if scope.method == "HEAD":
        proto.response_empty(answer.status, answer.headers)
    elif answer.path:
        proto.response_file(answer.status, answer.headers, answer.path)
    else:
        proto.response_bytes(answer.status, answer.headers, answer.body)
