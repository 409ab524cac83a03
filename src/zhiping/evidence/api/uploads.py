"""Resumable uploads by the tus protocol 1.0: creation, checksum, termination."""

import base64
import binascii
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Router
from ninja.errors import HttpError

from zhiping.accounts.http import Request
from zhiping.documents.attachments.kinds import MOST_BYTES
from zhiping.domain.errors import AlreadyDone
from zhiping.evidence import queries, spool
from zhiping.evidence.actions import uploads as actions
from zhiping.ids import uuid7
from zhiping.ledger.act import Act
from zhiping.panels.queries.panel import get_for

router = Router(tags=["uploads"])
TUS = {"Tus-Resumable": "1.0.0", "Cache-Control": "no-store"}
ABOUT = {
    "Tus-Version": "1.0.0",
    "Tus-Extension": "creation,checksum,termination",
    "Tus-Max-Size": str(MOST_BYTES),
    "Tus-Checksum-Algorithm": ",".join(spool.CHECKSUMS),
}
PIECE = "application/offset+octet-stream"
EVALUATION, UPLOAD = "/evaluations/{uuid:evaluation_id}/uploads", "/uploads/{uuid:upload_id}"


def _header(name: str, about: str, example: str, *, needed: bool = False) -> dict[str, Any]:
    schema = {"type": "string"}
    return {"name": name, "in": "header", "required": needed, "description": about, "schema": schema,
            "example": example}  # fmt: skip


VERSION = _header("Tus-Resumable", "Version of the protocol.", "1.0.0")
CREATION = [
    VERSION,
    _header("Upload-Length", "Bytes of the file.", "482133"),
    _header(
        "Upload-Metadata",
        "`filename` with its folders, in Base64; `id`, the device's own UUIDv7, becomes the evidence's.",
        "filename My40L+WPsOi0pi5wZGY=,id MDE5YTAwMDAtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDAx",
    ),
]
APPENDING = [
    VERSION,
    _header("Upload-Offset", "Bytes that have arrived before this piece.", "0"),
    _header(
        "Upload-Checksum",
        "Algorithm and Base64 of the digest of this piece.",
        "sha256 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    ),
]


@router.api_operation(["OPTIONS"], EVALUATION, response={204: None})
def upload_options(request: HttpRequest, evaluation_id: UUID) -> HttpResponse:  # noqa: ARG001 - the same everywhere
    """Return what the server supports of the protocol."""
    return _answer(204, **ABOUT)


@router.post(EVALUATION, response={201: None, 200: None}, openapi_extra={"parameters": CREATION})
def begin_upload(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Begin to send a file; 200 where a file of this id was handed in already."""
    _ensure_version(request)
    evaluation = get_for(request.user, evaluation_id, "evidence.see")
    about = _metadata(request.headers.get("Upload-Metadata", ""))
    length, name = _number(request, "Upload-Length"), about.get("filename", "")[-1000:]
    if not name or "\0" in name:
        raise HttpError(400, "Upload-Metadata: filename")
    act = Act.of(request).submitted(_id(about.get("id")), {"name": name, "length": length})
    try:
        upload = actions.begin_upload(act, evaluation, name=name, length=length)
    except AlreadyDone:
        return _answer(200, Upload_Offset=str(length))
    offset = str(spool.arrived(upload.pk))
    return _answer(201, Location=reverse("api:upload_state", args=[upload.pk]), Upload_Offset=offset)


@router.api_operation(["HEAD"], UPLOAD, response={200: None})
def upload_state(request: Request, upload_id: UUID) -> HttpResponse:
    """Return how much of a file has arrived."""
    upload = queries.get_upload(request.user, upload_id)
    return _answer(200, Upload_Offset=str(spool.arrived(upload.pk)), Upload_Length=str(upload.length))


@router.patch(UPLOAD, response={204: None}, openapi_extra={"parameters": APPENDING})
def append_upload(request: Request, upload_id: UUID) -> HttpResponse:
    """Send a piece of at most 2 MiB; the last one hands the file in, unless its name states no criteria.

    409: the offset is another; 460: the checksum is; 413: the piece is too large; 422: the file is refused.
    """
    _ensure_version(request)
    upload = queries.get_upload(request.user, upload_id)
    length = int(request.META.get("CONTENT_LENGTH") or 0)
    if length > spool.MOST_PIECE:
        raise HttpError(413, str(spool.MOST_PIECE))
    if length and request.headers.get("Content-Type") != PIECE:
        raise HttpError(415, PIECE)
    offset, checksum = _number(request, "Upload-Offset"), _checksum(request)
    waits = False
    try:
        arrived, waits = actions.append_upload(Act.of(request), upload, offset, request.body, checksum)
    except AlreadyDone:
        arrived = upload.length
    except spool.Damaged:
        raise HttpError(460, "Upload-Checksum") from None
    return _answer(204, Upload_Offset=str(arrived), **({"Upload_Waits": "criteria"} if waits else {}))


@router.api_operation(["DELETE"], UPLOAD, response={204: None})
def drop_upload(request: Request, upload_id: UUID) -> HttpResponse:
    """Delete what has arrived of a file."""
    _ensure_version(request)
    actions.drop_upload(Act.of(request), queries.get_upload(request.user, upload_id))
    return _answer(204)


def _answer(status: int, **headers: str) -> HttpResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpResponse(status=status, headers=TUS | named)


def _ensure_version(request: HttpRequest) -> None:
    if request.headers.get("Tus-Resumable", "1.0.0") != "1.0.0":
        raise HttpError(412, "Tus-Version: 1.0.0")


def _number(request: HttpRequest, name: str) -> int:
    """Return a header that is a number of bytes; HttpError 400 for any other text."""
    text = request.headers.get(name, "")
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise HttpError(400, name)
    return int(text)


def _metadata(text: str) -> dict[str, str]:
    """Return the pairs of `Upload-Metadata`: names with values in Base64."""
    try:
        pairs = [part.split() for part in text.split(",") if part.strip()]
        return {name: base64.b64decode("".join(value), validate=True).decode() for name, *value in pairs}
    except ValueError:
        raise HttpError(400, "Upload-Metadata") from None


def _id(text: str | None) -> UUID:
    try:
        return UUID(text) if text else uuid7()
    except ValueError:
        raise HttpError(400, "Upload-Metadata: id") from None


def _checksum(request: HttpRequest) -> tuple[str, bytes] | None:
    """Return algorithm and digest of a piece; HttpError 400 for an algorithm that is not supported."""
    if "Upload-Checksum" not in request.headers:
        return None
    algorithm, _, digest = request.headers["Upload-Checksum"].partition(" ")
    try:
        if algorithm in spool.CHECKSUMS:
            return algorithm, base64.b64decode(digest, validate=True)
    except binascii.Error:
        pass
    raise HttpError(400, "Upload-Checksum")
