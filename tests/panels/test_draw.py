"""Draws: committed, drawn, applied or abandoned; any reader can recompute the result."""

import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from django.urls import reverse
from docx import Document
from tests.panels import panels
from tests.server.cast import NOW, TODAY, unchecked

from zhiping.documents.papers.word import papers
from zhiping.domain.draw_conditions import Conditions
from zhiping.domain.errors import AlreadyDone, Conflict, Invalid, NotAllowed
from zhiping.evaluations.actions.evaluation import cancel_evaluation
from zhiping.experts.models import Expert, ExpertField, Training
from zhiping.ids import uuid7
from zhiping.ledger.act import Act
from zhiping.ledger.entry import fingerprint
from zhiping.ledger.models import Event, Head
from zhiping.notices.models import Notice
from zhiping.panels.actions import draw as actions
from zhiping.panels.actions import recusal, seeds
from zhiping.panels.actions.panel import change_role, move_up, seat_expert, unseat_expert
from zhiping.panels.models import Draw, Seat
from zhiping.panels.queries import draw as queries
from zhiping.panels.queries.recusal import standbys
from zhiping.visits.queries import facts

OFFERED = ("unseat-expert", "change-role", "move-up")
SCRIPT = Path(__file__).parents[1] / "draw_script.py"


@pytest.fixture
def evaluation(cast):
    found = panels.opened(cast)
    for n in range(12):
        panels.expert(cast, f"库员{n:02d}", experience="窗口工作" if n % 3 == 0 else "")
    return found


def officer(cast):
    """The act of the officer who draws."""
    return Act(cast.officer_a, NOW)


def commit(cast, evaluation, by=None, id=None, **given):
    act = Act(by or cast.officer_a, NOW, id)
    return actions.commit_draw(act, panels.fresh(evaluation), conditions=Conditions(**given))


def drawn(cast, evaluation, words="今天下雨", **given):
    return actions.perform_draw(officer(cast), commit(cast, evaluation, **given), words=words)


def applied(cast, evaluation, **given):
    draw = drawn(cast, evaluation, **given)
    actions.apply_draw(officer(cast), draw, lead=draw.result["members"][0])
    return draw


def recorded(name, table, **of):
    """What the event of a name recorded of the rows of a table."""
    return Event.objects.get(name=name, **of).data["changes"][table]


def recomputed(record):
    """Return the output of the independent script for a record."""
    run = subprocess.run(
        [sys.executable, SCRIPT],
        check=False,
        input=json.dumps(record),
        capture_output=True,
        text=True,
        timeout=60,
    )
    return run.stdout.strip() + run.stderr


def test_what_was_sealed_cannot_be_read_from_the_database(cast, evaluation):
    draw = commit(cast, evaluation)
    assert draw.seed == ""
    assert not re.search(r"[0-9a-f]{64}", draw.secret)
    row = recorded("draw.committed", "panels_draw", head=draw.head)[str(draw.pk)]
    assert row["commitment"] == [None, draw.commitment]
    assert row["pool"] == [None, draw.pool]
    assert len(draw.pool) == 16
    assert row["secret"] == [None, f"hmac:{fingerprint(draw.secret)}"]
    opened = actions.perform_draw(officer(cast), draw)
    assert opened.seed not in draw.secret
    assert opened.seed not in json.dumps([e.data for e in Event.objects.exclude(name="draw.drawn")])


def test_drawing_publishes_the_seed_in_the_ledger(cast, evaluation):
    draw = drawn(cast, evaluation)
    assert recorded("draw.drawn", "panels_draw") == {
        str(draw.pk): {
            "seed": ["", draw.seed],
            "result": [None, draw.result],
            "drawn": [None, NOW.isoformat()],
        }
    }
    assert (draw.result["seed"], draw.result["words"]) == (draw.seed, "今天下雨")


