"""The result of an evaluation: computed from the sheets, or as it was concluded, for one reader."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.db.models import Exists, OuterRef, Subquery, UUIDField
from django.http import Http404
from django.shortcuts import get_object_or_404

from zhiping import __version__
from zhiping.accounts.models import User
from zhiping.documents.papers.report import unprintable
from zhiping.domain.consensus import Agreed
from zhiping.domain.evaluation import Evaluation as Facts
from zhiping.domain.evaluation import Platform as PlatformFacts
from zhiping.domain.evaluation import Seen, Visit
from zhiping.domain.lifecycle import State
from zhiping.domain.result import evaluate
from zhiping.domain.result_document import Result as Document
from zhiping.domain.result_document import for_operator
from zhiping.domain.transparency.canonical import sha256
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import get_evaluation, policy_of
from zhiping.evidence.models import Evidence
from zhiping.panels.models import Seat
from zhiping.panels.queries.panel import get_for
from zhiping.panels.rules import seated
from zhiping.scoring.models import Dissent, Result, Signature
from zhiping.scoring.queries.deliberation import agreed, criteria_settled, disputed, sheets_of
from zhiping.scoring.queries.fact_check import stated
from zhiping.scoring.queries.past import Past, document_of, past, previous
from zhiping.scoring.queries.sheet import BY_SCAN, arrived, table_of
from zhiping.scoring.rules import sees_marks
from zhiping.statements import Given, Statement
from zhiping.visits.queries import facts

_EVALUATION = Given("evaluation", UUIDField())
_EVIDENCE = Statement(lambda: Evidence.objects.filter(evaluation=_EVALUATION, withdrawn__isnull=True))
_LATEST = Statement(lambda: Result.objects.filter(evaluation=_EVALUATION).order_by("-version"))
_SIGNATURE = Signature.objects.filter(seat=OuterRef("pk"))
_SEATS = Statement(
    lambda: (
        Seat.objects.filter(evaluation=_EVALUATION, left__isnull=True, role__in=Seat.SCORERS)
        .select_related("expert")
        .annotate(
            signed_sha256=Subquery(_SIGNATURE.values("result_sha256")),
            signed=Subquery(_SIGNATURE.values("at")),
            scan=Subquery(_SIGNATURE.values("scan")),
            sheet_on_paper=Exists(BY_SCAN.filter(sheet__seat=OuterRef("pk"))),
            dissents=Exists(Dissent.objects.filter(seat=OuterRef("pk"))),
        )
        .order_by("place", "pk")
    )
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A result with the evaluation it was computed from, and its hash: what members sign."""

    document: Document
    about: Facts
    sha256: str


def compute(
    evaluation: Evaluation, results: Sequence[Past] | None = None, *,
    amended: Mapping[str, Agreed] | None = None, replaces: str = "",
) -> Outcome:  # fmt: skip
    """Compute the result from the sheets and the agreed marks as they are now (8.1, 8.2).

    It equals what the command line writes for the same marks. `amended`, `replaces`: marks corrected on
    objections. Raises Invalid as `domain.result.evaluate`.
    """
    rubric = table_of(evaluation)
    last = previous(evaluation, results)
    about = replace(facts(evaluation), findings=stated(evaluation), previous=last)
    sheets = sheets_of(evaluation, arrived(evaluation, seated(evaluation)))
    marks = agreed(evaluation)
    kept = {name: marks[name] for name in disputed(evaluation, sheets) if name in marks}
    found = evaluate(
        rubric, about, sheets, kept, amended=amended, replaces=replaces, generator=f"zhiping {__version__}"
    )
    found["replaced_characters"] = unprintable(found, about)
    return Outcome(found, about, sha256(found))


def latest(evaluation: Evaluation) -> Result | None:
    """Return the result as it was concluded, in its latest version; None before."""
    return next(iter(_LATEST.things(evaluation=evaluation.pk)), None)


# ── signatures ─────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Signed:
    """A member of the panel before the result: `holds` where the signature is under the result of now.

    `at`: None where the member has not signed; `scan`: of the paper, where the member signed on paper.
    `sheet_on_paper`: the signed scan confirmed the member's sheet.
    """

    seat: Seat
    at: dt.datetime | None
    scan: str
    holds: bool
    dissents: bool
    sheet_on_paper: bool

    @property
    def settled(self) -> bool:
        """Whether the member has signed this result, or has recorded a dissent."""
        return self.holds or self.dissents


