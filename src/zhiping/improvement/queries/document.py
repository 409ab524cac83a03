"""The improvement of an evaluation as one document, for its archive package."""

from typing import Any

from zhiping.evaluations.models import Evaluation
from zhiping.improvement.models import Action, Extension, Improvement
from zhiping.improvement.queries import improvement as queries
from zhiping.ledger.entry import plain

SCHEMA = "zhiping/improvement/1"


def document_of(evaluation: Evaluation) -> dict[str, Any] | None:
    """Return choice, sample, measures with proof and rechecks, extensions and closing; None without any.

    Times are ISO 8601, points exact text, files their SHA-256, people their names: what JSON holds.
    """
    known = queries.improvement_of(evaluation)
    if known is None:
        return None
    found: dict[str, Any] = plain(
        {
            "schema": SCHEMA,
            "choice": known.choice or None,
            "choice_reason": known.choice_reason,
            "follow_up": known.follow_up_id,
            "opened": known.opened,
            "due": known.due,
            "sample": _sample(known),
            "measures": [_measure(row) for row in queries.actions(evaluation)],
            "extensions": [_extension(row) for row in queries.extensions(evaluation)],
            "closing": _closing(known),
        }
    )
    return found


def _sample(known: Improvement) -> dict[str, Any] | None:
    """Return what the sample is recomputed from (domain.improvement); None before it is drawn."""
    if known.drawn is None:
        return None
    names = ("commitment", "seed", "words", "sampled", "drawn")
    return {name: getattr(known, name) for name in names}


def _measure(row: Action) -> dict[str, Any]:
    names = ("criterion", "measure", "owner", "deadline", "outcome", "done", "verdict", "place")
    proofs = [
        {"caption": one.caption, "sha256": one.file, "name": one.file_name, "at": one.at,
         "by": one.by.name, "withdrawn": one.withdrawn}
        for one in row.proofs.all()
    ]  # fmt: skip
    rechecks = [
        {"verdict": one.verdict, "reason": one.reason, "points": one.legal.points if one.legal else None,
         "at": one.at, "by": one.by.name}
        for one in row.rechecks.all()
    ]  # fmt: skip
    return {**{name: getattr(row, name) for name in names}, "proofs": proofs, "rechecks": rechecks}


def _extension(row: Extension) -> dict[str, Any]:
    names = ("until", "reason", "at", "granted", "answer", "decided")
    values = {name: getattr(row, name) for name in names}
    decided_by = row.decided_by.name if row.decided_by else None
    criterion = row.action.criterion if row.action else None
    return {"criterion": criterion, **values, "by": row.by.name, "decided_by": decided_by}


def _closing(known: Improvement) -> dict[str, Any] | None:
    if known.closed is None or known.proposed_by is None or known.closed_by is None:
        return None
    return {
        "proposed": known.proposed,
        "proposed_by": known.proposed_by.name,
        "closed": known.closed,
        "closed_by": known.closed_by.name,
    }
