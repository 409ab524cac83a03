"""Evidence for one reader: lists, the list of materials asked for, files found more than once."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet, Sum, UUIDField
from django.shortcuts import get_object_or_404

from zhiping.accounts.models import Role, User
from zhiping.accounts.queries import in_regions
from zhiping.domain import lifecycle
from zhiping.domain.evaluation import Seen
from zhiping.domain.rubric import Criterion, Indicator
from zhiping.evaluations.models import Evaluation
from zhiping.evidence import spool
from zhiping.evidence.models import Evidence, Preview, Upload
from zhiping.evidence.rules import AFTER_CONCLUSION, reads, reads_all
from zhiping.panels.models import Seat
from zhiping.statements import Given, Statement
from zhiping.texts.catalogue import language

KEPT = dt.timedelta(days=7)  # an upload that nothing adds to
RELATED = (
    "by", "withdrawn_by", "evaluation__head", "evaluation__platform__operator", "evaluation__authority",
    "evaluation__rubric",
)  # fmt: skip


def visible_to(user: User) -> QuerySet[Evidence]:
    """Return the evidence a user sees (rules.sees)."""
    here = "evaluation__"
    own = [o.pk for o in user.organisations(Role.OPERATOR, Role.OPERATOR_HEAD)]
    heads = [o.pk for o in user.organisations(Role.OPERATOR_HEAD)]
    offices = [o.pk for o in user.organisations(Role.AUTHORITY)]
    seats = Seat.objects.filter(expert__user=user, left=None, role__in=(*Seat.SCORERS, Seat.Role.SECRETARY))
    operator = Q(**{f"{here}platform__operator_id__in": own})
    side, concluded = Q(side=Evidence.Side.OPERATOR), Q(**{f"{here}head__phase__in": AFTER_CONCLUSION})
    return Evidence.objects.filter(
        in_regions(user, f"{here}platform__region_id")
        | in_regions(user, f"{here}authority__region_id")
        | Q(**{f"{here}visit_office_id__in": offices})
        | Q(**{f"{here}kind": "self", f"{here}platform__operator_id__in": heads})
        | Q(evaluation_id__in=seats.values("evaluation_id"))
        | (operator & (side | concluded))
    )


def get_evidence(user: User, evidence_id: UUID) -> Evidence:
    """Return one piece of evidence with its evaluation; Http404 where the user may not see it."""
    return get_object_or_404(visible_to(user).select_related(*RELATED), pk=evidence_id)


_OF = Statement(
    lambda: Evidence.objects.filter(evaluation=Given("evaluation", UUIDField())).select_related(
        "by", "withdrawn_by"
    )
)


def evidence_of(user: User, evaluation: Evaluation) -> list[Evidence]:
    """Return the evidence of an evaluation a user sees, in the order handed in, withdrawn ones included."""
    given = _OF.things(evaluation=evaluation.pk)
    if reads_all(user, evaluation):
        return given
    own = evaluation.platform.operator_id in {
        o.pk for o in user.organisations(Role.OPERATOR, Role.OPERATOR_HEAD)
    }
    return [one for one in given if own and one.side == Evidence.Side.OPERATOR]


def seen_on_site(evaluation: Evaluation) -> tuple[Seen, ...]:
    """Return the documents seen on site, as papers and reports read them."""
    lines = Evidence.objects.filter(evaluation=evaluation, kind=Evidence.SEEN, withdrawn=None)
    return tuple(Seen(one.caption, one.number, one.date, one.page, one.ids) for one in lines)


@dataclass(slots=True)
class Line:
    """A criterion of the list of materials: what is asked for, and the evidence for it."""

    criterion: Criterion
    guidance: str
    given: list[Evidence] = field(default_factory=list)

    @property
    def missing(self) -> bool:
        """Whether evidence is asked for and there is none; a bonus is not asked for."""
        return not self.criterion.bonus and not any(one.withdrawn is None for one in self.given)

    @property
    def text(self) -> str:
        """What is to be shown, in the reader's language."""
        return self.criterion.text[language()]


@dataclass(slots=True)
class Group:
    """An indicator of the list of materials."""

    indicator: Indicator
    lines: list[Line]

    @property
    def name(self) -> str:
        """The name of the indicator, in the reader's language."""
        return self.indicator.name[language()]

    @property
    def focus(self) -> str:
        """What the indicator looks at, in the reader's language."""
        return self.indicator.focus[language()]

    @property
    def missing(self) -> int:
        """The criteria for which evidence is asked for and not there."""
        return sum(line.missing for line in self.lines)


