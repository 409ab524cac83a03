"""Send the draft for comment, issue the report, file its copies (8.3, 8.4.1)."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import IO, Any

from django.conf import settings

from zhiping.accounts.models import Organisation
from zhiping.documents.papers.pdf.report import write_pdf
from zhiping.documents.papers.report import report_of
from zhiping.documents.papers.word.papers import write_report
from zhiping.domain.errors import Conflict, Invalid
from zhiping.domain.numbering import pattern_problems
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import concerned
from zhiping.evidence import store
from zhiping.evidence.actions.evidence import Received
from zhiping.ledger import actions as ledger
from zhiping.ledger import kept
from zhiping.ledger.act import Act
from zhiping.ledger.entry import Entry
from zhiping.notices import actions as notices
from zhiping.reporting.models import Consultation, Edition, FiledCopy, NumberPattern, Receipt
from zhiping.reporting.queries import report as queries
from zhiping.reporting.queries.objection import NEEDS, window
from zhiping.scoring.models import Result
from zhiping.scoring.queries.files import DOCX, PDF, about_of
from zhiping.scoring.queries.result import get_concluded
from zhiping.texts.catalogue import speaking
from zhiping.visits.queries import templates_of
from zhiping.web.links import page

TRIES = 3  # times a report is typeset, where another report takes its number
TYPES = {"pdf": PDF, "docx": DOCX}  # files of an edition, with their media types
CHINESE = "zh"  # the language of the report that is issued


@dataclass(frozen=True, slots=True)
class Typeset:
    """A report in the store: whose it is, its words, the sha256 of both files, its count in the year."""

    office: Organisation
    words: dict[str, Any]
    pdf: str
    docx: str
    result: Result
    count: int = 0


def send_draft(act: Act, evaluation: Evaluation) -> None:
    """Send the draft to the operator, who may object until the window of the policy has passed.

    Both files are kept as the first edition. Raises Conflict `lifecycle.draft_wanted`.
    """
    act.require("reporting.send_draft", evaluation)
    made = _typeset(act, evaluation, comments=True)
    with act.move(evaluation, "send_draft") as entry:
        entry.check(NEEDS)
        _refuse_outdated(evaluation, made)
        until = window(evaluation, act.today)
        entry.add(Consultation(evaluation=evaluation, sent=act.now, until=until))
        _keep(act, entry, evaluation, made)
        notify_concerned(
            act, evaluation, "reporting.draft_sent", until=window(evaluation, act.today).isoformat()
        )


def accept_draft(act: Act, evaluation: Evaluation) -> None:
    """State for the operator that there are no objections, which ends the time for them."""
    with act.move(evaluation, "accept_draft") as entry:
        entry.check(NEEDS)
        entry.change(evaluation.consultation, accepted=act.now)


def issue_report(act: Act, evaluation: Evaluation, *, reviewer: str = "", signer: str = "") -> Edition:
    """Issue the report under the next number of its organisation, without gaps in a year.

    `reviewer`, `signer`: names as printed. The operator is notified. Raises Conflict with everything that is
    missing.
    """
    act.require("reporting.issue_report", evaluation)
    for made in _numbered(act, evaluation, reviewer=reviewer, signer=signer):
        with suppress(NumberTakenError), act.move(evaluation, "issue_report", locks=(made.office,)) as entry:
            return _issue(act, entry, evaluation, made, reviewer=reviewer, signer=signer)
    raise Conflict.of("reporting.number_taken")


def reissue_report(act: Act, evaluation: Evaluation, *, reviewer: str = "", signer: str = "") -> Edition:
    """Issue the report of a corrected result, under a number of its own; the one before stays on record."""
    act.require("reporting.reissue_report", evaluation)
    for made in _numbered(act, evaluation, reviewer=reviewer, signer=signer):
        with (
            suppress(NumberTakenError),
            act.move(evaluation, "reissue_report", locks=(made.office,)) as entry,
        ):
            return _issue(act, entry, evaluation, made, reviewer=reviewer, signer=signer)
    raise Conflict.of("reporting.number_taken")


class NumberTakenError(Exception):
    """Another report took the number while this one was typeset."""


def _numbered(act: Act, evaluation: Evaluation, **signed: Any) -> Iterator[Typeset]:
    """Yield the report typeset with the next number, again each time where another one has taken it."""
    office = queries.issuer(evaluation)
    for _ in range(TRIES):
        count, number = queries.next_number(office, act.today.year)
        made = _typeset(act, evaluation, number=number, date=act.today, **signed)
        yield replace(made, count=count)


def _issue(
    act: Act, entry: Entry, evaluation: Evaluation, made: Typeset, *, reviewer: str, signer: str
) -> Edition:
    entry.check(NEEDS)
    _refuse_outdated(evaluation, made)
    count, number = queries.next_number(made.office, act.today.year)
    if count != made.count:
        raise NumberTakenError
    edition = _keep(
        act, entry, evaluation, made, organisation=made.office, year=act.today.year, count=count,
        number=number, date=act.today, reviewer=reviewer, signer=signer,
    )  # fmt: skip
    entry.data = {"number": number, "result_sha256": made.result.sha256, "pdf": made.pdf}
    notify_concerned(act, evaluation, "reporting.issued", number=number)
    return edition


def _typeset(act: Act, evaluation: Evaluation, *, comments: bool = False, **stated: Any) -> Typeset:
    """Typeset a report as PDF and Word before the lock is taken, and put both into the store."""
    found, result = get_concluded(act.by, evaluation.pk)
    about = about_of(found)
    about = replace(about, report=replace(about.report, **stated))
    if not comments:
        about = replace(about, checkpoint=kept.printed(), verify_at=settings.ADDRESS + page("verify"))
    with speaking(CHINESE), store.working_folder() as folder, templates_of(evaluation.authority) as own:
        report = report_of(found.full, evaluation.rubric.as_domain(), about, comments=comments)
        pdf, docx = write_pdf(report, folder / "report.pdf"), folder / "report.docx"
        write_report(report, docx, templates=own)
        files = store.keep(pdf).sha256, store.keep(docx).sha256
    return Typeset(queries.issuer(evaluation), queries.words_of(about.report), *files, result)


def _refuse_outdated(evaluation: Evaluation, made: Typeset) -> None:
    """Raise Conflict where words or result have changed since the report was typeset."""
    now = queries.words_of(queries.report_text(evaluation))
    latest = evaluation.results.order_by("-version").first()
    if now != made.words or latest != made.result:
        raise Conflict.of("reporting.part_changed")


def _keep(act: Act, entry: Entry, evaluation: Evaluation, made: Typeset, **values: Any) -> Edition:
    edition = Edition(
        evaluation=evaluation, version=queries.next_version(evaluation), result=made.result,
        words=made.words, pdf=made.pdf, docx=made.docx, at=act.now, by=act.by, **values,
    )  # fmt: skip
    entry.add(edition)
    return edition


def set_pattern(act: Act, organisation: Organisation, *, pattern: str) -> None:
    """Set how an organisation writes the numbers of its reports; raises Invalid `number.pattern`."""
    with act.record("reporting.set_pattern", organisation, "organisation.numbers_set") as entry:
        if wrong := list(pattern_problems(pattern)):
            raise Invalid([problem.at("pattern") for problem in wrong])
        own = NumberPattern.objects.filter(organisation=organisation).first()
        if own:
            entry.change(own, pattern=pattern)
        else:
            entry.add(NumberPattern(organisation=organisation, pattern=pattern))


def file_copy(act: Act, evaluation: Evaluation, *, edition: Edition, kind: str, file: Received) -> None:
    """File the scan of the signed report or its sealed edition beside it; it is recognised by its hash."""
    with act.move(evaluation, "file_copy") as entry:
        _ensure_issued(evaluation, edition)
        entry.add(
            FiledCopy(
                evaluation=evaluation, edition=edition, kind=kind, file=file.sha256, file_name=file.name,
                at=act.now, by=act.by,
            )
        )  # fmt: skip


def confirm_receipt(act: Act, evaluation: Evaluation, *, edition: Edition) -> None:
    """Confirm for the operator that the report has arrived (签收)."""
    with act.move(evaluation, "confirm_receipt") as entry:
        _receive(act, entry, evaluation, edition, person=act.by.name)


def record_receipt(
    act: Act, evaluation: Evaluation, *, edition: Edition, person: str, day: Any, file: Received | None = None
) -> None:
    """Record the receipt that the operator gave on paper, with its scan."""
    with act.move(evaluation, "record_receipt") as entry:
        named = {"file": file.sha256, "file_name": file.name} if file else {}
        _receive(act, entry, evaluation, edition, person=person, day=day, **named)


def _receive(act: Act, entry: Entry, evaluation: Evaluation, edition: Edition, **values: Any) -> None:
    _ensure_issued(evaluation, edition)
    if Receipt.objects.filter(edition=edition).exists():
        raise Conflict.of("reporting.received")
    values.setdefault("day", act.today)
    entry.add(Receipt(evaluation=evaluation, edition=edition, at=act.now, by=act.by, **values))


def _ensure_issued(evaluation: Evaluation, edition: Edition) -> None:
    if edition.evaluation_id != evaluation.pk or not edition.issued:
        raise Conflict.of("reporting.not_issued")


def take_file(act: Act, edition: Edition, *, kind: str) -> IO[bytes]:
    """Return a file of an edition, `pdf` or `docx`; the audit log records it."""
    act.require("reporting.take_file", edition.evaluation)
    name, subject = {"pdf": edition.pdf, "docx": edition.docx}[kind], str(edition.evaluation_id)
    data = {"report": edition.number or str(edition.version), "file": kind}
    ledger.audit("exported", by=act.by, at=act.now, subject=subject, data=data)
    return store.open_file(name)


def notify_concerned(act: Act, evaluation: Evaluation, code: str, **data: Any) -> None:
    """Notify the other people an evaluation concerns, with a link to its report."""
    people = concerned(evaluation).exclude(pk=act.by.pk)
    data = {"platform": evaluation.platform.name, **data}
    notices.notify(to=people, code=code, data=data, url=page("report", evaluation), now=act.now)