def test_commitment_notifies_the_officers_and_is_an_event_of_the_evaluation(cast, evaluation):
    draw = commit(cast, evaluation)
    told = Notice.objects.get(code="draws.committed")
    assert (told.to, told.data["commitment"]) == (cast.officer_a, draw.commitment)
    assert Event.objects.get(head=evaluation.pk, name="draw.committed").data["commitment"] == draw.commitment


def test_anybody_can_recompute_the_downloaded_record(cast, client_for, evaluation):
    draw = drawn(cast, evaluation, fields={"testing": 2}, per_employer=1)
    record = client_for(cast.officer_a).post(reverse("panels:draw-record", args=[draw.pk])).json()
    assert recomputed(record) == "OK"
    for change in (
        lambda r: r["result"].update(seed="0" * 64),
        lambda r: r["result"].update(words="明天下雨"),
        lambda r: r["pool"][0].update(employer="别处"),
        lambda r: r["rules"].update(experience=0),
        lambda r: r["result"]["members"].reverse(),
    ):
        other = json.loads(json.dumps(record))
        change(other)
        assert recomputed(other) != "OK"


def test_record_of_a_committed_draw_has_no_seed_and_no_result(cast, client_for, evaluation):
    draw = commit(cast, evaluation)
    record = client_for(cast.officer_a).post(reverse("panels:draw-record", args=[draw.pk])).json()
    assert record["result"] is None
    assert draw.secret not in json.dumps(record)
    assert set(record) == {"format", "commitment", "committed", "drawn", "rules", "pool", "result"}


def test_applied_the_panel_sits_in_the_order_of_the_draw(cast, evaluation):
    seat_expert(Act(cast.officer_a, NOW), evaluation=evaluation, expert=cast.expert("lead"), role="secretary")
    draw = applied(cast, evaluation, excluded={str(cast.expert("lead").pk): "任秘书"})
    seats = list(evaluation.seats.filter(left=None).order_by("place"))
    ids = [str(s.expert_id) for s in seats if s.role != "secretary"]
    assert ids == [*draw.result["members"], *(s["id"] for s in draw.result["substitutes"])]
    assert Counter(s.role for s in seats) == {"lead": 1, "member": 2, "substitute": 2, "secretary": 1}
    assert {s.origin for s in seats if s.role != "secretary"} == {"drawn"}
    event = Event.objects.get(name="panel.drawn")
    cause = Event.objects.get(name="draw.applied")
    assert (event.data["draw"], event.data["cause"]) == (str(draw.pk), str(cause.pk))
    seated = sorted(event.data["changes"]["panels_seat"].values(), key=lambda row: row["place"][1])
    assert [row["expert"] for row in seated] == [[None, key] for key in ids]


def test_who_sat_there_and_was_drawn_keeps_the_declaration_and_others_leave(cast, evaluation):
    composed = panels.composed(cast, evaluation)
    fixed = [str(cast.expert("lead").pk)]
    out = {str(cast.expert(n).pk): "另有任务" for n in ("member", "member2")}
    applied(cast, evaluation, fixed=fixed, excluded=out)
    kept = Seat.objects.get(pk=composed["lead"].pk)
    changes = recorded("panel.drawn", "panels_seat")
    assert str(kept.pk) not in changes  # the same role in the same place
    assert changes[str(composed["member"].pk)] == {"left": [None, NOW.isoformat()]}
    assert (kept.left, kept.declared, kept.origin) == (None, NOW, "appointed")
    assert Seat.objects.get(pk=composed["member"].pk).left == NOW
    assert evaluation.duties.count() < 19


def test_who_was_drawn_is_bound_by_the_draw(cast, evaluation):
    applied(cast, evaluation)
    act = Act(cast.officer_a, NOW)
    member, waiting = (evaluation.seats.filter(role=r).last() for r in ("member", "substitute"))
    with pytest.raises(Conflict, match=r"panel\.drawn_needs_recusal"):
        unseat_expert(act, evaluation, seat=member)
    for seat, role in ((waiting, "member"), (member, "substitute")):
        with pytest.raises(Conflict, match=r"panel\.drawn_in_order"):
            change_role(act, evaluation, seat=seat, role=role)
    with pytest.raises(Conflict, match=r"panel\.drawn_in_order"):
        move_up(act, evaluation, seat=waiting)
    change_role(act, evaluation, seat=member, role="lead")