def materials(evaluation: Evaluation, given: Iterable[Evidence]) -> list[Group]:
    """Return the list of materials of an evaluation: what its paper asks for, and what is there."""
    programme = evaluation.programme
    guidance = evaluation.guidance or (programme.guidance if programme else {})
    lines: dict[str, Line] = {}
    groups = []
    for dimension in evaluation.rubric.as_domain().dimensions:
        for indicator in dimension.indicators:
            own = [Line(criterion, guidance.get(criterion.id, "")) for criterion in indicator.criteria]
            lines |= {line.criterion.id: line for line in own}
            groups.append(Group(indicator, own))
    for one in given:
        for name in one.ids:
            lines[name].given.append(one)
    return groups


def missing(evaluation: Evaluation, given: Iterable[str]) -> list[str]:
    """Return the criteria of an evaluation that ask for evidence and are in none of these texts of ids."""
    known = {name for criteria in given for name in criteria.split()}
    return [
        c.id for c in evaluation.rubric.as_domain().criteria.values() if not c.bonus and c.id not in known
    ]


@dataclass(frozen=True, slots=True)
class Repeat:
    """Where a file is found once more: in this evaluation for some criteria, or in another of a year."""

    criteria: str
    year: int | None


def repeats(user: User, evaluation: Evaluation, given: Iterable[Evidence]) -> dict[UUID, list[Repeat]]:
    """Return for each piece of evidence where its file is offered again on this platform: for the panel only.

    A file may support several criteria or come again next year; the panel judges whether it may.
    """
    if not reads(user, evaluation):
        return {}
    files: dict[str, list[Evidence]] = {
        one.sha256: [] for one in given if one.sha256 and one.withdrawn is None
    }
    same = Evidence.objects.filter(
        sha256__in=files, withdrawn=None, evaluation__platform=evaluation.platform_id
    ).select_related("evaluation")
    for one in same.order_by("at"):
        files[one.sha256].append(one)
    return {
        one.pk: [_repeat(other, evaluation) for other in files.get(one.sha256, ()) if other.pk != one.pk]
        for one in given
    }


def _repeat(other: Evidence, evaluation: Evaluation) -> Repeat:
    here = other.evaluation_id == evaluation.pk
    return Repeat(other.criteria, None if here else other.evaluation.period_end.year)


@dataclass(frozen=True, slots=True)
class Room:
    """How much of the room for an evaluation's files is used, in bytes."""

    used: int
    most: int

    @property
    def share(self) -> int:
        """The share in use, in percent."""
        return min(100 * self.used // self.most, 100)


def room(evaluation: Evaluation) -> Room:
    """Return the room for an evaluation's files: withdrawn ones count, as they are kept."""
    used = Evidence.objects.filter(evaluation=evaluation).aggregate(size=Sum("size"))["size"] or 0
    return Room(used, settings.EVIDENCE_QUOTA * 2**20)


def coming(evaluation: Evaluation) -> int:
    """Return how many bytes the uploads of an evaluation that are under way will have."""
    return Upload.objects.filter(evaluation=evaluation).aggregate(length=Sum("length"))["length"] or 0


def uploads(user: User) -> QuerySet[Upload]:
    """Return a user's own uploads: only their owner continues them."""
    return Upload.objects.filter(by=user).select_related(
        "evaluation__head", "evaluation__platform__operator", "evaluation__authority", "evaluation__rubric"
    )


def get_upload(user: User, upload_id: UUID) -> Upload:
    """Return one upload of a user; Http404 for another's."""
    return get_object_or_404(uploads(user), pk=upload_id)


def uploads_of(user: User, evaluation: Evaluation) -> list[tuple[Upload, int]]:
    """Return a user's uploads for an evaluation, with the bytes of each that have arrived."""
    return [(one, spool.arrived(one.pk)) for one in uploads(user).filter(evaluation=evaluation)]


def pictures(given: Iterable[Evidence]) -> dict[str, Preview]:
    """Return the pictures made of the files of a list, by the file's SHA-256."""
    names = [one.sha256 for one in given if one.sha256]
    return {found.sha256: found for found in Preview.objects.filter(sha256__in=names)}


def is_open(evaluation: Evaluation) -> bool:
    """Return whether evidence can be handed in now: not before preparation, not after conclusion."""
    return lifecycle.possible("evaluation", "hand_in_file", evaluation.head.phase)
