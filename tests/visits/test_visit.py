"""Visits: planned by the operator or authority, recorded by the panel line by line; visibility."""

import datetime as dt

import pytest
from tests.panels.panels import VISIT, composed, fresh, opened, phase
from tests.server.cast import NOW

from zhiping.domain.errors import AlreadyDone, Conflict, Invalid, NotAllowed
from zhiping.ids import uuid7
from zhiping.ledger.act import Act
from zhiping.ledger.models import Event
from zhiping.registry.models import Site
from zhiping.visits import queries
from zhiping.visits.actions import visit as actions
from zhiping.visits.models import VisitRecord

Kind = VisitRecord.Kind


def site(cast, platform="a", name="主站点", **facts):
    given = {"platform": cast.platform(platform), "name": name, "kind": "hall", "opened": dt.date(2024, 3, 1)}
    names = {f.name for f in Site._meta.fields}
    return Site.objects.create(**{k: v for k, v in (given | facts).items() if k in names})


def write(cast, evaluation, kind=Kind.INTERVIEW, *, by="lead", **facts):
    given = facts or {"subject": "服务台账"}
    return actions.write_visit_record(
        Act(getattr(cast, by), NOW), evaluation=fresh(evaluation), kind=kind, **given
    )


def codes(caught):
    return [p.code for p in caught.value.problems]


def here(evaluation, more=""):
    return f"/evaluations/{evaluation.pk}/visit{more}"


def typed(kind, key=None, **values):
    sent = {f"{kind}-{name}": value for name, value in values.items()}
    return {"kind": kind, f"{kind}-key": key or uuid7()} | sent


@pytest.fixture
def evaluation(cast):
    found = opened(cast)
    composed(cast, found)
    return found


@pytest.mark.parametrize("by", ["officer", "officer_a", "lead"])
def test_visit_is_planned_by_authority_or_lead(cast, evaluation, by):
    actions.plan_visit(
        Act(getattr(cast, by), NOW),
        evaluation=evaluation,
        visit_start=dt.date(2026, 7, 1),
        visit_end=dt.date(2026, 7, 2),
        visit_place="政务大厅",
    )
    found = fresh(evaluation)
    assert (found.visit_start, found.visit_end, found.visit_place) == (
        dt.date(2026, 7, 1), dt.date(2026, 7, 2), "政务大厅",
    )  # fmt: skip
    event = Event.objects.filter(head=evaluation.pk).latest("seq")
    assert (event.name, event.data) == (
        "visit.planned",
        {
            "changes": {
                "evaluations_evaluation": {
                    str(evaluation.pk): {
                        "visit_start": [str(VISIT[0]), "2026-07-01"],
                        "visit_end": [str(VISIT[1]), "2026-07-02"],
                        "visit_place": ["", "政务大厅"],
                    }
                }
            }
        },
    )


STRANGERS = ("officer_b", "staff_b", "outsider", "administrator", "auditor", "archivist", "substitute")


@pytest.mark.parametrize("by", [*STRANGERS, "staff", "head", "member"])
def test_other_users_cannot_plan_a_visit(cast, evaluation, by):
    days = {"visit_start": VISIT[0], "visit_end": VISIT[1]}
    with pytest.raises(NotAllowed):
        actions.plan_visit(Act(getattr(cast, by), NOW), evaluation=evaluation, **days)


def test_visit_ends_after_it_begins(cast, evaluation):
    with pytest.raises(Invalid) as caught:
        actions.plan_visit(
            Act(cast.lead, NOW), evaluation=evaluation, visit_start=VISIT[1], visit_end=VISIT[0]
        )
    assert codes(caught) == ["dates.visit"]


@pytest.mark.parametrize("by", ["officer_a", "lead", "member", "member2"])
def test_panel_and_authority_record_the_visit(cast, evaluation, by):
    assert write(cast, evaluation, by=by).subject == "服务台账"


@pytest.mark.parametrize("by", [*STRANGERS, "staff", "head"])
def test_other_users_cannot_write_or_delete_lines(cast, evaluation, by):
    record = write(cast, evaluation)
    with pytest.raises(NotAllowed):
        write(cast, evaluation, by=by)
    with pytest.raises(NotAllowed):
        actions.remove_visit_record(Act(getattr(cast, by), NOW), evaluation=evaluation, line=record.pk)