def test_page_offers_for_the_drawn_only_what_the_draw_allows(cast, evaluation, client_for):
    applied(cast, evaluation)
    secretary, act = panels.expert(cast, "秘书甲"), Act(cast.officer_a, NOW)
    seat_expert(act, panels.fresh(evaluation), expert=secretary, role="secretary")
    page = client_for(cast.officer_a).get(reverse("panels:panel", args=[evaluation.pk])).content.decode()
    address = {n: reverse(f"panels:{n}", args=[evaluation.pk]) for n in OFFERED}
    offered = {n: page.count(f'<form method="post" action="{url}"') for n, url in address.items()}
    assert offered == {
        "unseat-expert": 1,
        "change-role": 4,
        "move-up": 1,
    }
    assert page.count('<option value="substitute"') == 1


def test_page_of_an_applied_draw_offers_the_paper(cast, evaluation, client_for):
    draw = applied(cast, evaluation)
    page = client_for(cast.officer_a).get(reverse("panels:drawn", args=[draw.pk])).content.decode()
    assert f'action="{reverse("visits:make-papers", args=[evaluation.pk, "prepare"])}"' in page
    assert '<input type="hidden" name="name" value="draw">' in page


def test_programme_lists_its_draws_with_their_states(cast, client_for):
    first, second = panels.trip(cast)
    for n in range(9):
        panels.expert(cast, f"库员{n}", experience="窗口工作")
    act = Act(cast.officer, NOW)
    actions.abandon_draw(act, commit(cast, first, by=cast.officer), reason="条件有误")
    actions.commit_draw(act, first.trip, conditions=Conditions(substitutes=1))
    client = client_for(cast.officer)
    pages = {
        name: client.get(reverse(name, args=[first.programme_id])).content.decode()
        for name in ("dossier:programme", "panels:draws")
    }
    for draw in Draw.objects.all():
        here = [reverse("panels:drawn", args=[draw.pk]) in page for page in pages.values()]
        assert here == [True, True]
    assert [
        [state in page for state in ("已封存，待抽取", "已放弃", "已生效")] for page in pages.values()
    ] == [[True, True, False]] * 2
    draw_here = reverse("panels:draw-trip", args=[second.trip_id])
    assert draw_here in client.get(reverse("evaluations:trip", args=[second.trip_id])).content.decode()


def test_substitutes_step_in_by_the_order_of_the_draw(cast, evaluation):
    applied(cast, evaluation, experience=0)
    act = Act(cast.officer_a, NOW)
    gone = evaluation.seats.filter(role="member").last()
    found = recusal.ask_recusal(act, gone, reason="亲属任职")
    recusal.decide_recusal(act, found, granted=True, decision="属实")
    first, second = evaluation.seats.filter(role="substitute").order_by("place")
    names = [(s.seat, s.turn) for s in standbys(panels.fresh(evaluation), [gone], today=TODAY)]
    assert names == [(first, True), (second, False)]
    with pytest.raises(Conflict, match=r"panel\.not_in_turn"):
        recusal.step_in(act, evaluation, leaves=gone, comes=second)
    recusal.step_in(act, evaluation, leaves=gone, comes=first)
    also = evaluation.seats.get(role="member", left=None, origin="drawn", place__lt=gone.place)
    found = recusal.ask_recusal(act, also, reason="病假")
    recusal.decide_recusal(act, found, granted=True, decision="准")
    recusal.step_in(act, evaluation, leaves=also, comes=second)
    assert evaluation.seats.filter(left=None, role__in=Seat.SCORERS).count() == 3


