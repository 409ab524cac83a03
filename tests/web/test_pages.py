"""Form pages and buttons, shown with the pages of rubrics."""

from uuid import UUID, uuid4

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from zhiping.domain.lifecycle import RubricState
from zhiping.ledger.models import Event
from zhiping.rubrics import actions as rubrics
from zhiping.rubrics.models import Rubric
from zhiping.web.pages import form_page, permission_of

pytestmark = pytest.mark.django_db
KEY = str(UUID(int=7))


@pytest.fixture
def rubric(cast):
    return Rubric.objects.select_related("head").get(pk=cast.rubric.pk)


def url(name, rubric):
    return reverse(f"rubrics:{name}", args=[rubric.pk])


def phase(rubric):
    return Rubric.objects.select_related("head").get(pk=rubric.pk).head.phase


def test_permission_is_named_after_app_and_action():
    assert permission_of(rubrics.withdraw) == "rubrics.withdraw"


@pytest.mark.parametrize("method", ["get", "post"])
def test_form_page_checks_the_permission_before_it_shows_or_runs_anything(cast, client_for, rubric, method):
    for person in (cast.outsider, cast.staff):
        answer = getattr(client_for(person), method)(url("withdraw", rubric), {"reason": "过时"})
        assert answer.status_code in (403, 404)
    assert phase(rubric) == RubricState.PUBLISHED


def test_form_page_shows_crumbs_and_leads_back_to_the_last(cast, client_for, rubric):
    answer = client_for(cast.officer).get(url("withdraw", rubric))
    crumbs = [(name, link) for name, link in answer.context["crumbs"]]
    assert [link for _, link in crumbs] == [reverse("rubrics:rubrics"), url("rubric", rubric)]
    page = answer.content.decode()
    assert page.count("breadcrumb-item") == 3
    assert f'<a class="btn btn-outline-secondary" href="{crumbs[-1][1]}">' in page


def test_refused_form_page_keeps_input_and_returns_422(cast, client_for, rubric):
    answer = client_for(cast.officer).post(url("withdraw", rubric), {"seen": 0, "reason": "过时"})
    assert answer.status_code == 422
    assert "过时" in answer.content.decode()
    assert phase(rubric) == RubricState.PUBLISHED


def test_form_page_runs_an_action_once_for_one_key(cast, client_for, rubric):
    client, typed = client_for(cast.officer), {"key": KEY, "seen": rubric.head.size, "reason": "过时"}
    answers = [client.post(url("withdraw", rubric), typed) for _ in range(2)]
    assert [(a.status_code, a.headers["Location"]) for a in answers] == [(302, url("rubric", rubric))] * 2
    assert Event.objects.filter(pk=KEY).count() == 1


def test_form_page_refuses_a_key_that_wrote_something_else(cast, client_for, rubric):
    client = client_for(cast.officer)
    client.post(url("withdraw", rubric), {"key": KEY, "seen": rubric.head.size, "reason": "过时"})
    answer = client.post(url("withdraw", rubric), {"key": KEY, "seen": rubric.head.size, "reason": "别的"})
    assert answer.status_code == 422


def test_button_runs_its_action_and_a_repeat_counts_as_done(cast, client_for, rubric):
    client = client_for(cast.officer)
    client.post(url("withdraw", rubric), {"reason": "过时"})
    sent = {"key": KEY, "seen": rubric.head.size + 1}
    for _ in range(2):
        answer = client.post(url("restore", rubric), sent)
        assert (answer.status_code, answer.headers["Location"]) == (302, url("rubric", rubric))
        assert not list(get_messages(answer.wsgi_request))
    assert phase(rubric) == RubricState.PUBLISHED
    assert Event.objects.filter(pk=KEY).count() == 1


@pytest.mark.parametrize("sent", [{"seen": 0}, {"key": "nonsense"}, {"seen": "nonsense"}, {}])
def test_button_shows_a_refusal_on_the_next_page(cast, client_for, rubric, sent):
    client = client_for(cast.officer)
    if sent:
        client.post(url("withdraw", rubric), {"reason": "过时"})
    before = phase(rubric)
    answer = client.post(url("restore", rubric), sent, follow=True)
    assert answer.redirect_chain == [(url("rubric", rubric), 302)]
    assert [message.level_tag for message in answer.context["messages"]] == ["error"]
    assert phase(rubric) == before


def test_button_refuses_people_without_the_permission(cast, client_for, rubric):
    client_for(cast.officer).post(url("withdraw", rubric), {"reason": "过时"})
    assert client_for(cast.outsider).post(url("restore", rubric), {"key": str(uuid4())}).status_code == 403
    assert phase(rubric) == RubricState.WITHDRAWN


def test_form_page_of_nothing_given_asks_the_permission_without_a_thing(cast, rf):
    from zhiping.domain.errors import NotAllowed

    request = rf.get("/")
    request.user = cast.outsider
    with pytest.raises(NotAllowed):
        form_page(request, None, rubrics.publish, crumbs=[], to="/")
