"""Evaluations that are cancelled and restored, suspended and resumed."""

import datetime as dt

import pytest
from tests.access.world import FEW
from tests.evaluations.test_evaluations import plan, seat
from tests.evaluations.test_programmes import add, codes
from tests.evaluations.test_trips import programme as of_programme
from tests.server import insider
from tests.server.cast import NOW, TODAY

from zhiping.desk.queries import desk
from zhiping.domain import lifecycle
from zhiping.domain.errors import Conflict, NotAllowed
from zhiping.evaluations.actions import evaluation as actions
from zhiping.evaluations.actions.programme import end_programme, freeze_programme, reopen_programme
from zhiping.evaluations.actions.trip import assign_trip, propose_trips
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import get_evaluation
from zhiping.ledger import verification
from zhiping.ledger.act import Act
from zhiping.ledger.models import Head
from zhiping.notices.models import Notice
from zhiping.panels.actions import course, draw
from zhiping.panels.actions.panel import seat_expert
from zhiping.panels.queries.panel import members, seats_of
from zhiping.registry.actions import end_service
from zhiping.visits.actions.start import start_evaluation
from zhiping.visits.actions.visit import plan_visit

programme = of_programme
LATER = NOW + dt.timedelta(days=12)


def fresh(evaluation):
    return Evaluation.objects.select_related("head").get(pk=evaluation.pk)


def state(evaluation):
    return fresh(evaluation).head.phase


def brought_to(cast, phase, **given):
    """Return an evaluation in a phase."""
    evaluation = plan(cast, **given)
    if phase != "planned":
        actions.prepare_evaluation(Act(cast.officer_a, NOW), fresh(evaluation))
    if phase == "scoring":
        seat(cast, evaluation)
        start_evaluation(Act(cast.lead, NOW), get_evaluation(cast.lead, evaluation.pk))
    assert state(evaluation) == phase
    return evaluation


def done(action, evaluation, by, *, now=NOW, reason="平台搬迁"):
    action(Act(by, now), fresh(evaluation), reason=reason)


def refused(action, evaluation, by, *, now=NOW):
    with pytest.raises(Conflict) as caught:
        done(action, evaluation, by, now=now)
    return codes(caught)


@pytest.mark.parametrize("phase", ["planned", "preparing", "scoring"])
def test_cancelled_evaluation_is_restored_where_it_was(cast, phase):
    evaluation = brought_to(cast, phase)
    done(actions.cancel_evaluation, evaluation, cast.officer_a)
    assert (state(evaluation), fresh(evaluation).cancelled_in) == ("cancelled", phase)
    done(actions.restore_evaluation, evaluation, cast.officer_a, now=LATER)
    restored = fresh(evaluation)
    assert restored.head.phase == phase
    assert (restored.cancelled, restored.cancelled_in) == (None, "")
    assert restored.start_by == evaluation.start_by


@pytest.mark.parametrize("phase", ["planned", "preparing", "scoring"])
def test_suspended_evaluation_is_resumed_where_it_was(cast, phase):
    evaluation = brought_to(cast, phase)
    done(course.suspend_evaluation, evaluation, cast.officer_a)
    assert (state(evaluation), fresh(evaluation).suspended_in) == ("suspended", phase)
    done(course.resume_evaluation, evaluation, cast.officer_a, now=LATER)
    resumed = fresh(evaluation)
    assert resumed.head.phase == phase
    assert (resumed.suspended, resumed.suspended_in) == (None, "")


def test_evaluation_cancelled_while_suspended_is_restored_suspended(cast):
    evaluation = brought_to(cast, "preparing")
    done(course.suspend_evaluation, evaluation, cast.officer_a)
    done(actions.cancel_evaluation, evaluation, cast.officer_a)
    assert fresh(evaluation).reached == "preparing"
    done(actions.restore_evaluation, evaluation, cast.officer_a)
    assert state(evaluation) == "suspended"
    done(course.resume_evaluation, evaluation, cast.officer_a)
    assert state(evaluation) == "preparing"