@pytest.mark.parametrize(
    ("state", "kind", "possible"),
    [
        ("planned", Kind.APPOINTMENT, True),
        ("planned", Kind.INTERVIEW, False),
        ("preparing", Kind.INTERVIEW, True),
        ("scoring", Kind.INTERVIEW, True),
        ("scoring", Kind.APPOINTMENT, True),
        ("deliberating", Kind.INTERVIEW, False),
        ("deliberating", Kind.APPOINTMENT, False),
    ],
)
def test_lines_are_written_while_the_stage_admits_it(cast, state, kind, possible):
    evaluation = opened(cast, phase="planned")
    phase(evaluation, state)
    if possible:
        write(cast, evaluation, kind, by="officer_a")
    else:
        with pytest.raises(Conflict) as caught:
            write(cast, evaluation, kind, by="officer_a")
        assert codes(caught) == ["ledger.not_now"]


def test_there_is_one_opening_and_one_closing_meeting(cast, evaluation):
    write(cast, evaluation, Kind.OPENING, day=VISIT[0], who="组长")
    write(cast, evaluation, Kind.CLOSING, day=VISIT[1], who="组长")
    with pytest.raises(Conflict) as caught:
        write(cast, evaluation, Kind.OPENING, day=VISIT[0], who="组长")
    assert codes(caught) == ["visit.one_meeting"]


def test_sites_are_those_of_the_platform(cast, evaluation):
    with pytest.raises(Invalid) as caught:
        write(cast, evaluation, Kind.SITE, site=site(cast, "b"))
    assert codes(caught) == ["visit.other_site"]


def test_correction_keeps_the_old_value_in_the_ledger(cast, evaluation):
    record = write(cast, evaluation)
    actions.correct_visit_record(
        Act(cast.member, NOW),
        evaluation=evaluation,
        line=record.pk,
        subject="服务总台账",
        was=actions.mark(record),
    )
    event = Event.objects.filter(head=evaluation.pk).latest("seq")
    changes = {"subject": ["服务台账", "服务总台账"], "written_by": [str(cast.lead.pk), str(cast.member.pk)]}
    assert (event.name, event.data) == (
        "visit.corrected",
        {"changes": {"visits_visitrecord": {str(record.pk): changes}}},
    )
    record.refresh_from_db()
    assert record.written_by == cast.member


def test_correction_of_a_line_that_another_corrected_is_refused(cast, evaluation):
    record = write(cast, evaluation)
    was = actions.mark(record)
    given = {"evaluation": evaluation, "line": record.pk, "was": was}
    actions.correct_visit_record(Act(cast.member, NOW), **given, subject="甲")
    with pytest.raises(Conflict) as caught:
        actions.correct_visit_record(Act(cast.member2, NOW), **given, subject="乙")
    assert (codes(caught), caught.value.problems[0].data) == (["visit.line_changed"], {"name": "专家成员一"})


def test_change_of_another_line_is_no_conflict(cast, evaluation):
    record = write(cast, evaluation)
    was = actions.mark(record)
    write(cast, evaluation, Kind.INTERVIEW, who="窗口人员", subject="流程")
    actions.correct_visit_record(
        Act(cast.lead, NOW), evaluation=evaluation, line=record.pk, was=was, subject="甲"
    )


def test_deleted_line_cannot_be_corrected_or_deleted(cast, evaluation):
    record = write(cast, evaluation)
    given = {"evaluation": evaluation, "line": record.pk}
    key = uuid7()
    actions.remove_visit_record(Act(cast.lead, NOW, key), **given)
    with pytest.raises(AlreadyDone):
        actions.remove_visit_record(Act(cast.lead, NOW, key), **given)
    for action in (actions.remove_visit_record, actions.correct_visit_record):
        with pytest.raises(Conflict) as caught:
            action(Act(cast.lead, NOW), **given)
        assert codes(caught) == ["visit.line_gone"]
    assert Event.objects.filter(head=evaluation.pk).latest("seq").data["changes"]["visits_visitrecord"][
        str(record.pk)
    ]["subject"] == ["服务台账", None]


def test_line_of_another_evaluation_is_not_reached(cast, evaluation):
    elsewhere = opened(cast, "b", authority="b")
    record = write(cast, elsewhere, by="officer_b")
    with pytest.raises(Conflict) as caught:
        actions.remove_visit_record(Act(cast.lead, NOW), evaluation=evaluation, line=record.pk)
    assert codes(caught) == ["visit.line_gone"]


