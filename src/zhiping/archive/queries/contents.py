"""What goes into the package of an evaluation: its files, documents, ledgers and checkpoints."""

import datetime as dt
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import Model, Q

from zhiping import __version__
from zhiping.documents.files import result_file, rubric_file
from zhiping.documents.package.contents import Contents, Edition, File, Leaf, Ledger
from zhiping.documents.package.verify import _rows as changed_rows
from zhiping.domain.errors import Conflict, Problem
from zhiping.domain.result_document import for_everyone
from zhiping.domain.transparency.canonical import canonical
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import policy_of
from zhiping.evidence import store
from zhiping.improvement.queries.document import document_of as improvement_of
from zhiping.ledger import kept, keys
from zhiping.ledger.models import KEY_NAMED, LOG, Checkpoint, Event, Head
from zhiping.ledger.models import Leaf as LeafRow
from zhiping.ledger.recording import recording
from zhiping.reporting.queries.report import issuer, latest_issued
from zhiping.scoring.models import Result
from zhiping.scoring.queries.past import document_of
from zhiping.texts.catalogue import LANGUAGES, lookup

FOLDERS = {"evidence": "evidence", "reporting": "report", "improvement": "improvement"}  # else "scans"
LONGEST = 80  # characters of a name in a package
OPEN = ("evaluation.prepared", "evaluation.closed", "record.opened")  # entries without personal data or marks


def contents_of(evaluation: Evaluation, edition: Edition, id: UUID, now: dt.datetime) -> Contents:
    """Return what a package of an evaluation holds, up to its last checkpoints.

    The public edition has an extract of the result, the rules, and the ledger of the evaluation as hashes
    with the entries that name no person. Raises Conflict `archive.file_missing` for each stored file that is
    gone.
    """
    full = edition == "full"
    heads = _heads(evaluation) if full else [evaluation.head]
    result = evaluation.results.order_by("-version").first()
    files = [*_rules(evaluation), *_result(result, full=full)]
    if full:
        files += [*_documents(evaluation), *_stored([head.pk for head in heads])]
    own = {str(head.pk) for head in heads}
    log = Head.objects.get(id=LOG)
    return Contents(
        id=id,
        edition=edition,
        evaluation=evaluation.pk,
        title={one: _say(one, "package_title", name=evaluation.platform.name) for one in LANGUAGES},
        organisation=issuer(evaluation).name,
        made=now,
        generator=f"zhiping {__version__}",
        files=files,
        ledgers=[*(_ledger(head, full=full) for head in heads), _log(log, own)],
        checkpoints=[*_notes(heads), _last_note(log)],
        keys=keys.named(),
        facts=list(_facts(evaluation)),
        result="result.json" if result else "",
        whole_result=full,
        rubric="rubric.toml",
        printed=kept.printed(),
    )


def _say(language: str, key: str, **data: str) -> str:
    return str(lookup(language, f"archive.{key}")).format(**data)


def _both(key: str) -> dict[str, str]:
    return {one: _say(one, key) for one in LANGUAGES}


def _heads(evaluation: Evaluation) -> list[Head]:
    sheets = Head.objects.filter(pk__in=evaluation.sheets.values("pk"))
    return [evaluation.head, *sheets.order_by("pk")]


# ── ledgers ────────────────────────────────────────────────────────────────────────────────────────────


def _signed(head: Head) -> int:
    """Return the size at which a ledger was signed last: entries after it are in no checkpoint."""
    return Checkpoint.objects.filter(head=head).order_by("-size").values_list("size", flat=True).first() or 0


def _ledger(head: Head, *, full: bool) -> Ledger:
    events = Event.objects.filter(head=head, seq__lt=_signed(head))
    if not full:
        events = events.filter(name__in=OPEN)
    return _with_leaves(head, events)


def _log(log: Head, own: Iterable[str]) -> Ledger:
    """Return the log of checkpoints; what concerns other ledgers stays a hash."""
    concerned = Q(name=KEY_NAMED) | Q(data__head__in=list(own))
    return _with_leaves(log, Event.objects.filter(concerned, head=log, seq__lt=_signed(log)))


def _with_leaves(head: Head, events: Iterable[Event]) -> Ledger:
    bodies = {event.seq: canonical(event.body()) for event in events}
    rows = LeafRow.objects.filter(head=head, seq__lt=_signed(head)).order_by("seq")
    return Ledger(
        head.kind, head.id, [Leaf(one, bodies.get(seq)) for seq, one in rows.values_list("seq", "hash")]
    )


def _notes(heads: Iterable[Head]) -> list[str]:
    rows = Checkpoint.objects.filter(head__in=list(heads)).order_by("head", "size")
    return list(rows.values_list("note", flat=True))


def _last_note(log: Head) -> str:
    return Checkpoint.objects.filter(head=log).order_by("-size").values_list("note", flat=True)[0]


# ── files ──────────────────────────────────────────────────────────────────────────────────────────────


def _rules(evaluation: Evaluation) -> Iterator[File]:
    rubric = rubric_file.dumps(evaluation.rubric.as_domain()).encode()
    yield File("rubric.toml", rubric, _both("files.rubric"))
    yield _json("policy.json", policy_of(evaluation).as_data(), "policy")
    yield _json("guidance.json", evaluation.guidance, "guidance")