def test_given_up_it_stays_on_record_and_the_next_is_counted(cast, client_for, evaluation):
    draw = applied(cast, evaluation)
    with pytest.raises(Conflict, match=r"draws\.under_way"):
        commit(cast, evaluation)
    actions.abandon_draw(officer(cast), draw, reason="两名专家生病")
    unseat = evaluation.seats.filter(role="member").last()
    unseat_expert(Act(cast.officer_a, NOW), evaluation=evaluation, seat=unseat)
    again = commit(cast, evaluation)
    page = client_for(cast.officer_a).get(reverse("panels:drawn", args=[again.pk]))
    text = page.content.decode()
    assert "同一对象已抽取 2 次" in text
    assert "两名专家生病" in text
    assert again.commitment != draw.commitment


def test_applied_draw_cannot_be_abandoned_once_scoring_began(cast, evaluation):
    draw = applied(cast, evaluation)
    panels.phase(evaluation, "scoring")
    with pytest.raises(Conflict) as refused:
        actions.abandon_draw(officer(cast), draw, reason="不满意")
    (problem,) = refused.value.problems
    assert (problem.code, problem.data) == ("ledger.not_now", {"state": "scoring"})
    assert not Draw.objects.get().abandoned


def test_applied_draw_of_a_cancelled_evaluation_is_abandoned(cast, evaluation):
    draw = applied(cast, evaluation)
    cancel_evaluation(officer(cast), panels.fresh(evaluation), reason="撤销")
    actions.abandon_draw(officer(cast), draw, reason="已撤销")
    assert Draw.objects.get().abandoned == "已撤销"


def test_draw_of_a_cancelled_evaluation_is_not_performed(cast, evaluation):
    draw = commit(cast, evaluation)
    cancel_evaluation(officer(cast), panels.fresh(evaluation), reason="撤销")
    with pytest.raises(Conflict) as refused:
        actions.perform_draw(officer(cast), draw)
    (problem,) = refused.value.problems
    assert (problem.code, problem.data) == ("ledger.not_now", {"state": "cancelled"})


def test_abandoning_needs_a_reason(cast, evaluation):
    draw = commit(cast, evaluation)
    with pytest.raises(Invalid, match=r"lifecycle\.reason_given"):
        actions.abandon_draw(officer(cast), draw, reason=" ")


def test_draw_of_an_evaluation_that_started_is_shown_and_not_applied(cast, client_for, evaluation):
    draw = drawn(cast, evaluation)
    panels.phase(evaluation, "scoring")
    page = client_for(cast.officer_a).get(reverse("panels:drawn", args=[draw.pk]))
    assert draw.seed in page.content.decode()
    draw = Draw.objects.get()
    with pytest.raises(Invalid, match=r"draws\.nothing_open"):
        actions.apply_draw(officer(cast), draw, lead=draw.result["members"][0])
    assert Draw.objects.get().applied is None


def test_each_step_once_and_in_order(cast, evaluation):
    draw = commit(cast, evaluation)
    with pytest.raises(Conflict, match=r"ledger\.not_now"):
        actions.apply_draw(officer(cast), draw, lead="")
    actions.perform_draw(officer(cast), draw)
    with pytest.raises(Conflict, match=r"ledger\.not_now"):
        actions.perform_draw(officer(cast), draw, words="再来一次")
    with pytest.raises(Invalid, match=r"draws\.lead"):
        actions.apply_draw(officer(cast), draw, lead=str(uuid7()))
    lead = draw.result["members"][1]
    actions.apply_draw(officer(cast), draw, lead=lead)
    with pytest.raises(Conflict, match=r"draws\.applied_already"):
        actions.apply_draw(officer(cast), draw, lead=lead)


def test_a_second_click_seals_once(cast, evaluation):
    key = uuid7()
    commit(cast, evaluation, id=key)
    with pytest.raises(AlreadyDone):
        commit(cast, evaluation, id=key)
    assert Draw.objects.count() == 1