def test_papers_read_the_whole_visit(cast, evaluation):
    write(cast, evaluation, Kind.APPOINTMENT, day=VISIT[0], time="10:30", subject="查阅资料")
    write(
        cast,
        evaluation,
        Kind.APPOINTMENT,
        day=VISIT[0],
        time="09:00",
        subject="首次会议",
        place="会议室",
        who="全体",
    )
    write(
        cast,
        evaluation,
        Kind.OPENING,
        day=VISIT[0],
        time="09:00",
        place="会议室",
        who="专家组长",
        note="宣布安排",
    )
    write(cast, evaluation, Kind.SIGN_IN, who="张三", role="窗口主任")
    write(cast, evaluation, Kind.SITE, site=site(cast))
    write(cast, evaluation, Kind.INTERVIEW, who="李四", role="窗口", subject="办事流程")
    found = queries.visit_facts(evaluation)
    assert (found.start, found.end, found.sites) == (*VISIT, ("主站点",))
    assert [(a.time, a.what) for a in found.schedule] == [
        ("2026-06-10 09:00", "首次会议"), ("2026-06-10 10:30", "查阅资料"),
    ]  # fmt: skip
    assert (found.opening.chair, found.opening.attendees, found.opening.notes) == (
        "专家组长", ("张三",), "宣布安排",
    )  # fmt: skip
    assert (found.closing.chair, found.interviews[0].topic) == ("", "办事流程")


# The pages.


def test_page_accepts_lines_of_every_kind(cast, client_for, evaluation):
    lead, place = client_for(cast.lead), site(cast)
    sent = [
        typed("appointment", day=VISIT[0], time="9：00", subject="首次会议"),
        typed("sign_in", who="张三"),
        typed("opening", day=VISIT[0], who="专家组长"),
        typed("site", site=place.pk),
        typed("interview", who="李四", subject="办事流程"),
        typed("closing", day=VISIT[1], who="专家组长"),
    ]
    assert [lead.post(here(evaluation), data).url for data in sent] == [
        here(evaluation, f"#{data['kind']}") for data in sent
    ]
    text = lead.get(here(evaluation)).content.decode()
    assert all(word in text for word in ("09:00", "张三", "主站点", "李四"))
    assert 'name="opening-who"' not in text  # there is one already


def test_line_sent_twice_is_one_line(cast, client_for, evaluation):
    data = typed("interview", who="李四", subject="服务台账")
    assert [client_for(cast.lead).post(here(evaluation), data).status_code for _ in range(2)] == [302, 302]
    assert VisitRecord.objects.count() == 1


def test_page_keeps_input_that_is_refused(cast, client_for, evaluation):
    answer = client_for(cast.lead).post(here(evaluation), typed("interview", who="李四"))
    text = answer.content.decode()
    assert (answer.status_code, 'value="李四"' in text, "访谈主题" in text) == (422, True, True)
    write(cast, evaluation, Kind.OPENING, day=VISIT[0], who="专家组长")
    data = typed("opening", day=VISIT[0], who="另一人", note="写了很多")
    answer = client_for(cast.member).post(here(evaluation), data)
    assert (answer.status_code, "写了很多" in answer.content.decode()) == (422, True)


def test_stale_tab_correcting_a_line_gets_an_error_and_keeps_its_input(cast, client_for, evaluation):
    record = write(cast, evaluation)
    client, address = client_for(cast.lead), here(evaluation, f"/{record.pk}")
    was = actions.mark(record)
    first = {
        "interview-who": "李四",
        "interview-subject": "甲",
        "interview-was": was,
        "interview-key": uuid7(),
    }
    assert client.post(address, first).status_code == 302
    second = client.post(
        address,
        {"interview-who": "李四", "interview-subject": "乙", "interview-was": was, "interview-key": uuid7()},
    )
    text = second.content.decode()
    assert (second.status_code, "专家组长已更正这条记录" in text, 'value="乙"' in text) == (422, True, True)
    record.refresh_from_db()
    assert f'value="{actions.mark(record)}"' in text  # after the error the form can be sent again
    again = {
        "interview-who": "李四",
        "interview-subject": "乙",
        "interview-was": actions.mark(record),
        "interview-key": uuid7(),
    }
    assert client.post(address, again).status_code == 302


def test_conflicting_plan_keeps_the_input(cast, client_for, evaluation):
    client, address = client_for(cast.officer_a), here(evaluation, "/plan")
    seen = fresh(evaluation).head.size
    days = {"visit_start": "2026-07-01", "visit_end": "2026-07-02", "seen": seen}
    assert client.post(address, days | {"key": uuid7()}).url == here(evaluation)
    refused = client.post(address, days | {"visit_place": "新址", "key": uuid7()})
    text = refused.content.decode()
    assert (refused.status_code, "新址" in text, f'name="seen" value="{seen + 1}"' in text) == (
        422,
        True,
        True,
    )


