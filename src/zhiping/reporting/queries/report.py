"""The report of an evaluation: its words, its editions, and the text a printed report is composed of."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Max, Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from zhiping.accounts.models import Organisation, Role, User
from zhiping.accounts.queries import in_regions
from zhiping.domain.evaluation import Recommendation as Measure
from zhiping.domain.evaluation import ReportText
from zhiping.domain.lifecycle import ISSUED
from zhiping.domain.numbering import numbered
from zhiping.evaluations.models import Evaluation
from zhiping.panels.models import Seat
from zhiping.panels.queries.panel import get_for
from zhiping.reporting.models import Edition, NumberPattern, Recommendation, ReportPart

PATTERN = "质评〔{year}〕{n}号"  # until an organisation sets its own
Name = ReportPart.Name


def get_reported(user: User, evaluation_id: UUID) -> Evaluation:
    """Return an evaluation whose report the user may read; Http404 for every other."""
    return get_for(user, evaluation_id, "reporting.see_report")


def get_written(user: User, evaluation_id: UUID) -> Evaluation:
    """Return an evaluation whose report the user may write; raises NotAllowed for its other readers."""
    return get_for(user, evaluation_id, "reporting.write_part")


def issued_to(user: User) -> QuerySet[Evaluation]:
    """Return the evaluations whose issued report the user may read (rules.reads_report)."""
    own = [o.pk for o in user.organisations(Role.OPERATOR, Role.OPERATOR_HEAD)]
    seats = Seat.objects.filter(expert__user=user, left=None, role__in=(*Seat.SCORERS, Seat.Role.SECRETARY))
    reads = (
        in_regions(user, "platform__region_id")
        | in_regions(user, "authority__region_id")
        | Q(platform__operator_id__in=own)
        | Q(pk__in=seats.values("evaluation_id"))
    )
    issued = Q(head__phase__in=ISSUED) | Q(suspended_in__in=ISSUED) | Q(cancelled_in__in=ISSUED)
    return Evaluation.objects.filter(reads, issued)


def texts_of(words: Mapping[str, Any]) -> list[str]:
    """Return what people wrote in an edition as texts."""
    return [text for value in words.values() for text in _entries(value)]


def parts(evaluation: Evaluation) -> dict[str, str]:
    """Return what people have written of each part, "" for the others: one statement."""
    written = {part.name: part.text for part in evaluation.report_parts.all()}
    return {name: written.get(name, "") for name in Name.values}


def digest(text: object) -> str:
    """Return a hash of what a form showed: by it the form is refused once another person has changed it."""
    return hashlib.sha256(str(text).encode()).hexdigest()[:16]


def seen_of(one: Recommendation | None) -> str:
    """Return the hash of a recommendation as a form shows it."""
    return digest(as_measure(one)) if one else ""


def text_of(one: Recommendation) -> str:
    """Return a recommendation in one line."""
    until = one.until.isoformat() if one.until else ""
    return " · ".join(filter(None, (one.what, one.who, until, one.proof, one.findings)))


def as_measure(one: Recommendation) -> Measure:
    """Return a recommendation as papers read it."""
    return Measure(one.what, one.who, one.until, one.proof, tuple(one.findings.split()))


def recommendation_of(evaluation: Evaluation, recommendation_id: UUID) -> Recommendation:
    """Return a recommendation of a report that was found for a user."""
    found: Recommendation = get_object_or_404(evaluation.recommendations, pk=recommendation_id)
    return found


def report_text(evaluation: Evaluation) -> ReportText:
    """Return the parts of the report that people write, with number and date once it is issued."""
    written = parts(evaluation)
    last = latest_issued(evaluation)
    return ReportText(
        number=last.number if last else "",
        date=last.date if last else None,
        reviewer=last.reviewer if last else "",
        signer=last.signer if last else "",
        overview=written[Name.OVERVIEW],
        problems=tuple(_lines(written[Name.PROBLEMS])),
        highlights=tuple(_lines(written[Name.HIGHLIGHTS])),
        recommendations=tuple(as_measure(one) for one in evaluation.recommendations.all()),
    )


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def words_of(text: ReportText) -> dict[str, Any]:
    """Return the words of a report as JSON, to be kept with an edition."""
    return {
        "overview": text.overview,
        "problems": list(text.problems),
        "highlights": list(text.highlights),
        "recommendations": [
            {
                "what": one.what,
                "who": one.who,
                "until": one.until.isoformat() if one.until else None,
                "check": one.check,
                "findings": list(one.findings),
            }
            for one in text.recommendations
        ],
    }


def editions(evaluation: Evaluation) -> QuerySet[Edition]:
    """Return the editions of the report, the latest first."""
    return evaluation.editions.select_related("result", "by", "receipt")


def latest_issued(evaluation: Evaluation) -> Edition | None:
    """Return the report as it was issued last."""
    return evaluation.editions.exclude(number="").first()


def newest_result(evaluation: Evaluation) -> UUID | None:
    """Return the id of the latest version of the result."""
    return evaluation.results.values_list("pk", flat=True).order_by("-version").first()


def get_edition(user: User, edition_id: UUID) -> Edition:
    """Return an edition for a reader of the report; the operator reads only what was sent out, as all are."""
    edition: Edition = get_object_or_404(Edition.objects.select_related("result"), pk=edition_id)
    edition.evaluation = get_reported(user, edition.evaluation_id)
    return edition


def next_version(evaluation: Evaluation) -> int:
    """Return the version of the next edition."""
    last: int | None = evaluation.editions.aggregate(last=Max("version"))["last"]
    return (last or 0) + 1


def issuer(evaluation: Evaluation) -> Organisation:
    """Return whose report it is: the authority's, of a self-evaluation the operator's."""
    return evaluation.authority or evaluation.platform.operator


def pattern_of(organisation: Organisation) -> str:
    """Return how an organisation writes the numbers of its reports."""
    own = NumberPattern.objects.filter(organisation=organisation).first()
    return own.pattern if own else PATTERN


def next_number(organisation: Organisation, year: int) -> tuple[int, str]:
    """Return the next count of a year, without gaps, and the number written by the pattern."""
    rows = Edition.objects.filter(organisation=organisation, year=year)
    count = (rows.aggregate(last=Max("count"))["last"] or 0) + 1
    return count, numbered(pattern_of(organisation), year, count)


def compared(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[tuple[str, list[str], list[str]]]:
    """Return what differs between the words of two editions: part, entries that went, entries that came."""
    found = []
    for name in new:
        before, after = _entries(old.get(name, "")), _entries(new[name])
        gone, came = [e for e in before if e not in after], [e for e in after if e not in before]
        if gone or came:
            found.append((name, gone, came))
    return found


def _entries(value: str | Sequence[Any]) -> list[str]:
    if isinstance(value, str):
        return _lines(value)
    return [one if isinstance(one, str) else _measure_text(one) for one in value]


def _measure_text(one: Mapping[str, Any]) -> str:
    texts = (one["what"], one["who"], one["until"], one["check"], " ".join(one["findings"]))
    return " · ".join(text for text in texts if text)


def get_pair(user: User, evaluation_id: UUID, version: int) -> tuple[Edition, Edition]:
    """Return an edition and the one before it; Http404 where there is none."""
    evaluation = get_reported(user, evaluation_id)
    found = {one.version: one for one in editions(evaluation)}
    if version not in found or version - 1 not in found:
        raise Http404
    return found[version - 1], found[version]
