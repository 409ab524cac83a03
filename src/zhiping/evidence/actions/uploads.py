"""Receive files in pieces (tus 1.0), and hand each in once it is whole and its criteria are known."""

from pathlib import PurePath
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from zhiping.documents.attachments import kinds
from zhiping.domain.errors import AlreadyDone, Conflict, Invalid
from zhiping.domain.evidence import criteria_of
from zhiping.evaluations.models import Evaluation
from zhiping.evidence import queries, spool, store
from zhiping.evidence.actions.evidence import check_criteria, hand_in_file, no_room, receive
from zhiping.evidence.models import Evidence, Upload
from zhiping.ledger.act import Act

MOST_UPLOADS = 500  # files of one user under way


def begin_upload(act: Act, evaluation: Evaluation, *, name: str, length: int) -> Upload:
    """Begin to receive a file; the act's id becomes the upload's, and later the evidence's.

    A repeated request continues. Raises AlreadyDone where the file was handed in, Conflict
    `ledger.id_taken` for another file of this id, Invalid for a file that would be refused when it is whole.
    """
    act.require("evidence.hand_in_file", evaluation)
    _refuse_taken(act, evaluation, length)
    _ensure_allowed(act, evaluation, name, length)
    upload = Upload(evaluation=evaluation, by=act.by, name=name, length=length, created=act.now)
    upload.id = act.id or upload.id
    try:
        with transaction.atomic():
            upload.save(force_insert=True)
    except IntegrityError:
        same = queries.uploads(act.by).filter(pk=upload.pk, evaluation=evaluation, name=name, length=length)
        if not same.exists():
            raise Conflict.of("ledger.id_taken") from None
    spool.begin(upload.pk)
    return upload


def _refuse_taken(act: Act, evaluation: Evaluation, length: int) -> None:
    known = Evidence.objects.filter(pk=act.id).first() if act.id else None
    if known is None:
        return
    if (known.by_id, known.evaluation_id, known.size) == (act.by.pk, evaluation.pk, length):
        raise AlreadyDone
    raise Conflict.of("ledger.id_taken")


def _ensure_allowed(act: Act, evaluation: Evaluation, name: str, length: int) -> None:
    """Raise Invalid for a file of which the name or the length shows that it would be refused."""
    file = PurePath(name).name
    if not 0 < length <= kinds.MOST_BYTES:
        raise kinds.refused("too_big" if length > 0 else "empty", file, most=kinds.MOST_BYTES // 2**20)
    if kinds.extension(file) not in kinds.KINDS:
        allowed = " ".join(kinds.KINDS)
        raise kinds.refused("name", file, stated=kinds.extension(file) or "–", allowed=allowed)
    room, waiting = queries.room(evaluation), queries.coming(evaluation)
    if room.used + waiting + length > room.most and not _continues(act):
        raise Invalid([no_room(queries.Room(room.used + waiting, room.most), length, file)])
    if queries.uploads(act.by).count() >= MOST_UPLOADS:
        raise Conflict.of("evidence.too_many", most=MOST_UPLOADS)


def _continues(act: Act) -> bool:
    return act.id is not None and queries.uploads(act.by).filter(pk=act.id).exists()


def append_upload(
    act: Act, upload: Upload, offset: int, piece: bytes, checksum: tuple[str, bytes] | None
) -> tuple[int, bool]:
    """Add a piece, and hand in a file that is whole; return its length and whether it waits for criteria.

    One request at a time: another one never comes between the last piece and the file that is handed in.
    Raises what `spool.append` and `finish_upload` raise.
    """
    act.require("evidence.hand_in_file", upload.evaluation)
    with spool.locked(upload.pk):
        arrived = spool.append(upload.pk, offset, piece, upload.length, checksum)
        return arrived, arrived == upload.length and _finish(act, upload) is None


def finish_upload(act: Act, upload: Upload, *, criteria: str = "") -> Evidence | None:
    """Hand in a file that has arrived whole, for the criteria given or those its name states.

    None, and the file waits, where neither names any. A file that is refused is deleted: Invalid names what
    was found. Raises Conflict `evidence.unfinished` where bytes are missing, AlreadyDone where it was handed
    in.
    """
    act.require("evidence.hand_in_file", upload.evaluation)
    with spool.locked(upload.pk):
        return _finish(act, upload, criteria)


def _finish(act: Act, upload: Upload, criteria: str = "") -> Evidence | None:
    _refuse_handed_in(act, upload)
    if spool.arrived(upload.pk) != upload.length:
        raise Conflict.of("evidence.unfinished")
    named = criteria or " ".join(criteria_of(upload.name, upload.evaluation.rubric.as_domain()))
    return _hand_in(act, upload, named) if named else None


def _refuse_handed_in(act: Act, upload: Upload) -> None:
    """Raise AlreadyDone where the server ended between the record and the clearing up, and clear up."""
    if Evidence.objects.filter(pk=upload.pk, by=act.by, evaluation=upload.evaluation).exists():
        _forget(upload)
        raise AlreadyDone


def _hand_in(act: Act, upload: Upload, criteria: str) -> Evidence:
    check_criteria(upload.evaluation, criteria, needed=True)
    try:
        file = receive(spool.path_of(upload.pk), PurePath(upload.name).name)
        content = {"file": file, "criteria": criteria}
        again = act.submitted(upload.pk, content)
        made = hand_in_file(again, upload.evaluation, file=file, criteria=criteria)
    except Invalid:
        _forget(upload)
        raise
    _forget(upload)
    return made


def drop_upload(act: Act, upload: Upload) -> None:
    """Delete an upload and what has arrived of it."""
    act.require("evidence.hand_in_file", upload.evaluation)
    _forget(upload)


def _forget(upload: Upload) -> None:
    Upload.objects.filter(pk=upload.pk).delete()
    spool.drop(upload.pk)


def drop_old_uploads(act: Act) -> int:
    """Delete uploads that nothing has been added to for queries.KEPT, and old local copies of files in S3."""
    act.require("evidence.drop_old_uploads")
    oldest = act.now - queries.KEPT
    store.delete_before(settings.UPLOADS, oldest.timestamp())
    gone: list[UUID] = [
        key
        for key in Upload.objects.filter(created__lt=oldest).values_list("pk", flat=True)
        if not spool.path_of(key).exists()
    ]
    Upload.objects.filter(pk__in=gone).delete()
    return len(gone)
