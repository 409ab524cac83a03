"""Records for one reader: which there are, one of them, its packages, its access log, what waits."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.shortcuts import get_object_or_404

from zhiping.accounts.models import Organisation, Role, User, subtree
from zhiping.accounts.queries import in_regions
from zhiping.archive.models import Disposal, FilingRules, Fixity, Package, Packing, Record, Retention
from zhiping.domain.lifecycle import FILED, State
from zhiping.domain.schedule import retention_end
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries import evaluation as evaluations
from zhiping.evaluations.queries.evaluation import in_state, policy_of
from zhiping.ledger.entry import Need
from zhiping.ledger.models import Audit
from zhiping.permissions import require
from zhiping.reporting.queries.report import issuer, latest_issued
from zhiping.texts.catalogue import say

PATTERN = "PJ·{year}-{retention}-{n}"  # until an organisation sets its own
RELATED = (
    "head", "platform__operator__region", "platform__region__parent", "authority__region", "programme",
    "rubric", "record__organisation", "record__by",
)  # fmt: skip


def kept_by(user: User) -> Q:
    """Return the condition that the user keeps the record of an evaluation (rules.keeps)."""
    condition = Q(pk__in=[])
    for one in user.organisations(Role.ARCHIVIST):
        if one.kind == Organisation.Kind.AUTHORITY:
            first, last = subtree(one.region_id)
            condition |= Q(authority__region_id__gte=first, authority__region_id__lte=last)
    own = [one.pk for one in user.organisations(Role.ARCHIVIST, Role.OPERATOR_HEAD)]
    return condition | Q(kind="self", platform__operator_id__in=own)


def visible_to(user: User) -> QuerySet[Evaluation]:
    """Return the evaluations whose record a user reads (rules.reads_filed)."""
    charged = in_regions(user, "authority__region_id")
    archived = Q(pk__in=evaluations.visible_to(user).values("pk")) & in_state(State.ARCHIVED)
    return Evaluation.objects.filter(in_state(*FILED) & (kept_by(user) | charged) | archived)


def records(user: User) -> QuerySet[Evaluation]:
    """Return closed and archived evaluations for a list, with their records."""
    return visible_to(user).select_related("head", "platform__region", "record").defer("policy", "guidance")


def get_filed(user: User, evaluation_id: UUID, permission: str = "archive.see_record") -> Evaluation:
    """Return an evaluation whose record the user reads; raise Http404 for others, NotAllowed."""
    found: Evaluation = get_object_or_404(visible_to(user).select_related(*RELATED), pk=evaluation_id)
    require(user, permission, found)
    return found


def get_package(user: User, package_id: UUID, permission: str) -> Package:
    """Return a package of a record the user reads; raise Http404 for others, NotAllowed."""
    package: Package = get_object_or_404(
        Package.objects.filter(evaluation__in=visible_to(user)), pk=package_id
    )
    package.evaluation = get_filed(user, package.evaluation_id)
    require(user, permission, package)
    return package


def record_of(evaluation: Evaluation) -> Record | None:
    """Return the record of an evaluation; None before it is opened."""
    return Record.objects.filter(evaluation=evaluation).select_related("organisation", "by").first()


def rules_of(organisation: Organisation) -> FilingRules:
    """Return the rules of filing an organisation has set, else those that hold without."""
    own = FilingRules.objects.filter(organisation=organisation).first()
    usual = {
        "pattern": PATTERN,
        "retention": Retention.THIRTY,
        "retention_reason": say("archive.usual_reason"),
    }
    return own or FilingRules(organisation=organisation, **usual)


def proposed(evaluation: Evaluation) -> tuple[str, str]:
    """Return the retention a record begins with, and its reason: the policy's, else the organisation's."""
    own = FilingRules.objects.filter(organisation=issuer(evaluation)).first()
    if own:
        return own.retention, own.retention_reason
    return policy_of(evaluation).retention, say("archive.policy_reason")


def year_of(evaluation: Evaluation) -> int:
    """Return the year a record is filed under: that of its report, else of its period."""
    report = latest_issued(evaluation)
    return report.date.year if report and report.date else evaluation.period_end.year


def packages(evaluation: Evaluation) -> list[Package]:
    """Return the packages of the last packing, each with `checked` and `faults` of its last check."""
    last = Fixity.objects.filter(package=OuterRef("pk"))
    rows = Package.objects.filter(evaluation=evaluation).annotate(
        checked=Subquery(last.values("at")[:1]), faults=Subquery(last.values("faults")[:1])
    )
    found: dict[str, Package] = {}
    for row in rows:
        found.setdefault(row.edition, row)
    return list(found.values())


def packing_of(evaluation: Evaluation) -> Packing | None:
    """Return the last request to pack a record."""
    return Packing.objects.filter(evaluation=evaluation).first()


def open_disposal(evaluation: Evaluation) -> Disposal | None:
    """Return the proposal of disposal that is not decided yet."""
    found = Disposal.objects.filter(evaluation=evaluation, decided__isnull=True)
    return found.select_related("proposed_by").first()


def kept_until(record: Record) -> dt.date | None:
    """Return the last day of a record's retention; None: permanent."""
    return retention_end(record.retention, record.year)


