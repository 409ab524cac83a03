"""Self-evaluations: an operator's experts evaluate its platform, without the authority (6.1.3)."""

import datetime as dt

import pytest
from tests.evaluations.test_evaluations import plan as plan_led
from tests.evaluations.test_evaluations import trigger
from tests.evaluations.test_programmes import codes
from tests.panels.panels import fresh
from tests.server.cast import NOW, TODAY

from zhiping.domain.errors import Conflict, Invalid, NotAllowed
from zhiping.evaluations.actions import evaluation as actions
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import evaluations, policy_of
from zhiping.experts.actions.expert import add_expert, write_training
from zhiping.experts.models import Expert
from zhiping.ids import uuid7
from zhiping.ledger.act import Act
from zhiping.ledger.models import Event
from zhiping.panels.actions.declaration import sign_declarations
from zhiping.panels.actions.duties import assign_duties, share_duties
from zhiping.panels.actions.panel import seat_expert
from zhiping.panels.queries.check import panel_checks
from zhiping.visits.actions.start import start_evaluation
from zhiping.visits.actions.visit import plan_visit, write_visit_record

YEAR = {"period_start": dt.date(2026, 1, 1), "period_end": dt.date(2026, 12, 31)}
PEOPLE = ("staff", "outsider", "archivist")  # accounts: the operator's experts need no other role


def plan(cast, **given):
    values = {"rubric": cast.rubric} | YEAR | given
    return actions.open_self_evaluation(Act(cast.head, NOW), platform=cast.platform("a"), **values)


def own_people(cast):
    """Add the operator's experts to its pool, each eligible."""
    keeper, found = cast.organisation("a1"), []
    for number, name in enumerate(PEOPLE):
        facts = {"title": "工程师", "rank": "intermediate", "experience": "窗口三年"}
        one = add_expert(
            Act(cast.head, NOW),
            keeper=keeper,
            name=f"本单位{number}",
            employer=keeper.name,
            region=keeper.region,
            **facts,
        )
        Expert.objects.filter(pk=one.pk).update(user=getattr(cast, name))
        write_training(Act(cast.head, NOW), expert=one, topic="评价培训", date=dt.date(2026, 2, 1))
        found.append(Expert.objects.get(pk=one.pk))
    return found


def composed(cast, evaluation, runs=(("1",), (), ())):
    """Seat the operator's experts; each signs and declares the indicators they are in charge of."""
    seats = []
    for expert, role, charge in zip(own_people(cast), ("lead", "member", "member"), runs, strict=True):
        seat = seat_expert(Act(cast.head, NOW), evaluation=fresh(evaluation), expert=expert, role=role)
        sign_declarations(Act(expert.user, NOW), seats=[seat], conflict="", runs=charge)
        seats.append(seat)
    return seats


def states(evaluation):
    return {c["code"]: c["state"] for c in panel_checks(fresh(evaluation), today=TODAY)}


def test_self_evaluation_is_under_its_own_rulings(cast):
    evaluation = plan(cast)
    policy = policy_of(evaluation)
    assert (evaluation.kind, evaluation.authority, policy.method, policy.retention) == (
        "self",
        None,
        "panel",
        "10",
    )


def test_whole_way_to_the_start_is_the_operators(cast):
    evaluation = plan(cast)
    actions.prepare_evaluation(Act(cast.head, NOW), evaluation=evaluation)
    composed(cast, evaluation)
    share_duties(Act(cast.head, NOW), evaluation=fresh(evaluation))
    plan_visit(Act(cast.head, NOW), evaluation=fresh(evaluation), visit_start=TODAY, visit_end=TODAY)
    assert set(states(evaluation).values()) == {"pass"}
    with pytest.raises(NotAllowed):
        start_evaluation(Act(cast.head, NOW), evaluation=fresh(evaluation))
    start_evaluation(Act(cast.staff, NOW), evaluation=fresh(evaluation))  # the lead of the panel
    entry = Event.objects.get(head=evaluation.pk, name="scoring.started").data
    assert (entry["kind"], entry["policy"]["method"], len(entry["panel"])) == ("self", "panel", 3)