def test_line_is_removed_once_however_often_it_is_sent(cast, client_for, evaluation):
    record = write(cast, evaluation)
    client, address = client_for(cast.lead), here(evaluation, f"/{record.pk}")
    assert f'action="{address}/remove"' in client.get(address).content.decode()
    key = uuid7()
    assert [client.post(f"{address}/remove", {"key": key}).status_code for _ in range(2)] == [302, 302]
    assert (VisitRecord.objects.count(), client.get(address).status_code) == (0, 404)


def test_usual_timetable_is_spread_over_the_days_once(cast, client_for, evaluation):
    client, key = client_for(cast.lead), uuid7()
    address = here(evaluation, "/propose")
    assert [client.post(address, {"key": key}).status_code for _ in range(2)] == [302, 302]
    lines = [(str(r.day), r.time) for r in VisitRecord.objects.all()]
    assert lines == [
        ("2026-06-10", t) for t in ("09:00", "09:30", "10:30", "14:00", "15:30")
    ] + [("2026-06-11", "17:00")]  # fmt: skip
    assert "已有日程" in client.post(address, {"key": uuid7()}, follow=True).content.decode()
    assert VisitRecord.objects.count() == 6


def test_site_that_was_closed_since_stays_in_its_line(cast, client_for, evaluation):
    place = site(cast)
    record = write(cast, evaluation, Kind.SITE, site=place)
    Site.objects.filter(pk=place.pk).update(closed=dt.date(2026, 5, 1))
    address = here(evaluation, f"/{record.pk}")
    data = {"site-site": place.pk, "site-note": "已查", "site-was": actions.mark(record)}
    assert client_for(cast.lead).post(address, data).status_code == 302


def test_timetable_of_a_visit_without_days_shows_what_is_missing(cast, client_for):
    evaluation = opened(cast, visit_start=None, visit_end=None)
    client = client_for(cast.officer)
    refused = client.post(here(evaluation, "/propose"), {"key": uuid7()}, follow=True)
    assert "请先安排现场评价的起止日期" in refused.content.decode()
    assert not Event.objects.filter(head=evaluation.pk, name="visit.timetable_proposed").exists()
    page = client.get(here(evaluation)).content.decode()
    assert here(evaluation, "/propose") not in page
    assert "先安排日期，再拟定日程" in page


@pytest.mark.parametrize("who", STRANGERS)
def test_to_strangers_there_is_no_visit(cast, client_for, evaluation, who):
    record, client = write(cast, evaluation), client_for(getattr(cast, who))
    for more in ("", "/plan", f"/{record.pk}"):
        assert client.get(here(evaluation, more)).status_code == 404
    for more in ("", "/plan", "/propose", f"/{record.pk}", f"/{record.pk}/remove"):
        assert client.post(here(evaluation, more), typed("interview", subject="甲")).status_code == 404


@pytest.mark.parametrize("who", ["staff", "head"])
def test_operator_sees_the_timetable_and_the_sites_only(cast, client_for, evaluation, who):
    write(cast, evaluation, Kind.APPOINTMENT, day=VISIT[0], time="09:00", subject="首次会议")
    seen = write(cast, evaluation, Kind.INTERVIEW, subject="服务台账")
    client = client_for(getattr(cast, who))
    text = client.get(here(evaluation)).content.decode()
    assert ("首次会议" in text, "服务台账" in text, "<form method" in text.partition("<main")[2]) == (
        True, False, False,
    )  # fmt: skip
    assert client.get(here(evaluation, f"/{seen.pk}")).status_code == 404
    assert client.get(here(evaluation, "/plan")).status_code == 403
    for more in ("", "/plan", "/propose", f"/{seen.pk}/remove"):
        assert client.post(here(evaluation, more), typed("interview", subject="甲")).status_code == 403


def test_member_writes_lines_and_plans_nothing(cast, client_for, evaluation):
    client = client_for(cast.member)
    text = client.get(here(evaluation)).content.decode()
    assert ("visit/plan" in text, "visit/propose" in text, 'name="interview-subject"' in text) == (
        False, False, True,
    )  # fmt: skip
    assert client.get(here(evaluation, "/plan")).status_code == 403


@pytest.mark.parametrize("size", [1, 60])
def test_page_needs_a_constant_number_of_queries(
    cast, client_for, evaluation, size, django_assert_num_queries
):
    site(cast)
    for n in range(size):
        write(cast, evaluation, Kind.INTERVIEW, subject=f"资料{n}")
        write(cast, evaluation, Kind.SITE, site=site(cast, name=f"站点{n}"))
    client = client_for(cast.lead)
    client.get(here(evaluation))
    with django_assert_num_queries(8):
        client.get(here(evaluation))
