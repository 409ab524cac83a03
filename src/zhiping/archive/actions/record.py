"""Open a record, set its retention, archive the evaluation, take its packages (8.5)."""

from typing import IO, Any

from zhiping.accounts.models import Organisation
from zhiping.archive.models import FilingRules, Package, Packing, Record
from zhiping.archive.queries import record as queries
from zhiping.archive.queries.record import NEEDS
from zhiping.domain.errors import Conflict, Invalid
from zhiping.domain.numbering import record_pattern_problems
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import concerned
from zhiping.evidence import store
from zhiping.ids import uuid7
from zhiping.ledger import actions as ledger
from zhiping.ledger.act import Act
from zhiping.notices import actions as notices
from zhiping.reporting.queries.report import issuer
from zhiping.web.links import page


def open_record(act: Act, evaluation: Evaluation, *, retention: str, reason: str) -> None:
    """Open the record of a closed evaluation with its retention, and have a worker pack it.

    Raises Invalid `lifecycle.reason_given`, Conflict `archive.opened`.
    """
    with act.move(evaluation, "open_record", reason=reason) as entry:
        if queries.record_of(evaluation):
            raise Conflict.of("archive.opened")
        entry.add(
            Record(
                evaluation=evaluation, organisation=issuer(evaluation), year=queries.year_of(evaluation),
                retention=retention, retention_reason=reason, opened=act.now, by=act.by,
            )
        )  # fmt: skip
        _ask(act, evaluation)


def pack(act: Act, evaluation: Evaluation) -> None:
    """Have a worker pack the record again; raises Conflict `archive.packing`, `archive.not_opened`."""
    act.require("archive.pack", evaluation)
    record, last = queries.record_of(evaluation), queries.packing_of(evaluation)
    if record is None or record.disposed:
        raise Conflict.of("archive.not_opened")
    if last and not last.finished:
        raise Conflict.of("archive.packing")
    _ask(act, evaluation)


def _ask(act: Act, evaluation: Evaluation) -> None:
    packing = Packing.objects.create(id=uuid7(), evaluation=evaluation, by=act.by, asked=act.now)
    ledger.enqueue("zhiping.archive.jobs.make_packages", str(packing.pk))


def set_retention(act: Act, evaluation: Evaluation, *, retention: str, reason: str) -> None:
    """Change how long a record is kept, before its number is given, which names it."""
    with act.move(evaluation, "set_retention", reason=reason) as entry:
        entry.check(NEEDS)
        entry.change(evaluation.record, retention=retention, retention_reason=reason)


def archive_evaluation(act: Act, evaluation: Evaluation) -> None:
    """Archive a closed evaluation whose packages are sealed and were checked without a fault.

    Raises Conflict `lifecycle.package_sealed`.
    """
    with act.move(evaluation, "archive_evaluation") as entry:
        entry.check(NEEDS)
        people = concerned(evaluation).exclude(pk=act.by.pk)
        data, url = {"platform": evaluation.platform.name}, page("record", evaluation)
        notices.notify(to=people, code="archive.archived", data=data, url=url, now=act.now)


def take_package(act: Act, package: Package) -> IO[bytes]:
    """Return a package; the audit log records it."""
    act.require("archive.take_package", package)
    return _taken(act, package, "package", package.file)


def take_checks(act: Act, package: Package) -> IO[bytes]:
    """Return the check of the four properties filed beside a package; the audit log records it."""
    act.require("archive.take_checks", package)
    return _taken(act, package, "checks", package.report)


def take_seal(act: Act, package: Package) -> str:
    """Return the seal of a package, a signed note; the audit log records it."""
    act.require("archive.take_seal", package)
    _note(act, package, "seal")
    return package.seal


def _taken(act: Act, package: Package, what: str, sha256: str) -> IO[bytes]:
    if not store.has_file(sha256):
        raise Conflict.of("archive.gone")
    _note(act, package, what)
    return store.open_file(sha256)


def _note(act: Act, package: Package, what: str) -> None:
    data = {"package": package.edition, "file": what}
    ledger.audit("exported", by=act.by, at=act.now, subject=str(package.evaluation_id), data=data)


def set_filing_rules(
    act: Act, organisation: Organisation, *, pattern: str, retention: str, retention_reason: str
) -> None:
    """Set the pattern of an organisation's record numbers and how long it keeps records.

    Raises Invalid `number.record_pattern`.
    """
    with act.record("archive.set_filing_rules", organisation, "organisation.filing_rules_set") as entry:
        if wrong := list(record_pattern_problems(pattern)):
            raise Invalid([problem.at("pattern") for problem in wrong])
        values: dict[str, Any] = {
            "pattern": pattern,
            "retention": retention,
            "retention_reason": retention_reason,
        }
        if own := FilingRules.objects.filter(organisation=organisation).first():
            entry.change(own, **values)
        else:
            entry.add(FilingRules(organisation=organisation, **values))
