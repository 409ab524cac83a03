"""The files of the store that rows name: whether each is what its row states, and which no row names."""

import datetime as dt
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Model, TextField
from django.db.models.functions import Cast

from zhiping.domain.errors import Problem
from zhiping.evidence import store
from zhiping.ledger.models import Event, Head
from zhiping.ledger.recording import recording

PARTS = 30  # a run verifies one part of the files, so each file is verified in as many runs
UNNAMED = dt.timedelta(days=1)  # a file without a row is kept as long: its row may be about to be written
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(slots=True)
class Verified:
    """The outcome of a verification of files: their number, and the problems by the head they belong to."""

    count: int
    problems: list[tuple[Head, Problem]]
    wrong: list[str]


def _models() -> list[type[Model]]:
    """Return the models whose rows name files of the store: `FILES` are the columns."""
    return [model for model in apps.get_models() if hasattr(model, "FILES")]


def _named(model: Any) -> list[tuple[str, Any, Any]]:
    """Return the SHA-256, the row and the ledger of each file that a model names."""
    ledger, found = recording(model).ledger, []
    for column in model.FILES:
        rows = model._base_manager.exclude(**{column: ""}).order_by("pk")  # noqa: SLF001 - Django's own name
        found += rows.values_list(column, "pk", ledger)
    return found


def named_files() -> set[str]:
    """Return the SHA-256 of each file that a row names."""
    return {sha256 for model in _models() for sha256, _, _ in _named(model)}


def verify(part: int | None, again: Collection[str] = ()) -> Verified:
    """Read one part of the files and compare each with its row; `part` None: all of them.

    `again`: files that were wrong before are read in any case. A file that cannot be read is a problem of its
    own and prevents nothing.
    """
    named: dict[str, list[tuple[type[Model], Any, Any]]] = {}
    for model in _models():
        for sha256, row, ledger in _named(model):
            if part is None or int(sha256[:8], 16) % PARTS == part or sha256 in again:
                named.setdefault(sha256, []).append((model, row, ledger))
    found = Verified(len(named), [], [])
    for sha256, rows in named.items():
        if wrong := _wrong(sha256):
            found.wrong.append(sha256)
            found.problems += _problems(*wrong, rows)
    return found


def _wrong(sha256: str) -> tuple[str, Mapping[str, str]] | None:
    """Return code and data of what is wrong with a file, None where nothing is."""
    try:
        there = store.found(sha256)
    except Exception as error:
        return "ledger.file_unreadable", {"expected": sha256[:12], "found": type(error).__name__}
    if there == sha256:
        return None
    if not there:
        return "ledger.file_lost", {"expected": sha256[:12]}
    return "ledger.file_altered", {"expected": sha256[:12], "found": there[:12]}


def _problems(
    code: str, data: Mapping[str, str], rows: Iterable[tuple[type[Model], Any, Any]]
) -> Iterator[tuple[Head, Problem]]:
    for model, row, ledger in rows:
        head = Head.objects.filter(pk=ledger).first() or Head(id=ledger)
        place = {"table": model._meta.db_table, "row": str(row)}  # noqa: SLF001 - Django's own name
        yield head, Problem(code, {**place, **data})


def unnamed(now: dt.datetime) -> list[str]:
    """Return the files that no row and no entry of a ledger names, and that are old enough to be deleted."""
    oldest = (now - UNNAMED).timestamp()
    old = {sha256 for sha256, kept in store.listed() if kept < oldest}
    for model in _models():
        if old:
            old.difference_update(sha256 for sha256, _, _ in _named(model))
    if old:
        old.difference_update(_in_ledgers())
    return sorted(old)


def _in_ledgers() -> Iterator[str]:
    """Yield what entries state as scans: a scan whose row names a later one is kept too."""
    scans = Event.objects.annotate(text=Cast("data", TextField())).filter(text__contains='"scan"')
    for text in list(scans.values_list("text", flat=True)):
        yield from SHA256.findall(text)