@pytest.mark.parametrize("field", ["pool", "rules", "secret"])
def test_what_was_exchanged_after_sealing_is_not_drawn(cast, evaluation, field):
    draw = commit(cast, evaluation)
    if field == "pool":
        draw.pool = [{**one, "employer": "甲"} for one in draw.pool]
    elif field == "rules":
        draw.rules = {**draw.rules, "experience": 0}
    else:
        draw.secret = seeds.encrypt("ab" * 32)
    draw.save()
    with pytest.raises(Conflict, match=r"draws\.altered"):
        actions.perform_draw(officer(cast), draw)
    assert Draw.objects.get().result is None


def test_impossible_conditions_are_refused_before_anything_is_sealed(cast, evaluation):
    with pytest.raises(Invalid, match=r"draw\.experience"):
        commit(cast, evaluation, seats=9, experience=9)
    with pytest.raises(Invalid, match=r"draw\.seats"):
        commit(cast, evaluation, seats=4)
    assert not Head.objects.filter(kind="draw").exists()


@pytest.mark.parametrize(
    "name", ["officer_b", "head", "staff", "lead", "administrator", "auditor", "outsider"]
)
def test_only_officers_of_the_authority_draw(cast, client_for, evaluation, name):
    with pytest.raises(NotAllowed):
        commit(cast, evaluation, by=getattr(cast, name))
    draw = drawn(cast, evaluation)
    client = client_for(getattr(cast, name))
    assert client.get(reverse("panels:drawn", args=[draw.pk])).status_code == 404
    for page in ("draw-record", "perform-draw", "apply-draw", "abandon-draw"):
        assert client.post(reverse(f"panels:{page}", args=[draw.pk])).status_code == 404
    for action, given in (
        (actions.perform_draw, {}),
        (actions.apply_draw, {"lead": ""}),
        (actions.abandon_draw, {"reason": "x"}),
    ):
        with pytest.raises(NotAllowed):
            action(Act(getattr(cast, name), NOW), draw, **given)


def test_pool_has_no_people_of_operators_and_names_why_others_cannot_be_drawn(cast, evaluation):
    panels.expert(cast, "自家人", keeper="a1")
    panels.expert(cast, "顾问", tie=cast.organisation("a1"))
    panels.expert(cast, "未受训", trained=False)
    panels.expert(cast, "助理", rank="junior", title="")
    target = queries.target_for(panels.fresh(evaluation))
    pool = queries.drawn_from(target, queries.rules_for(target, Conditions(), TODAY))
    assert "自家人" not in {one["name"] for one in pool}
    assert {one["name"]: one["reasons"] for one in pool if one["reasons"]} == {
        "顾问": ["conflict"],
        "未受训": ["training"],
        "助理": ["title"],
    }


def test_a_draw_for_a_trip_keeps_clear_of_every_operator_and_seats_everywhere(cast, client_for):
    here, there = panels.trip(cast)
    for n in range(6):
        panels.expert(cast, f"库员{n}", experience="窗口", tie=cast.organisation("b1") if n == 0 else None)
    client = client_for(cast.officer)
    address = reverse("panels:draw-trip", args=[here.trip_id])
    page = client.get(address)
    assert (page.context["standing"].total, page.context["standing"].fit) == (10, 9)
    sent = client.post(
        address,
        {"seats": 3, "substitutes": 1, "experience": 1, "per_employer": 1, "per_region": 0, "key": uuid7()},
    )
    draw = Draw.objects.get()
    assert sent.url == reverse("panels:drawn", args=[draw.pk])
    client.post(reverse("panels:perform-draw", args=[draw.pk]), {"words": "第一 组", "key": uuid7()})
    draw.refresh_from_db()
    assert draw.result["words"] == "第一 组"
    shown = client.get(reverse("panels:drawn", args=[draw.pk])).content.decode()
    assert draw.seed in shown
    assert "与运营单位有利害关系或情况未查明：1 名" in shown
    given = {"lead": draw.result["members"][2], "key": uuid7()}
    client.post(reverse("panels:apply-draw", args=[draw.pk]), given)
    assert list(panels.seats(here)) == list(panels.seats(there))
    assert len(panels.seats(here)) == 4
    assert "库员0" not in panels.seats(there)
    for name in ("officer_a", "officer_b"):
        assert client_for(getattr(cast, name)).get(address).status_code == 404


