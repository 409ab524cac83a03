"""The yearly filing: numbers of records without gaps (8.5)."""

from django.db.models import Max

from zhiping.accounts.models import Organisation
from zhiping.archive.models import Record
from zhiping.archive.queries import filing as queries
from zhiping.archive.queries.record import NEEDS, RELATED, rules_of
from zhiping.documents.papers.facts.archive import year_facts
from zhiping.documents.papers.word import papers
from zhiping.domain.numbering import record_number
from zhiping.evaluations.models import Evaluation
from zhiping.ledger import actions as ledger
from zhiping.ledger.act import Act
from zhiping.texts.catalogue import speaking
from zhiping.visits.queries import templates_of

LISTS = ("archive_index", "handover", "disposal")  # of a year's records
MOST = 200  # records numbered at once


def number_record(act: Act, evaluation: Evaluation) -> None:
    """Give an archived record the next number of its organisation, year and retention.

    The lock of the organisation orders numbers; rows of records are never deleted, so there are no gaps.
    Raises Conflict `lifecycle.yearly_filing`.
    """
    record = Record.objects.select_related("organisation__head").get(evaluation=evaluation)
    with act.move(evaluation, "number_record", locks=(record.organisation,)) as entry:
        entry.check(NEEDS)
        own = Record.objects.filter(
            organisation=record.organisation_id, year=record.year, retention=record.retention
        )
        count = (own.aggregate(last=Max("count"))["last"] or 0) + 1
        pattern = rules_of(record.organisation).pattern
        number = record_number(pattern, record.year, record.retention, count)
        entry.change(record, count=count, number=number, filed=act.today, filed_by=act.by)
        entry.data = {"number": number}


def make_list(
    act: Act, organisation: Organisation, *, year: int, name: str, language: str
) -> tuple[str, bytes]:
    """Make a list of a year's records as Word, from the organisation's own template if it has one.

    `name`: of LISTS. Returns the file's name and content; the audit log records the export.
    """
    act.require("archive.make_list", organisation)
    records = [queries.as_filed(one) for one in queries.of_year(organisation, year)]
    with speaking(language), templates_of(organisation) as own:
        known = year_facts(organisation.name, year, records, act.today)
        content = papers.render(name, known, templates=own)
        title = f"{organisation.name} {year} {papers.title(name)}.docx"
    data = {"papers": name, "year": year}
    ledger.audit("exported", by=act.by, at=act.now, subject=str(organisation.pk), data=data)
    return title, content


def file_year(act: Act, organisation: Organisation, *, year: int) -> int:
    """Number the archived records of a year in the order of their reports; return how many.

    At most MOST at once. Each is an act of its own: an interruption leaves no gap.
    """
    act.require("archive.file_year", organisation)
    waiting = list(queries.unnumbered(organisation, year).values_list("pk", flat=True)[:MOST])
    for key in waiting:
        number_record(Act(act.by, act.now), Evaluation.objects.select_related(*RELATED).get(pk=key))
    return len(waiting)