def test_rows_and_phase_follow_from_the_events(cast):
    evaluation = plan(cast)
    actions.prepare_evaluation(Act(cast.officer_a, NOW), fresh(evaluation))
    seat_expert(Act(cast.officer_a, NOW), fresh(evaluation), expert=cast.expert("lead"), role="lead")
    for action in (
        course.suspend_evaluation, actions.cancel_evaluation, actions.restore_evaluation,
        course.resume_evaluation, course.suspend_evaluation, course.resume_evaluation,
        actions.cancel_evaluation,
    ):  # fmt: skip
        done(action, evaluation, cast.officer_a)
        assert list(verification.verify_all()) == []
    insider.unguard()
    Head.objects.filter(pk=evaluation.pk).update(phase="planned")  # positive control
    found = [problem.code for _, problems in verification.verify_all() for problem in problems]
    assert found == ["ledger.phase_altered"]


def test_last_day_to_start_moves_by_the_days_of_the_suspension(cast):
    evaluation = plan(cast, start_by=dt.date(2026, 6, 30))
    done(course.suspend_evaluation, evaluation, cast.officer_a)
    assert fresh(evaluation).start_by == dt.date(2026, 6, 30)
    done(course.resume_evaluation, evaluation, cast.officer_a, now=LATER)
    assert fresh(evaluation).start_by == dt.date(2026, 7, 12)


@pytest.mark.parametrize(
    ("action", "phase"),
    [
        (actions.cancel_evaluation, "planned"),
        (actions.restore_evaluation, "cancelled"),
        (course.suspend_evaluation, "planned"),
        (course.resume_evaluation, "suspended"),
    ],
)
def test_authority_panel_and_operator_are_notified_with_the_reason(cast, action, phase):
    evaluation = plan(cast)
    seat_expert(Act(cast.officer_a, NOW), fresh(evaluation), expert=cast.expert("lead"), role="lead")
    if phase == "cancelled":
        done(actions.cancel_evaluation, evaluation, cast.officer_a)
    if phase == "suspended":
        done(course.suspend_evaluation, evaluation, cast.officer_a)
    Notice.objects.all().delete()
    by = cast.officer  # of the authority above: the authority's own officers are notified too
    done(action, evaluation, by, reason="平台合并")
    notices = list(Notice.objects.all())
    assert {notice.to.username for notice in notices} == {"officer_a", "head", "staff", "lead"}
    assert {notice.url for notice in notices} == {f"/evaluations/{evaluation.pk}"}
    assert all("平台合并" in notice.text() for notice in notices)


def test_restoring_ends_after_thirty_days(cast):
    evaluation = plan(cast)
    done(actions.cancel_evaluation, evaluation, cast.officer_a)
    late = NOW + dt.timedelta(days=31)
    assert refused(actions.restore_evaluation, evaluation, cast.officer_a, now=late) == [
        "lifecycle.restorable"
    ]
    assert state(evaluation) == "cancelled"
    done(actions.restore_evaluation, evaluation, cast.officer_a, now=NOW + dt.timedelta(days=30))
    assert state(evaluation) == "planned"


def test_restoring_is_refused_where_another_evaluation_has_taken_its_place(cast):
    evaluation = plan(cast)
    done(actions.cancel_evaluation, evaluation, cast.officer_a)
    second = plan(cast)
    assert refused(actions.restore_evaluation, evaluation, cast.officer_a) == ["evaluations.under_way"]
    done(course.suspend_evaluation, second, cast.officer_a)
    assert refused(actions.restore_evaluation, evaluation, cast.officer_a) == ["evaluations.under_way"]
    done(actions.cancel_evaluation, second, cast.officer_a)
    done(actions.restore_evaluation, evaluation, cast.officer_a)
    assert refused(actions.restore_evaluation, second, cast.officer_a) == ["evaluations.under_way"]


def test_restoring_is_refused_for_a_platform_out_of_service(cast):
    evaluation = plan(cast)
    done(actions.cancel_evaluation, evaluation, cast.officer_a)
    end_service(Act(cast.officer_a, NOW), cast.platform("a"), ended=TODAY, reason="停业")
    assert refused(actions.restore_evaluation, evaluation, cast.officer_a) == ["evaluations.ended"]