def access(evaluation: Evaluation) -> QuerySet[Audit]:
    """Return who took what of an evaluation, the latest first."""
    subjects = Q(subject=str(evaluation.pk), action="exported")
    return Audit.objects.filter(subjects).select_related("by").order_by("-at")


def _faulty(package: Any) -> bool:
    return bool(package.faults) or any(check["state"] == "fault" for check in package.checks)


def package_sealed(evaluation: Evaluation, _today: dt.date) -> bool:
    """Return whether there are sealed packages whose checks found no fault: a need of archiving."""
    rows = packages(evaluation)
    return bool(rows) and not any(map(_faulty, rows))


def yearly_filing(evaluation: Evaluation, today: dt.date) -> bool:
    """Return whether a record can be numbered: its year has ended, and it has no number yet."""
    record = record_of(evaluation)
    return record is not None and not record.number and record.disposed is None and record.year < today.year


def not_numbered(evaluation: Evaluation, _today: dt.date) -> bool:
    """Return whether a record has no number yet, which contains its retention."""
    record = record_of(evaluation)
    return record is not None and not record.number


def record_kept(evaluation: Evaluation, _today: dt.date) -> bool:
    """Return whether a record exists and was not disposed of."""
    record = record_of(evaluation)
    return record is not None and record.disposed is None


def retention_over(evaluation: Evaluation, today: dt.date) -> bool:
    """Return whether the retention of a record has ended; a permanent one never does."""
    record = record_of(evaluation)
    until = kept_until(record) if record else None
    return until is not None and until < today


def disposal_proposed(evaluation: Evaluation, _today: dt.date) -> bool:
    """Return whether a proposal of disposal waits for a decision."""
    return open_disposal(evaluation) is not None


NEEDS: dict[str, Need] = {
    "package_sealed": package_sealed,
    "yearly_filing": yearly_filing,
    "not_numbered": not_numbered,
    "record_kept": record_kept,
    "retention_over": retention_over,
    "disposal_proposed": disposal_proposed,
}


def to_archive(user: User) -> QuerySet[Evaluation]:
    """Return the closed evaluations whose records the user is to pack and archive."""
    rows = Evaluation.objects.filter(kept_by(user), in_state(State.CLOSED))
    return rows.select_related("platform").only("platform__name").order_by("period_end", "pk")


def to_number(user: User, today: dt.date) -> QuerySet[Record]:
    """Return archived records of years that have ended, without a number, that the user files."""
    kept = Evaluation.objects.filter(kept_by(user), in_state(State.ARCHIVED))
    rows = Record.objects.filter(evaluation__in=kept.values("pk"), number="", disposed__isnull=True)
    return rows.filter(year__lt=today.year)


def faulty(user: User) -> QuerySet[Package]:
    """Return the packages kept by the user whose last check found faults."""
    last = Fixity.objects.filter(package=OuterRef("pk"))
    kept = Evaluation.objects.filter(kept_by(user))
    rows = Package.objects.filter(evaluation__in=kept.values("pk"))
    return rows.annotate(sound=Subquery(last.values("sound")[:1])).filter(sound=False)


def state_of(evaluation_id: UUID) -> dict[str, Any]:
    """Return where the record of an evaluation is: one statement."""
    row = Record.objects.filter(evaluation=evaluation_id).values("number", "year", "retention", "disposed")
    return dict(row.first() or {})
