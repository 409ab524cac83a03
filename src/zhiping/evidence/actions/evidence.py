"""Hand in files, record documents seen on site, withdraw what was handed in by mistake, take files."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.core.files.uploadedfile import UploadedFile
from django.urls import reverse

from zhiping.documents.apart import apart
from zhiping.documents.attachments import kinds
from zhiping.domain.errors import Conflict, Invalid, Problem
from zhiping.domain.rubric import no_criterion
from zhiping.evaluations.models import Evaluation
from zhiping.evidence import queries, spool, store
from zhiping.evidence.models import Evidence, Preview
from zhiping.evidence.rules import side_of
from zhiping.ids import uuid7
from zhiping.ledger import actions as ledger
from zhiping.ledger.act import Act
from zhiping.ledger.entry import Entry
from zhiping.notices import actions as notices


@dataclass(frozen=True, slots=True)
class Received:
    """A file that is in the store: its name, its kind, its digests and its length."""

    name: str
    kind: str
    sha256: str
    sm3: str
    size: int


def receive(path: Path, name: str) -> Received:
    """Move a file into the store if it is of a kind that is allowed.

    Raises Invalid with what was found and what is allowed (documents.attachments.kinds).
    """
    kind = apart(kinds.inspect, path, name, name=name)
    stored = store.keep(path)
    return Received(name[-255:], kind, stored.sha256, stored.sm3, stored.size)


def scan_columns(scan: Received | None) -> dict[str, str]:
    """Return the columns of a row that keeps a scan; empty ones where there is none."""
    return {"scan": scan.sha256, "scan_name": scan.name} if scan else {"scan": "", "scan_name": ""}


def receive_sent(file: "UploadedFile[Any]") -> Received:
    """Move a file sent with a form into the store, as `receive` does."""
    with spool.received(file) as path:
        return receive(path, Path(file.name or "").name)


def hand_in_file(
    act: Act, evaluation: Evaluation, *, file: Received, criteria: str, caption: str = "", date: str = ""
) -> Evidence:
    """Hand in a file of the store for criteria, ids separated by spaces; the act's id becomes its own.

    `date`: of the fact. Raises Invalid for criteria the rubric does not have or none, and
    `evidence.no_room` where the evaluation's room is used up.
    """
    with act.move(evaluation, "hand_in_file") as entry:
        check_criteria(evaluation, criteria, needed=True)
        _ensure_room(evaluation, file.size, file.name)
        evidence = _add(
            act, entry, evaluation, kind=file.kind, criteria=criteria, date=date, name=file.name,
            caption=caption or Path(file.name).stem[:200] or file.name[:200], size=file.size,
            sha256=file.sha256, sm3=file.sm3,
        )  # fmt: skip
        if file.kind in kinds.PREVIEWED and not Preview.objects.filter(pk=file.sha256).exists():
            ledger.enqueue("zhiping.evidence.jobs.make_preview", file.sha256, file.kind)
    return evidence


def hand_in_sent(
    act: Act,
    evaluation: Evaluation,
    *,
    file: "UploadedFile[Any]",
    criteria: str,
    caption: str = "",
    date: str = "",
) -> Evidence:
    """Hand in a file sent with a form, as `hand_in_file` does; Invalid as `receive` too."""
    act.require("evidence.hand_in_file", evaluation)
    check_criteria(evaluation, criteria, needed=True)
    kept = receive_sent(file)
    content = {"file": kept, "criteria": criteria, "caption": caption, "date": date}
    again = act.submitted(act.id or uuid7(), content)
    return hand_in_file(again, evaluation, file=kept, criteria=criteria, caption=caption, date=date)


def record_seen(
    act: Act, evaluation: Evaluation, *, caption: str, criteria: str = "", number: str = "", date: str = "",
    page: str = "", place: str = "",
) -> Evidence:  # fmt: skip
    """Record a document seen on site, of which no copy is taken; the act's id becomes its own.

    Raises Invalid for criteria the rubric does not have.
    """
    with act.move(evaluation, "record_seen") as entry:
        check_criteria(evaluation, criteria, needed=False)
        return _add(
            act, entry, evaluation, kind=Evidence.SEEN, criteria=criteria, caption=caption, number=number,
            date=date, page=page, place=place,
        )  # fmt: skip


def withdraw_evidence(act: Act, evidence: Evidence, *, reason: str) -> None:
    """Withdraw what was handed in by mistake; it stays, with the reason, and supports nothing any more.

    The person who gave it is notified where another withdraws it. Raises Conflict `evidence.gone` where it is
    withdrawn already.
    """
    evaluation = evidence.evaluation
    with act.move(evaluation, "withdraw_evidence", about=evidence, reason=reason) as entry:
        evidence.refresh_from_db(fields=("withdrawn",))
        if evidence.withdrawn:
            raise Conflict.of("evidence.gone")
        entry.change(evidence, withdrawn=act.now, withdrawn_by=act.by, withdrawn_reason=reason)
        if evidence.by_id != act.by.pk:
            notices.notify(
                to=evidence.by, code="evidence.withdrawn",
                data={"caption": evidence.caption, "platform": evaluation.platform.name},
                url=reverse("evidence:evidence", args=[evaluation.pk]), now=act.now,
            )  # fmt: skip


def take_file(act: Act, evidence: Evidence) -> IO[bytes]:
    """Open a file to be sent to its reader, and record that in the audit log.

    Raises Conflict `evidence.no_file` for a document seen on site.
    """
    act.require("evidence.take_file", evidence)
    if not evidence.sha256:
        raise Conflict.of("evidence.no_file")
    file = store.open_file(evidence.sha256)
    data = {"sha256": evidence.sha256, "evaluation": str(evidence.evaluation_id)}
    ledger.audit("exported", by=act.by, at=act.now, subject=str(evidence.pk), data=data)
    return file


def check_criteria(evaluation: Evaluation, criteria: str, *, needed: bool) -> None:
    """Raise Invalid for ids the rubric does not have; for none where they are needed."""
    wrong: Sequence[Problem] = list(no_criterion(evaluation.rubric.as_domain(), criteria.split(), "criteria"))
    if needed and not criteria.split():
        wrong = [Problem("evidence.no_criteria", {}, ("criteria",))]
    if wrong:
        raise Invalid(wrong)


def _ensure_room(evaluation: Evaluation, size: int, name: str) -> None:
    room = queries.room(evaluation)
    if room.used + size > room.most:
        raise Invalid([no_room(room, size, name)])


def no_room(room: queries.Room, size: int, name: str) -> Problem:
    """Return the problem of a file for which the evaluation's room is too small."""
    data = {"size": _mib(size), "left": _mib(max(room.most - room.used, 0)), "most": _mib(room.most)}
    return Problem("evidence.no_room", data, (name,))


def _mib(size: int) -> str:
    return f"{-(-size * 10 // 2**20) / 10:g}"


def _add(act: Act, entry: Entry, evaluation: Evaluation, **values: Any) -> Evidence:
    given = values | {"criteria": " ".join(dict.fromkeys(values["criteria"].split()))}
    side = side_of(act.by, evaluation)
    evidence = Evidence(id=entry.id, evaluation=evaluation, side=side, by=act.by, at=act.now, **given)
    entry.add(evidence)
    return evidence