def test_restoring_is_refused_in_a_programme_that_has_ended(cast):
    programme = add(cast)
    evaluation = plan(cast, programme=programme)
    done(actions.cancel_evaluation, evaluation, cast.officer_a)
    end_programme(Act(cast.officer_a, NOW), programme)
    assert refused(actions.restore_evaluation, evaluation, cast.officer_a) == ["evaluations.programme_closed"]


def test_restoring_a_started_evaluation_is_refused_while_its_rules_are_open(cast):
    programme = add(cast)
    freeze_programme(Act(cast.officer_a, NOW), programme)
    evaluation = brought_to(cast, "scoring", programme=programme)
    done(actions.cancel_evaluation, evaluation, cast.officer_a)
    reopen_programme(Act(cast.officer_a, NOW), programme, reason="补充评分指引")
    assert refused(actions.restore_evaluation, evaluation, cast.officer_a) == [
        "evaluations.programme_reopened"
    ]
    assert state(evaluation) == "cancelled"


def test_platform_has_no_second_evaluation_while_one_is_suspended(cast):
    evaluation = plan(cast)
    done(course.suspend_evaluation, evaluation, cast.officer_a)
    with pytest.raises(Conflict) as caught:
        plan(cast)
    assert codes(caught) == ["evaluations.under_way"]


def test_restored_evaluation_leaves_a_trip_with_a_later_draw(cast, programme):
    propose_trips(Act(cast.officer, NOW), programme)
    first, _ = programme.evaluations.order_by("platform__region_id")
    act = Act(cast.officer, NOW)
    assign_trip(act, programme, evaluations=programme.evaluations.all(), trip=first.trip)
    done(actions.cancel_evaluation, first, cast.officer)
    done(actions.restore_evaluation, first, cast.officer)
    assert fresh(first).trip_id == first.trip_id
    done(actions.cancel_evaluation, first, cast.officer)
    draw.commit_draw(Act(cast.officer, LATER), fresh(first).trip, conditions=FEW)
    done(actions.restore_evaluation, first, cast.officer, now=LATER)
    assert fresh(first).trip is None


@pytest.mark.parametrize("applied", [False, True])
@pytest.mark.parametrize(
    ("stop", "go_on"),
    [
        (course.suspend_evaluation, course.resume_evaluation),
        (actions.cancel_evaluation, actions.restore_evaluation),
    ],
)
def test_evaluation_leaves_a_trip_whose_draw_left_it_out(cast, programme, stop, go_on, applied):
    propose_trips(Act(cast.officer, NOW), programme)
    first, _ = programme.evaluations.order_by("platform__region_id")
    trip = first.trip
    assign_trip(Act(cast.officer, NOW), programme, evaluations=programme.evaluations.all(), trip=trip)
    before = draw.commit_draw(Act(cast.officer, NOW), trip, conditions=FEW)
    done(stop, first, cast.officer)
    draw.perform_draw(Act(cast.officer, LATER), before)
    if applied:
        before.refresh_from_db()
        lead = before.result["members"][0]
        draw.apply_draw(Act(cast.officer, LATER), before, lead=lead)
    done(go_on, first, cast.officer, now=LATER)
    assert fresh(first).trip == (None if applied else trip)


def test_suspended_evaluation_can_only_be_resumed_or_cancelled(cast):
    evaluation = brought_to(cast, "preparing")
    done(course.suspend_evaluation, evaluation, cast.officer_a)
    possible = {
        row.name
        for row in lifecycle.EVALUATION_MOVES
        if lifecycle.possible("evaluation", row.name, "suspended")
    }
    assert possible == {"resume_evaluation", "cancel_evaluation"}
    act = Act(cast.officer_a, NOW)
    for attempt in (
        lambda: plan_visit(act, fresh(evaluation), visit_start=TODAY, visit_end=TODAY),
        lambda: seat_expert(act, fresh(evaluation), expert=cast.expert("lead"), role="lead"),
    ):
        with pytest.raises(Conflict) as caught:
            attempt()
        assert [(p.code, p.data) for p in caught.value.problems] == [
            ("ledger.not_now", {"state": "suspended"})
        ]