def _result(row: Result | None, *, full: bool) -> Iterator[File]:
    if row is None:
        return
    document = document_of(row)
    if not full:
        yield File("result.json", result_file.dumps(for_everyone(document)), _both("files.extract"))
        return
    yield File("result.json", result_file.dumps(document), _both("files.result"))
    for earlier in row.evaluation.results.exclude(pk=row.pk):
        name = f"results/{earlier.version}.json"
        yield File(name, result_file.dumps(document_of(earlier)), _both("files.earlier"))


def _json(path: str, value: object, title: str) -> File:
    text = json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, default=str)
    return File(path, f"{text}\n".encode(), _both(f"files.{title}"))


def _documents(evaluation: Evaluation) -> Iterator[File]:
    """Yield what people did, as tables of plain data."""
    seats = evaluation.seats.select_related("expert").order_by("place", "pk")
    panel = [
        {"name": one.expert.name, "employer": one.expert.employer, "title": one.expert.title,
         "role": one.role, "left": one.left}
        for one in seats
    ]  # fmt: skip
    yield _json("panel.json", panel, "panel")
    for name, title in (
        ("evidence", "evidence"), ("objections", "objections"), ("feedback", "feedback"),
        ("recommendations", "recommendations"), ("receipts", "receipts"),
    ):  # fmt: skip
        yield _json(f"{name}.json", [_plain(row) for row in getattr(evaluation, name).all()], title)
    if improvement := improvement_of(evaluation):
        yield _json("improvement.json", improvement, "improvement")


def _plain(row: Model) -> dict[str, Any]:
    """Return a row as plain data, people by their names."""
    found: dict[str, Any] = {}
    for field in row._meta.concrete_fields:  # noqa: SLF001 - Django's own name
        value = getattr(row, field.name) if field.is_relation else getattr(row, field.attname)
        if field.name != "evaluation" and value not in (None, ""):
            found[field.name] = str(value) if field.is_relation else value
    return found


def _stored(heads: list[UUID]) -> list[File]:
    """Return the stored files that rows and entries of these ledgers name, each once."""
    named = {**_of_entries(heads), **dict(_of_rows(heads))}
    missing = [name for sha256, (_, name) in named.items() if not store.has_file(sha256)]
    if missing:
        raise Conflict([Problem("archive.file_missing", {"name": name}) for name in missing])
    return [
        File(f"{folder}/{sha256[:12]} {_portable(name)}", partial(store.open_file, sha256), _alike(name))
        for sha256, (folder, name) in named.items()
    ]


def _of_rows(heads: list[UUID]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield the SHA-256 of each file that a row of these ledgers names, with its folder and its name."""
    for model in apps.get_models():
        app = model._meta.app_label  # noqa: SLF001 - Django's own name
        if not hasattr(model, "FILES") or app == "archive":
            continue
        rows = model._base_manager.filter(**{f"{recording(model).ledger}__in": heads})  # noqa: SLF001 - Django's own name
        for row in rows.order_by("pk"):
            for column in model.FILES:
                if sha256 := getattr(row, column):
                    yield sha256, (FOLDERS.get(app, "scans"), _name_of(row, column))


def _name_of(row: Model, column: str) -> str:
    return getattr(row, f"{column}_name", "") or getattr(row, "name", "") or f"{row}.{column}"


def _of_entries(heads: list[UUID]) -> dict[str, tuple[str, str]]:
    """Return the files that entries name: a row may name a later scan than its first entry."""
    found = {}
    for data in Event.objects.filter(head__in=heads).order_by("head", "seq").values_list("data", flat=True):
        for row in changed_rows(data.get("changes")):
            if (sha256 := row.get("sha256") if "sm3" in row else row.get("scan")) and isinstance(sha256, str):
                name = row.get("name") or row.get("scan_name") or sha256[:12]
                found[sha256] = ("evidence" if "sm3" in row else "scans", str(name))
    return found


def _portable(name: str) -> str:
    """Return a file name that every system can hold, its ending kept."""
    clean = re.sub(r'[<>:"/\\|?*\x00-\x1f\x7f]', "_", name).strip(" .") or "_"
    stem, dot, ending = clean.rpartition(".")
    if not dot or len(ending) > 10:
        return clean[:LONGEST].rstrip(" .")
    return f"{stem[: LONGEST - len(ending)].rstrip(' .')}.{ending}"


def _alike(name: str) -> Mapping[str, str]:
    return dict.fromkeys(LANGUAGES, name)


# ── the index ──────────────────────────────────────────────────────────────────────────────────────────


def _facts(evaluation: Evaluation) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    report, record = latest_issued(evaluation), evaluation.record
    own = {
        "platform": evaluation.platform.name,
        "operator": evaluation.platform.operator.name,
        "period": f"{evaluation.period_start} – {evaluation.period_end}",
        "score": str(evaluation.score or ""),
        "report": report.number if report else "",
        "year": str(record.year),
    }
    yield from ((_both(f"facts.{name}"), dict(_alike(value))) for name, value in own.items() if value)
    words = {"kind": f"wording.kind.{evaluation.kind}", "retention": f"archive.retentions.{record.retention}"}
    if evaluation.grade:
        words["grade"] = f"registry.grades.{evaluation.grade}"
    for name, key in words.items():
        yield _both(f"facts.{name}"), {one: str(lookup(one, key)) for one in LANGUAGES}
