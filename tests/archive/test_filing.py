"""The yearly filing: numbers of records without gaps or doubles, also where several people number at once."""

import datetime as dt
from io import BytesIO

import pytest
from django.db.models import F
from django.urls import reverse
from docx import Document
from tests.ledger.test_races import at_once
from tests.server.cast import NOW, TODAY, unchecked

from zhiping.archive.actions import filing
from zhiping.archive.actions.record import set_filing_rules, set_retention
from zhiping.archive.models import Record
from zhiping.archive.queries.record import get_filed
from zhiping.domain.errors import Conflict, Invalid
from zhiping.evaluations.models import Evaluation
from zhiping.ledger.act import Act
from zhiping.ledger.models import Audit, Head
from zhiping.registry.actions import add_platform

NEXT_YEAR = NOW + dt.timedelta(days=365)


def filed(cast, number, retention="30", year=TODAY.year):
    """Return an archived evaluation of a platform of its own, with a record and without packages."""
    operator = cast.organisation("a1")
    platform = add_platform(
        Act(cast.officer, NOW), name=f"第{number}平台", operator=operator, region=operator.region,
        channel="both", service_start=dt.date(2024, 3, 1),
    )  # fmt: skip
    evaluation = _planned(cast, platform)
    record = Record(
        evaluation=evaluation, organisation=cast.organisation("a"), year=year, retention=retention,
        retention_reason="保管期限表", opened=NOW + dt.timedelta(minutes=number), by=cast.archivist,
    )  # fmt: skip
    with unchecked(evaluation).move(evaluation, "change_letters") as entry:
        entry.add(record)
    Head.objects.filter(pk=evaluation.pk).update(phase="archived", size=F("size") + 1)
    return evaluation


def _planned(cast, platform):
    from zhiping.evaluations.actions.evaluation import open_evaluation

    days = {"period_start": dt.date(2026, 1, 1), "period_end": dt.date(2026, 12, 31)}
    made = open_evaluation(Act(cast.officer_a, NOW), platform, rubric=cast.rubric, **days)
    return Evaluation.objects.select_related("head").get(pk=made.pk)


def number(cast, **given):
    return filing.file_year(Act(cast.archivist, NEXT_YEAR), cast.organisation("a"), year=TODAY.year, **given)


def numbers():
    return list(Record.objects.order_by("retention", "count").values_list("number", flat=True))


def test_records_are_numbered_in_order_by_year_and_retention(cast):
    for n, retention in enumerate(("30", "permanent", "30")):
        filed(cast, n, retention)
    assert number(cast) == 3
    year = TODAY.year
    assert numbers() == [f"PJ·{year}-D30-0001", f"PJ·{year}-D30-0002", f"PJ·{year}-Y-0001"]
    assert number(cast) == 0
    filed(cast, 9)
    assert number(cast) == 1
    assert numbers()[2] == f"PJ·{year}-D30-0003"


def test_year_is_filed_once_it_has_ended(cast):
    filed(cast, 1)
    with pytest.raises(Conflict) as refused:
        filing.file_year(Act(cast.archivist, NOW), cast.organisation("a"), year=TODAY.year)
    assert [problem.code for problem in refused.value.problems] == ["lifecycle.yearly_filing"]
    assert numbers() == [""]


def test_own_pattern_is_used_and_a_wrong_one_refused(cast):
    office, given = cast.organisation("a"), {"retention": "10", "retention_reason": "本单位保管期限表"}
    filed(cast, 1)
    with pytest.raises(Invalid):
        set_filing_rules(Act(cast.archivist, NOW), office, pattern="{year}-{n}", **given)
    set_filing_rules(Act(cast.archivist, NOW), office, pattern="Z1·{year}·{retention}·{n}", **given)
    number(cast)
    assert numbers() == [f"Z1·{TODAY.year}·D30·0001"]


def test_retention_changes_until_there_is_a_number(cast):
    evaluation = filed(cast, 1)
    set_retention(
        Act(cast.archivist, NOW), get_filed(cast.archivist, evaluation.pk), retention="10", reason="一般平台"
    )
    number(cast)
    assert numbers() == [f"PJ·{TODAY.year}-D10-0001"]
    with pytest.raises(Conflict):
        set_retention(
            Act(cast.archivist, NOW), get_filed(cast.archivist, evaluation.pk), retention="30", reason="改"
        )


def test_year_is_numbered_on_its_page(cast, client_for):
    last = TODAY.year - 1
    filed(cast, 1, year=last)
    office, client = cast.organisation("a"), client_for(cast.archivist)
    page = reverse("archive:filing", args=[office.pk, last])
    assert page in client.get(reverse("archive:years")).content.decode()
    assert "未编号" in client.get(page).content.decode()
    assert client.post(reverse("archive:file-year", args=[office.pk, last])).url == page
    assert f"PJ·{last}-D30-0001" in client.get(page).content.decode()
    rules = reverse("archive:set-filing-rules", args=[office.pk])
    assert (
        client.post(rules, {"pattern": "{n}", "retention": "30", "retention_reason": "表"}).status_code == 422
    )


def test_lists_of_a_year_name_its_records(cast, client_for):
    year = TODAY.year - 31  # its retention of 30 years is over
    evaluation = filed(cast, 1, year=year)
    office, client = cast.organisation("a"), client_for(cast.archivist)
    client.post(reverse("archive:file-year", args=[office.pk, year]))
    for name in filing.LISTS:
        answer = client.post(reverse("archive:take-list", args=[office.pk, year, name]))
        cells = [c.text for t in Document(BytesIO(answer.content)).tables for r in t.rows for c in r.cells]
        assert f"PJ·{year}-D30-0001" in cells, name
        assert f"{evaluation.platform.name}评价报告" in cells, name
    assert Audit.objects.filter(action="exported", data__papers="disposal", data__year=year).count() == 1
    unknown = reverse("archive:take-list", args=[office.pk, year, "notice"])
    assert client.post(unknown).status_code == 404


@pytest.mark.t9
def test_numbers_given_at_once_have_neither_gaps_nor_doubles(committed):
    made = [filed(committed, n).pk for n in range(6)]
    keeper = committed.archivist

    def give(key):
        evaluation = Evaluation.objects.select_related("head", "platform", "authority__region").get(pk=key)
        return filing.number_record(Act(keeper, NEXT_YEAR), evaluation) or "done"

    assert at_once(*[lambda key=key: give(key) for key in made]) == ["done"] * 6
    assert sorted(Record.objects.values_list("count", flat=True)) == [1, 2, 3, 4, 5, 6]