def test_draw_for_a_suspended_evaluation_waits(cast):
    evaluation = brought_to(cast, "preparing")
    held = draw.commit_draw(Act(cast.officer_a, NOW), fresh(evaluation), conditions=FEW)
    done(course.suspend_evaluation, evaluation, cast.officer_a)
    for attempt in (
        lambda: draw.perform_draw(Act(cast.officer_a, NOW), held),
        lambda: draw.abandon_draw(Act(cast.officer_a, NOW), held, reason="改日"),
    ):
        with pytest.raises(Conflict) as caught:
            attempt()
        assert codes(caught) == ["ledger.not_now"]
    done(course.resume_evaluation, evaluation, cast.officer_a)
    assert draw.perform_draw(Act(cast.officer_a, NOW), held).drawn == NOW


def test_only_the_lead_of_a_panel_suspends_and_resumes(cast):
    evaluation = brought_to(cast, "scoring")
    for who in (cast.member, cast.head, cast.outsider):
        with pytest.raises(NotAllowed):
            done(course.suspend_evaluation, evaluation, who)
    done(course.suspend_evaluation, evaluation, cast.lead)
    with pytest.raises(NotAllowed):
        done(course.resume_evaluation, evaluation, cast.member)
    done(course.resume_evaluation, evaluation, cast.lead)
    assert state(evaluation) == "scoring"


def test_names_of_a_panel_stay_hidden_where_preparation_never_began(cast):
    evaluation = plan(cast)
    seat_expert(Act(cast.officer_a, NOW), fresh(evaluation), expert=cast.expert("lead"), role="lead")
    for action in (course.suspend_evaluation, actions.cancel_evaluation):
        done(action, evaluation, cast.officer_a)
        assert members(cast.head, get_evaluation(cast.head, evaluation.pk)) == []
    led = plan(cast, by="officer", platform="b")
    seat_expert(Act(cast.officer, NOW), fresh(led), expert=cast.expert("member"), role="lead")
    done(course.suspend_evaluation, led, cast.officer)
    assert seats_of(cast.officer_b, cast.expert("member")) == []
    assert len(seats_of(cast.officer, cast.expert("member"))) == 1


@pytest.mark.parametrize(("phase", "reopened"), [("planned", True), ("scoring", False)])
def test_rules_are_reopened_only_where_no_suspended_evaluation_has_started(cast, phase, reopened):
    programme = add(cast)
    evaluation = plan(cast, programme=programme)
    freeze_programme(Act(cast.officer_a, NOW), programme)
    if phase == "scoring":
        actions.prepare_evaluation(Act(cast.officer_a, NOW), fresh(evaluation))
        seat(cast, evaluation)
        start_evaluation(Act(cast.lead, NOW), get_evaluation(cast.lead, evaluation.pk))
    done(course.suspend_evaluation, evaluation, cast.officer_a)
    with pytest.raises(Conflict):
        end_programme(Act(cast.officer_a, NOW), programme)
    if reopened:
        reopen_programme(Act(cast.officer_a, NOW), programme, reason="补充规则")
    else:
        with pytest.raises(Conflict) as caught:
            reopen_programme(Act(cast.officer_a, NOW), programme, reason="补充规则")
        assert codes(caught) == ["lifecycle.nothing_started"]


def test_desk_lists_and_numbers_know_a_suspended_evaluation(cast, client_for):
    evaluation = plan(cast, start_by=dt.date(2026, 5, 1))
    done(course.suspend_evaluation, evaluation, cast.officer_a)
    shown = desk(cast.officer_a, NOW)
    assert [(task.code, task.due) for task in shown.tasks] == [("suspended_evaluation", None)]
    numbers = {number.code: (number.value, number.url) for number in shown.numbers}
    assert numbers["suspended"] == (1, "/evaluations/?state=suspended")
    assert numbers["planned"][0] == 0
    client = client_for(cast.officer_a)
    listed = client.get("/evaluations/?state=suspended").content.decode()
    assert f"/evaluations/{evaluation.pk}" in listed
    assert "已中止" in listed
    assert f"/evaluations/{evaluation.pk}" not in client.get("/evaluations/?state=planned").content.decode()


