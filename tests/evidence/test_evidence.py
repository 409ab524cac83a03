"""Evidence: handed in by operator and panel, seen on site, withdrawn with a reason; who sees what."""

import hashlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.evidence.files import pdf, received
from tests.panels.panels import composed, fresh, opened, phase
from tests.server.cast import NOW

from zhiping.domain.errors import AlreadyDone, Conflict, Invalid, NotAllowed
from zhiping.evidence import queries, store
from zhiping.evidence.actions import evidence as actions
from zhiping.evidence.models import Evidence
from zhiping.ids import uuid7
from zhiping.ledger.act import Act
from zhiping.ledger.models import Audit, Event
from zhiping.notices.models import Notice


@pytest.fixture
def evaluation(cast):
    found = opened(cast)
    composed(cast, found)
    return found


def hand_in(cast, evaluation, by="staff", *, content=None, criteria="3.4", key=None, **facts):
    act = Act(getattr(cast, by), NOW).submitted(key or uuid7(), facts)
    file = received(content or pdf())
    return actions.hand_in_file(act, fresh(evaluation), file=file, criteria=criteria, **facts)


def see(cast, evaluation, by="member", **facts):
    given = {"caption": "服务台账", "criteria": "3.1"} | facts
    return actions.record_seen(Act(getattr(cast, by), NOW), fresh(evaluation), **given)


def codes(caught):
    return [problem.code for problem in caught.value.problems]


def here(evaluation):
    return f"/evaluations/{evaluation.pk}/evidence"


@pytest.mark.parametrize("by", ["staff", "head", "lead", "member", "officer", "officer_a"])
def test_file_is_handed_in_with_both_digests_in_the_ledger(cast, evaluation, by):
    content = pdf(by)
    made = hand_in(cast, evaluation, by, content=content, criteria="3.5 3.4 3.4", date="2025-11")
    sha256, sm3 = hashlib.sha256(content).hexdigest(), hashlib.new("sm3", content).hexdigest()
    assert (made.criteria, made.caption, made.kind, made.size) == ("3.5 3.4", "台账", "pdf", len(content))
    assert (made.sha256, made.sm3) == (sha256, sm3)
    event = Event.objects.filter(head=evaluation.pk).latest("seq")
    row = event.data["changes"]["evidence_evidence"][str(made.pk)]
    assert (event.name, row["sha256"], row["sm3"]) == ("evidence.handed_in", [None, sha256], [None, sm3])
    assert made.side == ("operator" if by in ("staff", "head") else "panel")
    with store.open_file(sha256) as file:
        assert file.read() == content


@pytest.mark.parametrize("by", ["outsider", "staff_b", "officer_b", "substitute", "administrator"])
def test_strangers_hand_nothing_in(cast, evaluation, by):
    with pytest.raises(NotAllowed):
        hand_in(cast, evaluation, by)
    with pytest.raises(NotAllowed):
        see(cast, evaluation, by)
    assert Evidence.objects.count() == 0


def test_operator_records_nothing_as_seen_on_site(cast, evaluation):
    with pytest.raises(NotAllowed):
        see(cast, evaluation, "head")


@pytest.mark.parametrize(
    ("state", "open_"),
    [
        ("planned", False),
        ("preparing", True),
        ("scoring", True),
        ("deliberating", True),
        ("concluded", False),
    ],
)
def test_evidence_closes_at_conclusion(cast, state, open_):
    evaluation = opened(cast, phase="planned")
    composed(cast, evaluation, until=state)
    one = None if state in ("planned", "concluded") else see(cast, evaluation)
    for write in (hand_in, see):
        if open_:
            write(cast, evaluation)
            continue
        with pytest.raises(Conflict) as caught:
            write(cast, evaluation)
        assert codes(caught) == ["ledger.not_now"]
    if one:
        phase(evaluation, "concluded")
        with pytest.raises(Conflict):
            actions.withdraw_evidence(
                Act(cast.member, NOW), queries.get_evidence(cast.member, one.pk), reason="错"
            )


