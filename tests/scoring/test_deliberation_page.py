"""Pages of fact check and deliberation, over HTTP."""

import io
import re

import docx
import pytest
from django.urls import reverse
from tests.panels import panels
from tests.scoring import deliberating as made
from tests.scoring.scoring import begun

from zhiping.domain.policy import Policy
from zhiping.scoring.queries import deliberation as queries
from zhiping.scoring.queries import fact_check


@pytest.fixture(autouse=True)
def _presence(settings, tmp_path):
    settings.PRESENCE = tmp_path / "present"


def address(name, evaluation):
    return reverse(f"scoring:{name}", args=[evaluation.pk])


def text(answer):
    return answer.content.decode()


def hidden(page, name="key"):
    return re.findall(rf'name="[^"]*{name}" value="([^"]*)"', page)


def test_page_of_facts_waits_and_shows_no_reason(cast, client_for):
    evaluation = begun(cast)
    answer = client_for(cast.lead).get(address("facts", evaluation))
    assert (answer.status_code, "没有任何" in text(answer)) == (200, False)
    assert "全部评分表提交以后" in text(answer)


def test_lead_states_facts_and_records_the_confirmation(cast, client_for):
    evaluation = made.all_in(cast)
    lead = client_for(cast.lead)
    page = text(lead.get(address("facts", evaluation)))
    assert "没有提供" in page  # the reason of 12.4, which is proposed
    assert not any(name in page.split("<main", 1)[1] for name in ("专家成员一", "专家成员二"))
    sent = lead.post(address("facts", evaluation), {"fact_4.1": "没有线上平台", "fact_12.4": "没有提供"})
    assert sent.status_code == 302
    page = text(lead.get(address("answer-facts", evaluation)))
    assert "没有线上平台" in page
    answers = {"answer_4.1": "agreed", "answer_12.4": "objected", "person": "王主任"}
    assert lead.post(address("answer-facts", evaluation), answers).status_code == 422
    answers["reply_12.4"] = "去年提供过"
    assert lead.post(address("answer-facts", evaluation), answers).status_code == 302
    assert fact_check.fact_check(evaluation).by == "王主任"


def test_paper_prints_the_facts(cast, client_for):
    evaluation = made.all_in(cast)
    made.stated(cast, evaluation, **{"4_1": "没有线上平台"})
    answer = client_for(cast.lead).post(address("print-facts", evaluation))
    paper = docx.Document(io.BytesIO(answer.content))
    cells = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    assert "没有线上平台" in cells


def test_lead_settles_by_one_form_and_a_repeat_changes_nothing(cast, client_for):
    evaluation = made.closed(cast)
    lead = client_for(cast.lead)
    page = text(lead.get(address("deliberation", evaluation)))
    key = re.search(r'name="settle_criteria-4.1-key" value="([^"]*)"', page)[1]
    sent = {
        "criterion": "4.1", "action": "settle_criteria", "settle_criteria-4.1-key": key,
        "settle_criteria-4.1-points": "0", "settle_criteria-4.1-reason": "没有线上平台",
    }  # fmt: skip
    for _ in range(2):
        answer = lead.post(address("deliberation", evaluation), sent)
        assert (answer.status_code, answer.url.partition("#")[2]) == (302, "c-12.4")
    assert queries.agreed(evaluation)["4.1"].reason == "没有线上平台"


def test_refused_form_keeps_what_was_typed(cast, client_for):
    evaluation = made.closed(cast)
    sent = {"criterion": "4.1", "action": "settle_criteria", "settle_criteria-4.1-reason": "写好的理由"}
    answer = client_for(cast.lead).post(address("deliberation", evaluation), sent)
    assert (answer.status_code, "写好的理由" in text(answer)) == (422, True)


def test_widest_range_comes_first_and_marks_are_side_by_side(cast, client_for):
    marks = {"lead": {}, "member": {"4_1": "0"}, "member2": {"12_4": "0", "17_2": ("0", "没有宣传")}}
    evaluation = made.closed(cast, marks)
    page = text(client_for(cast.member).get(address("deliberation", evaluation)))
    assert re.findall(r'id="c-([\d.]+)"', page) == ["17.2", "4.1", "12.4"]
    assert all(name in page for name in ("专家组长", "专家成员一", "专家成员二", "没有宣传"))


def test_unchanged_page_is_304_at_three_statements(cast, client_for, django_assert_num_queries):
    evaluation = made.closed(cast)
    member = client_for(cast.member)
    tag = member.get(address("deliberation", evaluation))["ETag"]
    given = {"HTTP_HX_REQUEST": "true", "HTTP_IF_NONE_MATCH": tag}
    with django_assert_num_queries(3):
        assert member.get(address("deliberation", evaluation), **given).status_code == 304
    made.settle(cast, evaluation, **{"4_1": "0"})
    answer = member.get(address("deliberation", evaluation), **given)
    assert (answer.status_code, "评价组评分：0 分" in text(answer), "<html" in text(answer)) == (
        200,
        True,
        False,
    )


def test_tag_of_another_user_is_not_accepted(cast, client_for):
    evaluation = made.closed(cast)
    tag = client_for(cast.member).get(address("deliberation", evaluation))["ETag"]
    given = {"HTTP_HX_REQUEST": "true", "HTTP_IF_NONE_MATCH": tag}
    assert client_for(cast.head).get(address("deliberation", evaluation), **given).status_code == 403
    assert client_for(cast.outsider).get(address("deliberation", evaluation), **given).status_code == 404


def test_page_names_who_is_present(cast, client_for):
    evaluation = made.closed(cast)
    client_for(cast.member2).get(address("deliberation", evaluation))
    page = text(client_for(cast.lead).get(address("deliberation", evaluation)))
    assert re.search(r"正在查看本页： *([^<]*)", page)[1].strip() == "专家组长、专家成员二"


@pytest.mark.parametrize("method", ["mean", "panel"])
def test_page_of_other_methods_states_that_nothing_is_settled(cast, client_for, method):
    evaluation = begun(cast, policy=Policy(method=method).as_data())
    panels.make(evaluation, "close_scoring")
    page = text(client_for(cast.lead).get(address("deliberation", evaluation)))
    assert "没有需要评议的评分项" in page