def test_member_in_charge_of_an_indicator_cannot_lead_it(cast):
    evaluation = plan(cast)
    lead, member, _ = composed(cast, evaluation)
    duties = {i.id: (lead.pk, member.pk) for i in evaluation.rubric.as_domain().indicators}
    assign_duties(Act(cast.head, NOW), evaluation=fresh(evaluation), duties=duties)
    assert states(evaluation)["own_indicator"] == "fail"
    assign_duties(
        Act(cast.head, NOW), evaluation=fresh(evaluation), duties=duties | {"1": (member.pk, lead.pk)}
    )
    assert states(evaluation)["own_indicator"] == "pass"


def test_sharing_of_duties_respects_members_in_charge(cast):
    evaluation = plan(cast)
    lead, _, _ = composed(cast, evaluation, runs=(("1", "2", "3"), (), ()))
    share_duties(Act(cast.head, NOW), evaluation=fresh(evaluation))
    led = set(evaluation.duties.filter(leads=lead).values_list("indicator", flat=True))
    assert (led & {"1", "2", "3"}, states(evaluation)["own_indicator"]) == (set(), "pass")


def test_unstated_facts_do_not_pass_the_checks(cast):
    evaluation = plan(cast)
    composed(cast, evaluation, runs=(None, (), ()))
    assert states(evaluation)["own_indicator"] == "not_shown"


def test_panel_is_of_the_operators_own_people(cast):
    with pytest.raises(Invalid) as caught:
        seat_expert(Act(cast.head, NOW), evaluation=plan(cast), expert=cast.expert("member"), role="member")
    assert codes(caught) == ["panel.not_in_pool"]


@pytest.mark.parametrize("by", ["officer", "officer_a", "staff", "staff_b", "outsider"])
def test_only_the_head_moves_a_self_evaluation(cast, by):
    evaluation, person = plan(cast), getattr(cast, by)
    own = {"act": Act(person, NOW)}
    for action, given in (
        (actions.prepare_evaluation, own),
        (actions.cancel_evaluation, own | {"reason": "不再需要"}),
        (plan_visit, own | {"visit_start": TODAY, "visit_end": TODAY}),
        (write_visit_record, own | {"kind": "interview", "subject": "台账"}),
    ):
        with pytest.raises(NotAllowed):
            action(evaluation=fresh(evaluation), **given)
    assert fresh(evaluation).head.phase == "planned"


def test_important_trigger_is_answered_by_a_self_evaluation(cast):
    event = trigger(cast)
    evaluation = plan(cast, trigger=event)
    assert (evaluation.reason, evaluation.start_by) == ("trigger", event.due)
    with pytest.raises(Conflict) as caught:
        plan(cast, trigger=event, period_start=dt.date(2025, 1, 1), period_end=dt.date(2025, 12, 31))
    assert codes(caught) == ["evaluations.trigger_answered"]


# The pages.


def text(client, address, status=200):
    answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


def test_head_plans_one_from_the_platforms_page(cast, client_for):
    client, platform = client_for(cast.head), cast.platform("a")
    address = f"/platforms/{platform.pk}/self-evaluations/open"
    assert address in text(client, f"/platforms/{platform.pk}")
    assert "保管 10 年" in text(client, address)
    sent = {"rubric": cast.rubric.pk, "key": uuid7()} | {name: str(day) for name, day in YEAR.items()}
    answers = [client.post(address, sent) for _ in range(2)]
    evaluation = Evaluation.objects.get()
    assert {a.url for a in answers} == {f"/evaluations/{evaluation.pk}"}
    refused = client.post(address, sent | {"key": uuid7(), "purpose": "迎检"})
    assert (refused.status_code, "迎检" in refused.content.decode()) == (422, True)


def test_head_plans_one_because_of_a_trigger(cast, client_for):
    event, platform = trigger(cast), cast.platform("a")
    client = client_for(cast.head)
    address = f"/platforms/{platform.pk}/self-evaluations/open?trigger={event.pk}"
    assert address in text(client, f"/platforms/{platform.pk}")
    sent = {"rubric": cast.rubric.pk} | {name: str(day) for name, day in YEAR.items()}
    assert client.post(address, sent).status_code == 302
    assert Evaluation.objects.get().trigger == event


def test_unknown_trigger_returns_404(cast, client_for):
    address = f"/platforms/{cast.platform('a').pk}/self-evaluations/open?trigger=nonsense"
    text(client_for(cast.head), address, 404)