def signed(evaluation: Evaluation, result_sha256: str) -> list[Signed]:
    """Return the members of the panel with their signatures, which another result voids: one statement."""
    return [
        Signed(s, s.signed, s.scan or "", s.signed_sha256 == result_sha256, s.dissents, s.sheet_on_paper)
        for s in _SEATS.things(evaluation=evaluation.pk)
    ]


def get_paper_signature(user: User, evaluation_id: UUID, seat_id: UUID) -> Signature:
    """Return a member's signature on paper; Http404 where the member has given none."""
    evaluation = get_for(user, evaluation_id, "scoring.see_marks")
    found = get_object_or_404(Signature.objects.exclude(scan=""), evaluation=evaluation, seat=seat_id)
    found.evaluation = evaluation
    return found


def members_signed(evaluation: Evaluation, _today: dt.date) -> bool:
    """Return whether the result as it is now is signed: a need of the conclusion.

    The result is computed only where every member has signed one.
    """
    if not all(one.at or one.dissents for one in signed(evaluation, "")):
        return False
    return criteria_settled(evaluation, _today) and all_signed(evaluation, compute(evaluation).sha256)


def all_signed(evaluation: Evaluation, result_sha256: str) -> bool:
    """Return whether every member has signed this result, or has recorded a dissent."""
    return all(one.settled for one in signed(evaluation, result_sha256))


# ── for one reader ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Shown:
    """A result as one person reads it.

    `edition`: without what the person may not see; `full`: for texts in which no single mark can be read.
    `row`: as it was concluded, None for a preview. `whole`: the person sees single members' marks.
    `past`: the other results of the platform, too.
    """

    evaluation: Evaluation
    edition: Document
    full: Document
    about: Facts
    sha256: str
    row: Result | None
    whole: bool
    past: Sequence[Past]


def shown(user: User, evaluation: Evaluation) -> Shown:
    """Return the result of an evaluation for a person; Http404 where there is none the person may see.

    Before the conclusion the panel and who is in charge see what would be concluded.
    """
    whole, results = bool(sees_marks(user, evaluation)), past(evaluation.platform_id)
    concluded = any(one.evaluation == evaluation.pk for one in results)
    if concluded and (row := latest(evaluation)):
        return _concluded(evaluation, row, results, whole=whole)
    if not whole or evaluation.reached != State.DELIBERATING:
        raise Http404
    found = compute(evaluation, results)
    document = found.document
    return Shown(evaluation, document, document, found.about, found.sha256, None, whole, results)


def _concluded(evaluation: Evaluation, row: Result, results: Sequence[Past], *, whole: bool) -> Shown:
    full = document_of(row)
    edition = full if whole else for_operator(full)
    return Shown(evaluation, edition, full, _bare(evaluation, full, results), row.sha256, row, whole, results)


def official(evaluation: Evaluation) -> Shown:
    """Return the result as it was concluded without single members' marks, for papers that a worker makes.

    Raises Http404 before the conclusion.
    """
    if (row := latest(evaluation)) is None:
        raise Http404
    return _concluded(evaluation, row, past(evaluation.platform_id), whole=False)


def _bare(evaluation: Evaluation, document: Document, results: Sequence[Past]) -> Facts:
    """Return the facts that a page of the result needs besides the document."""
    return Facts(
        platform=PlatformFacts(name=document["platform"]["name"]),
        kind=document["kind"],
        policy=policy_of(evaluation),
        visit=Visit(seen=_evidence(evaluation)),
        findings=stated(evaluation),
        previous=previous(evaluation, results),
    )


def _evidence(evaluation: Evaluation) -> tuple[Seen, ...]:
    """Return the evidence by criterion, files and documents seen on site alike."""
    lines = _EVIDENCE.things(evaluation=evaluation.pk)
    return tuple(Seen(one.caption, one.number, one.date, one.page, one.ids) for one in lines)


def get_shown(user: User, evaluation_id: UUID) -> Shown:
    """Return the result of an evaluation by its id, as `shown` does."""
    return shown(user, get_evaluation(user, evaluation_id))


def get_concluded(user: User, evaluation_id: UUID) -> tuple[Shown, Result]:
    """Return the result of an evaluation with its row; Http404 before the conclusion."""
    found = get_shown(user, evaluation_id)
    if found.row is None:
        raise Http404
    return found, found.row
