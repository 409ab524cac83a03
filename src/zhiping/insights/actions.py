"""Keep the digests of results."""

from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from zhiping.domain.result_document import Result as Document
from zhiping.insights.models import Digest
from zhiping.ledger.act import Act
from zhiping.scoring.models import Result
from zhiping.scoring.queries.past import document_of

BATCH = 100  # documents held at once


def digest_results(act: Act) -> int:
    """Digest the results that have none yet, drop the digests of those disposed of; return how many are new.

    Results never change, a correction is a new version: so what is there is right, and a run that was killed
    leaves the rest to the next.
    """
    act.require("insights.digest_results")
    kept = Result.objects.filter(evaluation=OuterRef("evaluation"))
    Digest.objects.filter(~Exists(kept)).delete()
    known = Digest.objects.filter(evaluation=OuterRef("evaluation"), version__gte=OuterRef("version"))
    done = 0
    while found := list(_new(known)):
        latest = {row.evaluation_id: row for row in found}
        with transaction.atomic():
            Digest.objects.filter(evaluation__in=latest).delete()
            Digest.objects.bulk_create(_digest(row) for row in latest.values())
        done += len(latest)
    return done


def _new(known: Any) -> Any:
    rows = Result.objects.filter(~Exists(known)).select_related("evaluation")
    return rows.order_by("evaluation", "version")[:BATCH]


def _digest(row: Result) -> Digest:
    one = row.evaluation
    facts = facts_of(document_of(row))
    return Digest(
        evaluation=one, version=row.version, year=one.period_end.year, sha256=row.sha256, facts=facts
    )


def facts_of(document: Document) -> dict[str, Any]:
    """Return what the figures need of a result."""
    criteria = [c for c in document["criteria"] if c["lost"] not in (None, "0")]
    indicators = [i for i in document["indicators"] if not i["bonus"] and i["score"] is not None]
    return {
        "rubric": document["rubric"]["wording_sha256"],
        "grade": document["grade"],
        "graded": document["score"]["graded"],
        "scores": {i["id"]: [i["score"], i["max"]] for i in indicators},
        "lost": {c["id"]: [c["lost"], c["reasons"]] for c in criteria},
        "alpha": document["agreement"]["alpha"],
        "severity": [one["points"] for one in document["agreement"]["severity"]],
    }