def test_same_id_with_the_same_content_is_already_done_after_conclusion_too(cast, evaluation):
    key, file = uuid7(), received(pdf())
    given = {"file": file, "criteria": "3.4"}
    act = Act(cast.staff, NOW).submitted(key, given)
    made = actions.hand_in_file(act, fresh(evaluation), **given)
    assert made.pk == key
    phase(evaluation, "concluded")
    with pytest.raises(AlreadyDone):
        actions.hand_in_file(act, fresh(evaluation), **given)
    other = {"file": received(pdf("anders")), "criteria": "3.4"}
    with pytest.raises(Conflict) as caught:
        actions.hand_in_file(Act(cast.staff, NOW).submitted(key, other), fresh(evaluation), **other)
    assert codes(caught) == ["ledger.id_taken"]
    assert Evidence.objects.count() == 1


@pytest.mark.parametrize(
    ("criteria", "code"), [("", "evidence.no_criteria"), ("3.4 99.1", "rubric.no_criterion")]
)
def test_file_needs_criteria_of_the_rubric(cast, evaluation, criteria, code):
    with pytest.raises(Invalid) as caught:
        hand_in(cast, evaluation, criteria=criteria)
    assert (codes(caught), Evidence.objects.count()) == ([code], 0)


def test_document_seen_on_site_reaches_papers(cast, evaluation):
    from zhiping.visits import queries as visits

    see(cast, evaluation, number="T-7", date="2025-07", page="3", place="一楼", criteria="3.1 3.2")
    gone = see(cast, evaluation, caption="另一份")
    actions.withdraw_evidence(
        Act(cast.member, NOW), queries.get_evidence(cast.member, gone.pk), reason="记错"
    )
    hand_in(cast, evaluation)
    (seen,) = visits.facts(fresh(evaluation)).visit.seen
    assert (seen.title, seen.number, seen.date, seen.page, seen.criteria) == (
        "服务台账", "T-7", "2025-07", "3", ("3.1", "3.2"),
    )  # fmt: skip


def test_withdrawn_evidence_stays_with_its_reason(cast, evaluation):
    made = hand_in(cast, evaluation)
    one = queries.get_evidence(cast.staff, made.pk)
    with pytest.raises(Invalid):
        actions.withdraw_evidence(Act(cast.staff, NOW), one, reason=" ")
    actions.withdraw_evidence(Act(cast.staff, NOW), one, reason="传错文件")
    made.refresh_from_db()
    assert (made.withdrawn, made.withdrawn_by, made.withdrawn_reason) == (NOW, cast.staff, "传错文件")
    assert store.has_file(made.sha256)
    with pytest.raises(Conflict) as caught:
        actions.withdraw_evidence(Act(cast.staff, NOW), one, reason="再次")
    assert codes(caught) == ["evidence.gone"]


@pytest.mark.parametrize("by", ["head", "member", "lead", "staff_b", "outsider"])
def test_only_giver_and_those_in_charge_withdraw(cast, evaluation, by):
    made = hand_in(cast, evaluation)
    with pytest.raises(NotAllowed):
        actions.withdraw_evidence(Act(getattr(cast, by), NOW), made, reason="不该有")


def test_giver_is_notified_of_a_withdrawal_by_those_in_charge(cast, evaluation):
    made = hand_in(cast, evaluation)
    actions.withdraw_evidence(Act(cast.officer_a, NOW), made, reason="与评价无关")
    (notice,) = Notice.objects.filter(to=cast.staff)
    assert (notice.code, notice.url) == ("evidence.withdrawn", here(evaluation))


def seen_by(cast, evaluation, by):
    user = getattr(cast, by)
    return {one.caption for one in queries.evidence_of(user, fresh(evaluation))}


@pytest.mark.parametrize(
    ("by", "during", "after"),
    [
        ("staff", {"甲"}, {"甲", "乙"}),
        ("head", {"甲"}, {"甲", "乙"}),
        ("lead", {"甲", "乙"}, {"甲", "乙"}),
        ("member2", {"甲", "乙"}, {"甲", "乙"}),
        ("officer_a", {"甲", "乙"}, {"甲", "乙"}),
        ("substitute", set(), set()),
        ("staff_b", set(), set()),
        ("officer_b", set(), set()),
        ("outsider", set(), set()),
    ],
)
def test_lists_and_fetches_agree_on_who_sees_what(cast, by, during, after):
    evaluation = opened(cast)
    composed(cast, evaluation, substitutes=("substitute",))
    made = {"甲": hand_in(cast, evaluation, caption="甲"), "乙": see(cast, evaluation, caption="乙")}
    user = getattr(cast, by)
    for expected in (during, after):
        rows = {one.caption for one in queries.visible_to(getattr(cast, by))}
        assert (seen_by(cast, evaluation, by), rows) == (expected, expected)
        for name, one in made.items():
            permitted = queries.visible_to(user).filter(pk=one.pk).exists()
            one.evaluation = fresh(evaluation)
            assert permitted == (name in expected)
        phase(evaluation, "concluded")


