"""Letters on the web: numbers, dates, contact and copies, of a programme and of one evaluation."""

import datetime as dt
import html

import pytest
from tests.documents.papers.word.test_papers import words
from tests.evaluations.test_programmes import add
from tests.panels.panels import composed, fresh, opened
from tests.server.cast import NOW

from zhiping.domain.errors import Conflict, Invalid
from zhiping.domain.letters import Letter, Letters
from zhiping.evaluations.actions.evaluation import cancel_evaluation
from zhiping.evaluations.actions.letters import change_common_letters, change_letters
from zhiping.ids import uuid7
from zhiping.ledger.act import Act
from zhiping.visits import queries
from zhiping.visits.actions.papers import make_papers
from zhiping.visits.actions.visit import plan_visit

DAY = dt.date(2026, 3, 2)


@pytest.fixture
def programme(cast):
    return add(cast)


@pytest.fixture
def evaluation(cast, programme):
    found = opened(cast, programme=programme)
    composed(cast, found)
    return fresh(found)


def notice(cast, evaluation):
    act = Act(cast.officer_a, NOW)
    return words(make_papers(act, fresh(evaluation), stage="prepare", language="zh", name="notice")[1])


def test_letters_of_programme_and_evaluation_are_printed(cast, client_for, programme, evaluation):
    client = client_for(cast.officer_a)
    typed = {"number": "青城局〔2026〕{n}号", "contact": "白音", "phone": "0471-1234567", "key": uuid7()}
    typed |= {"email": "office@example.org", "copy_to": "市政府办公室\n \n市财政局", "date": "2026-03-01"}
    answer = client.post(f"/programmes/{programme.pk}/letters", typed)
    assert (answer.status_code, answer.url) == (302, f"/programmes/{programme.pk}")
    form = client.get(f"/evaluations/{evaluation.pk}/letters").content.decode()
    assert "不填的按年度计划：青城局〔2026〕{n}号" in html.unescape(form)
    own = {"notice_number": "21", "notice_date": "2026-03-02", "contact": "乌兰", "key": uuid7()}
    answer = client.post(f"/evaluations/{evaluation.pk}/letters", own)
    assert (answer.status_code, answer.url) == (302, f"/evaluations/{evaluation.pk}/papers")
    printed = notice(cast, evaluation)
    for text in ("青城局〔2026〕21号", "2026年3月2日", "乌兰", "0471-1234567", "office@example.org"):
        assert text in printed
    assert "市政府办公室、市财政局" in printed
    assert "白音" not in printed
    assert queries.letters(fresh(evaluation)).own == {"notice": Letter("21", DAY)}
    lacking = {paper.name: paper.lacking for paper in queries.papers_of(queries.facts(fresh(evaluation)))}
    assert (lacking["notice"], lacking["invitation"]) == ((), ("invitation_number",))
    shown = client.get(f"/evaluations/{evaluation.pk}/letters").content.decode()
    assert 'value="21"' in shown


def test_number_of_a_programme_is_that_of_all_its_evaluations(cast, programme, evaluation):
    letters = Letters(own={"notice": Letter("青城局〔2026〕7号")})
    change_common_letters(Act(cast.officer_a, NOW), programme, letters=letters)
    assert "青城局〔2026〕7号" in notice(cast, evaluation)


def test_what_cannot_be_is_refused_at_its_field_and_nothing_is_written(cast, client_for, evaluation):
    act = Act(cast.officer_a, NOW)
    plan_visit(act, evaluation, visit_start=DAY, visit_end=DAY)
    typed = {"number": "青城局", "notice_date": "2026-03-03", "email": "x", "key": uuid7()}
    answer = client_for(cast.officer_a).post(f"/evaluations/{evaluation.pk}/letters", typed)
    assert (answer.status_code, fresh(evaluation).letters) == (422, {})
    letters = Letters(number="青城局", own={"notice": Letter("", dt.date(2026, 3, 3))})
    with pytest.raises(Invalid) as caught:
        change_letters(act, fresh(evaluation), letters=letters)
    assert [(p.code, p.where) for p in caught.value.problems] == [
        ("about.pattern", ("number",)),
        ("dates.letter_after_visit", ("notice_date",)),
    ]


def test_letters_of_a_cancelled_evaluation_stay(cast, client_for, evaluation):
    address = f"/evaluations/{evaluation.pk}/papers"
    assert f"/evaluations/{evaluation.pk}/letters" in client_for(cast.officer_a).get(address).content.decode()
    cancel_evaluation(Act(cast.officer_a, NOW), evaluation, reason="停办")
    with pytest.raises(Conflict):
        change_letters(Act(cast.officer_a, NOW), fresh(evaluation), letters=Letters(contact="白音"))
    page = client_for(cast.officer_a).get(address).content.decode()
    assert f"/evaluations/{evaluation.pk}/letters" not in page