def test_conditions_show_at_once_what_they_leave(cast, client_for, evaluation):
    client, address = client_for(cast.officer_a), reverse("panels:draw", args=[evaluation.pk])
    page = client.get(address)
    assert ready(page)
    page = client.get(
        address, {"seats": 9, "substitutes": 0, "experience": 8, "per_employer": 0, "per_region": 0}
    )
    assert not ready(page)
    assert "要求 8 名具有服务平台运作实际工作经验" in page.content.decode()
    named = str(panels.named("库员03").pk)
    page = client.get(address, {"excluded": named})
    assert "请写明库员03不参加抽取的理由" in page.content.decode()
    page = client.get(address, {"excluded": named, f"why-{named}": "出差", "q": "库员0"})
    assert ready(page)
    assert page.context["standing"].fit == 15
    assert named not in {one["id"] for one in page.context["found"]}
    sent = dict(page.context["form"].pairs()) | {"key": uuid7()}
    assert client.post(address, sent).status_code == 302
    assert Draw.objects.get().rules["excluded"] == {named: "出差"}


def test_the_paper_record_is_filled_with_the_draw(cast, evaluation):
    draw = applied(cast, evaluation, words="今天下雨")
    about = facts(panels.fresh(evaluation))
    with tempfile.TemporaryDirectory() as folder:
        written = papers.write_papers("prepare", about, cast.rubric.as_domain(), None, Path(folder))
        paper = next(path for path in written if path.stem.endswith("专家抽取记录表"))
        text = " ".join(cell.text for t in Document(paper).tables for row in t.rows for cell in row.cells)
    record = queries.record(draw)
    assert draw.commitment in text
    assert draw.seed in text
    assert "今天下雨" in text
    assert all(row["name"] in text for row in record["rows"])
    assert "候补" in text


def test_a_self_evaluation_has_no_draw(cast, client_for):
    evaluation = panels.opened(cast, authority=None)
    assert client_for(cast.head).get(reverse("panels:draw", args=[evaluation.pk])).status_code == 403


def test_two_thousand_experts_take_as_many_questions_as_sixteen(cast, evaluation, django_assert_num_queries):
    target = queries.target_for(panels.fresh(evaluation))
    wanted = queries.rules_for(target, Conditions(), TODAY)
    with django_assert_num_queries(4):
        assert len(queries.drawn_from(target, wanted)) == 16
    many(cast, 2000)
    with django_assert_num_queries(4):
        assert len(queries.drawn_from(target, wanted)) == 2016


def test_the_page_of_conditions_asks_the_same_number_of_questions_for_any_pool(
    cast, client_for, evaluation, django_assert_num_queries
):
    client, address = client_for(cast.officer_a), reverse("panels:draw", args=[evaluation.pk])
    client.get(address)
    with django_assert_num_queries(10):
        client.get(address)
    many(cast, 200)
    with django_assert_num_queries(10):
        client.get(address)


def ready(page):
    """Whether the page offers to commit to the conditions."""
    return "条件可以满足，可以封存。" in page.content.decode()


def many(cast, count):
    """Write many experts with training and a field each, in few statements."""
    with unchecked().begin_many("", "expert", "expert.added", count) as entries:
        facts = {
            "keeper": cast.organisation("province"),
            "region_id": "150100",
            "rank": "senior",
            "experience": "",
        }
        made = [
            Expert(head=entry.head, name=f"多{n}", employer=f"单位{n % 400}", **facts)
            for n, entry in enumerate(entries)
        ]
        Expert.objects.bulk_create(made)
    Training.objects.bulk_create(
        Training(expert=e, topic="培训", date="2026-01-10", valid_until="2028-01-09") for e in made
    )
    ExpertField.objects.bulk_create(ExpertField(expert=e, field="testing") for e in made)