def test_recused_member_sees_nothing_more(cast, evaluation):
    made = hand_in(cast, evaluation, "member")
    assert seen_by(cast, evaluation, "member") == {"台账"}
    evaluation.seats.filter(expert__user=cast.member).update(left=NOW)
    assert seen_by(cast, evaluation, "member") == set()
    with pytest.raises(NotAllowed):
        actions.withdraw_evidence(Act(cast.member, NOW), made, reason="x")


def test_file_used_again_is_shown_to_the_panel_only(cast, evaluation):
    earlier = opened(cast, period_start=NOW.replace(year=2024), period_end=NOW.replace(year=2024))
    composed(cast, earlier)
    hand_in(cast, earlier, criteria="1.1")
    one = hand_in(cast, evaluation)
    hand_in(cast, evaluation, criteria="3.5")
    given = queries.evidence_of(cast.lead, fresh(evaluation))
    found = queries.repeats(cast.lead, fresh(evaluation), given)[one.pk]
    assert [(repeat.criteria, repeat.year) for repeat in found] == [("1.1", 2024), ("3.5", None)]
    assert queries.repeats(cast.staff, fresh(evaluation), given) == {}


def test_room_of_an_evaluation_is_bounded(cast, evaluation, settings):
    settings.EVIDENCE_QUOTA = 1
    hand_in(cast, evaluation, content=pdf("x" * 700_000))
    with pytest.raises(Invalid) as caught:
        hand_in(cast, evaluation, content=pdf("y" * 700_000))
    (problem,) = caught.value.problems
    assert (problem.code, problem.where, problem.data) == (
        "evidence.no_room", ("台账.pdf",), {"size": "0.7", "left": "0.4", "most": "1"},
    )  # fmt: skip


def test_page_records_a_file_and_a_document(cast, client_for, evaluation):
    client, address = client_for(cast.lead), here(evaluation)
    sent = {"kind": "seen", "caption": "值班记录", "criteria": "3.1、b．1", "key": uuid7()}
    assert client.post(address, sent).status_code == 302
    file = SimpleUploadedFile("3.4 设备台账.pdf", pdf())
    assert client.post(address, {"kind": "file", "file": file, "key": uuid7()}).status_code == 302
    said = client.get(address).content.decode()
    assert [word in said for word in ("值班记录", "3.4 设备台账")] == [True, True]
    assert [one.criteria for one in Evidence.objects.all()] == ["3.1 B.1", "3.4"]


def test_page_names_what_is_wrong_with_a_file(cast, client_for, evaluation):
    client, address = client_for(cast.staff), here(evaluation)
    file = SimpleUploadedFile("台账.pdf", b"MZ\x90\x00 program")
    answer = client.post(address, {"kind": "file", "file": file, "criteria": "3.4", "key": uuid7()})
    assert answer.status_code == 422
    said = answer.content.decode()
    assert [word in said for word in ("台账.pdf", "exe")] == [True, True]
    assert Evidence.objects.count() == 0


def test_form_sent_twice_hands_in_once(cast, client_for, evaluation):
    client, key = client_for(cast.staff), uuid7()
    for _ in range(2):
        sent = {"kind": "file", "file": SimpleUploadedFile("3.4.pdf", pdf()), "key": key}
        assert client.post(here(evaluation), sent).status_code == 302
    assert Evidence.objects.count() == 1


def test_download_is_an_attachment_and_noted(cast, client_for, evaluation):
    content = pdf("下载")
    one = hand_in(cast, evaluation, content=content)
    answer = client_for(cast.lead).post(f"/evidence/{one.pk}/file")
    assert b"".join(answer.streaming_content) == content
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    row = Audit.objects.filter(action="exported").latest("at")
    assert (row.subject, row.data["sha256"]) == (str(one.pk), one.sha256)
    for by in ("outsider", "staff_b", "substitute"):
        assert client_for(getattr(cast, by)).post(f"/evidence/{one.pk}/file").status_code == 404
