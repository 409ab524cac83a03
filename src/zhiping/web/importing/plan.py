"""The plan of an import: what each row would do to the register as it is; settled again when it is done."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from zhiping.domain.errors import Conflict, Invalid, Problem
from zhiping.web.importing.sheet import Column, Row, Sheet, rows
from zhiping.web.importing.uploads import Table, Upload
from zhiping.web.importing.values import shown

KINDS = ("wrong", "add", "change", "unchanged")
MOST_NAMED = 20  # rows a sentence names


@dataclass(frozen=True, slots=True)
class Step:
    """The effect of importing one row: `kind` is one of KINDS, `changes` are (column, before, after)."""

    kind: str
    row: Row
    thing: Any  # what is registered, None where the row is new
    label: str
    changes: tuple[tuple[str, str, str], ...]
    outcome: str  # a short digest of what the row does, the same in every language


def steps(sheet: Sheet, table: Table) -> list[Step]:
    """Return what importing would do; raises Invalid where the header is wrong or no row is filled."""
    found = rows(sheet, table)
    if not found:
        raise Invalid([Problem("importing.empty", {}, (table.name,))])
    things = sheet.match(found)
    return [_step(sheet, row, things.get(row.number)) for row in found]


def _step(sheet: Sheet, row: Row, thing: Any) -> Step:
    label = next((c.text(row.values[c.key]) for c in sheet.columns if row.values.get(c.key)), "")
    differs = () if row.problems else tuple(_differs(sheet, row, thing))
    kind = "wrong" if row.problems else "add" if thing is None else "change" if differs else "unchanged"
    changes = tuple((c.key, c.registered(before), c.text(after)) for c, before, after in differs)
    return Step(kind, row, thing, label, changes, _outcome(kind, row, thing, differs))


def _differs(sheet: Sheet, row: Row, thing: Any) -> Iterator[tuple[Column, Any, Any]]:
    for column in sheet.columns:
        if column.key in row.values:
            before, after = None if thing is None else column.of(thing), row.values[column.key]
            if column.text(before) != column.text(after):
                yield column, before, after


def _outcome(kind: str, row: Row, thing: Any, differs: Sequence[tuple[Column, Any, Any]]) -> str:
    codes = [p.code for p in (*row.problems, *row.notes)]
    changes = [[column.key, _neutral(before), _neutral(after)] for column, before, after in differs]
    plain = json.dumps([kind, _neutral(thing), changes, codes])
    return hashlib.sha256(plain.encode()).hexdigest()[:12]


def _neutral(value: Any) -> str:
    return str(value.pk) if hasattr(value, "pk") else shown(value)


def outcomes(found: Sequence[Step]) -> dict[str, str]:
    """Return each row's outcome by its number."""
    return {str(step.row.number): step.outcome for step in found}


def digest(found: Sequence[Step]) -> str:
    """Return one digest of everything importing would do: what a person has seen and confirms."""
    return hashlib.sha256(json.dumps(outcomes(found), sort_keys=True).encode()).hexdigest()


def moved(upload: Upload, found: Sequence[Step]) -> list[int]:
    """Return the rows whose outcome is no longer what it was when the file was uploaded."""
    return [step.row.number for step in found if upload.outcomes[str(step.row.number)] != step.outcome]


def settle(sheet: Sheet, upload: Upload, seen: str) -> list[Step]:
    """Return the steps to take, inside the action's transaction.

    Raises Invalid `importing.faults` while a row is wrong, Conflict `importing.changed` with the rows
    concerned where the register has moved since the preview with the digest `seen` was shown.
    """
    planned = steps(sheet, upload.table)
    if digest(planned) != seen:
        raise Conflict([Problem("importing.changed", {"rows": moved(upload, planned)[:MOST_NAMED]})])
    if any(step.kind == "wrong" for step in planned):
        raise Invalid([Problem("importing.faults")])
    return planned


def summary(upload: Upload, found: Sequence[Step]) -> dict[str, Any]:
    """Return what an import did, for its event: the file, its hash, how many rows of each kind."""
    counts = Counter(step.kind for step in found)
    return {"file": upload.file, "sha256": upload.sha256, **{kind: counts[kind] for kind in KINDS[1:]}}