def test_page_of_a_cancelled_evaluation_shows_why_and_what_was_never_reached(cast, client_for):
    evaluation = brought_to(cast, "preparing")
    client, here = client_for(cast.officer_a), f"/evaluations/{evaluation.pk}"
    assert client.post(f"{here}/cancel", {"reason": "平台<合并>"}).url == here
    page = client.get(here)
    assert "原因：平台&lt;合并&gt;" in page.content.decode()
    steps = {step["state"]: (step["done"], step["current"], step["never"]) for step in page.context["steps"]}
    assert steps == {
        "planned": (True, False, False),
        "preparing": (True, False, False),
        "scoring": (False, False, True),
        "deliberating": (False, False, True),
        "concluded": (False, False, True),
        "consulting": (False, False, True),
        "reported": (False, False, True),
        "improving": (False, False, True),
        "closed": (False, False, True),
        "archived": (False, False, True),
        "cancelled": (False, True, False),
    }
    assert page.content.decode().count('class="never"') == 8
    assert "步，共" not in page.content.decode()
    assert f'href="{here}/restore"' in page.content.decode()
    assert f'href="{here}/restore"' not in client_for(cast.head).get(here).content.decode()
    assert client.post(f"{here}/restore", {"reason": "不合并了"}).url == here
    assert state(evaluation) == "preparing"


def test_page_of_a_suspended_evaluation_offers_to_resume_or_cancel(cast, client_for):
    evaluation = brought_to(cast, "preparing")
    client, here = client_for(cast.officer_a), f"/evaluations/{evaluation.pk}"
    assert client.post(f"{here}/suspend", {"reason": ""}).status_code == 422
    assert client.post(f"{here}/suspend", {"reason": "平台搬迁"}).url == here
    page = client.get(here)
    text = page.content.decode()
    assert "原因：平台搬迁" in text
    assert "第 2 步，共 10 步：\n  评价准备 · 已中止</p>" in text
    assert [step["note"] for step in page.context["steps"]] == ["", "已中止", *[""] * 8]
    assert page.context["moves"] == {
        "cancel_evaluation": True, "restore_evaluation": False,
        "suspend_evaluation": False, "resume_evaluation": True,
    }  # fmt: skip
    assert page.context["next"] is None
    assert client.post(f"{here}/resume", {"reason": "搬迁完成"}).url == here
    assert state(evaluation) == "preparing"


def test_panel_of_a_suspended_evaluation_offers_nothing(cast, client_for):
    evaluation = brought_to(cast, "scoring")
    here = f"/evaluations/{evaluation.pk}"
    recusal = f"/seats/{evaluation.seats.get(expert__user=cast.member).pk}/recusal"
    clients = [client_for(person) for person in (cast.officer_a, cast.member)]
    assert [recusal in client.get(f"{here}/panel").content.decode() for client in clients] == [True, True]
    done(course.suspend_evaluation, evaluation, cast.officer_a)
    assert [recusal in client.get(f"{here}/panel").content.decode() for client in clients] == [False, False]


def test_pages_of_a_prepared_evaluation_say_that_there_is_no_panel_yet(cast, client_for):
    here, client = f"/evaluations/{brought_to(cast, 'preparing').pk}", client_for(cast.head)
    for page in (here, f"{here}/panel"):
        text = client.get(page).content.decode()
        assert ("尚未组成评价组" in text, "评价准备开始后" in text) == (True, False)


def test_restoring_too_late_is_refused_in_words(cast, client_for):
    evaluation = plan(cast)
    done(actions.cancel_evaluation, evaluation, cast.officer_a)  # in May; the page is opened today
    client, here = client_for(cast.officer_a), f"/evaluations/{evaluation.pk}"
    assert f'href="{here}/restore"' not in client.get(here).content.decode()
    answer = client.post(f"{here}/restore", {"reason": "继续"})
    assert answer.status_code == 422
    assert "取消已超过30天" in answer.content.decode()