@pytest.mark.parametrize("who", ["officer", "officer_a", "staff"])
def test_only_the_head_of_a_visible_platform_opens_a_self_evaluation(cast, client_for, who):
    client, platform = client_for(getattr(cast, who)), cast.platform("a")
    assert "self-evaluations/open" not in text(client, f"/platforms/{platform.pk}")
    text(client, f"/platforms/{platform.pk}/self-evaluations/open", 403)


@pytest.mark.parametrize("who", ["officer_b", "staff_b", "outsider", "administrator", "auditor", "lead"])
def test_to_strangers_there_is_none(cast, client_for, who):
    evaluation, client = plan(cast), client_for(getattr(cast, who))
    text(client, f"/platforms/{evaluation.platform_id}/self-evaluations/open", 404)
    text(client, f"/evaluations/{evaluation.pk}", 404)
    assert "甲区一站式服务平台" not in text(client, "/self-evaluations/")


@pytest.mark.parametrize("who", ["officer", "officer_a", "staff", "head"])
def test_lists_are_never_mixed(cast, client_for, who):
    evaluation, client = plan(cast), client_for(getattr(cast, who))
    assert f"/evaluations/{evaluation.pk}" in text(client, "/self-evaluations/")
    assert f"/evaluations/{evaluation.pk}" not in text(client, "/evaluations/")
    assert f"/evaluations/{evaluation.pk}" not in text(client, "/evaluations/?kind=self")
    led = plan_led(cast)
    assert f"/evaluations/{led.pk}" in text(client, "/evaluations/")
    assert f"/evaluations/{led.pk}" not in text(client, "/self-evaluations/")


@pytest.mark.parametrize(
    ("query", "found"),
    [("", True), ("q=甲区", True), ("q=没有", False), ("state=planned", True), ("state=scoring", False),
     ("region=150102", True), ("region=150103", False), ("sort=-period", True)],
)  # fmt: skip
def test_list_is_narrowed(cast, client_for, query, found):
    plan(cast)
    page = text(client_for(cast.officer), f"/self-evaluations/?{query}")
    assert ("2026-01-01 – 2026-12-31" in page) == found


@pytest.mark.parametrize("who", ["officer", "officer_a"])
def test_authority_reads_and_changes_nothing(cast, client_for, who):
    evaluation, client = plan(cast), client_for(getattr(cast, who))
    actions.prepare_evaluation(Act(cast.head, NOW), evaluation=evaluation)
    composed(cast, evaluation)
    here = f"/evaluations/{evaluation.pk}"
    assert "本单位0" in text(client, f"{here}/panel")
    assert "<form" not in text(client, here).partition("<main")[2]
    write_visit_record(
        Act(cast.head, NOW), evaluation=fresh(evaluation), kind="interview", subject="服务台账"
    )
    page = text(client, f"{here}/visit").partition("<main")[2]
    assert ("服务台账" in page, "<form" in page) == (True, False)
    for more in ("prepare", "cancel", "visit/plan", "panel/seat", "duties/share", "papers/prepare"):
        answer = client.post(f"{here}/{more}", {"reason": "不需要"})
        assert answer.status_code in (403, 404), more


def test_draw_is_not_for_self_evaluations(cast, client_for):
    evaluation = plan(cast)
    assert f"{evaluation.pk}/draw" not in text(client_for(cast.head), f"/evaluations/{evaluation.pk}/panel")
    text(client_for(cast.head), f"/evaluations/{evaluation.pk}/draw", 403)


def test_menu_leads_there(cast, client_for):
    assert 'href="/self-evaluations/"' in text(client_for(cast.head), "/")
    assert 'href="/self-evaluations/"' not in text(client_for(cast.administrator), "/")


@pytest.mark.parametrize("size", [1, 60])
def test_list_needs_a_constant_number_of_queries(cast, client_for, size, django_assert_num_queries):
    for year in range(size):
        plan(cast, period_start=dt.date(2024 + year, 1, 1), period_end=dt.date(2024 + year, 12, 31))
    assert evaluations(cast.head).filter(kind="self").count() == size
    client = client_for(cast.officer)
    client.get("/self-evaluations/")
    with django_assert_num_queries(7):
        client.get("/self-evaluations/")
