"""Results: signed by hash, concluded once, the register follows."""

import datetime as dt
import json
from fractions import Fraction

import pytest
from tests.panels import panels
from tests.scoring.deliberating import closed, settle
from tests.scoring.scoring import MEMBERS
from tests.server.cast import NOW, TODAY

from zhiping.domain.errors import Conflict, NotAllowed
from zhiping.ledger import verification
from zhiping.ledger.act import Act
from zhiping.notices.models import Notice
from zhiping.registry.queries import standing_of
from zhiping.scoring.actions import conclusion, deliberation
from zhiping.scoring.models import Result, Signature
from zhiping.scoring.queries import result as queries

NONE = {"lead": {}, "member": {}, "member2": {}}  # what members give other than the maximum
ONE = NONE | {"member": {"4_1": "0"}}


@pytest.fixture
def evaluation(cast):
    return closed(cast, NONE)


@pytest.fixture
def disputed(cast):
    return closed(cast, ONE)


def dissent(cast, name, evaluation, criterion):
    deliberation.record_dissent(
        Act(getattr(cast, name), NOW), panels.fresh(evaluation), criterion=criterion, text="不同意"
    )


def hash_of(evaluation):
    return queries.compute(panels.fresh(evaluation)).sha256


def sign(cast, evaluation, *names):
    for name in names:
        conclusion.sign_result(
            Act(getattr(cast, name), NOW), panels.fresh(evaluation), result_sha256=hash_of(evaluation)
        )


def conclude(cast, evaluation):
    conclusion.conclude(Act(cast.lead, NOW), panels.fresh(evaluation))


def test_concluded_result_is_what_the_members_signed(cast, evaluation):
    seen = hash_of(evaluation)
    sign(cast, evaluation, *MEMBERS)
    conclude(cast, evaluation)
    row = Result.objects.get()
    found = panels.fresh(evaluation)
    assert (row.version, row.sha256, row.grade, row.graded) == (1, seen, "excellent", "100")
    assert (found.head.phase, found.grade, str(found.score)) == ("concluded", "excellent", "100.00")
    assert queries.document_of(row)["status"] == "concluded"
    assert [p for thing in (found, found.platform) for p in verification.verify(thing.head)] == []


def test_register_follows_the_conclusion(cast, evaluation):
    sign(cast, evaluation, *MEMBERS)
    conclude(cast, evaluation)
    platform = cast.platform("a")
    assert (platform.last_evaluated, platform.last_grade) == (TODAY, "excellent")
    assert platform.due == dt.date(2027, 12, 31)
    assert standing_of(platform, TODAY) == "in_time"


def test_conclusion_names_everything_that_is_missing(cast, disputed):
    with pytest.raises(Conflict) as refused:
        conclude(cast, disputed)
    assert [p.code for p in refused.value.problems] == [
        "lifecycle.criteria_settled", "lifecycle.members_signed",
    ]  # fmt: skip
    assert Result.objects.count() == 0


def test_open_criteria_prevent_signatures(cast, disputed):
    with pytest.raises(Conflict) as refused:
        sign(cast, disputed, "member")
    assert [p.code for p in refused.value.problems] == ["lifecycle.criteria_settled"]


def test_signature_is_void_once_the_result_is_another(cast, disputed):
    settle(cast, disputed, **{"4_1": "0"})
    sign(cast, disputed, *MEMBERS)
    settle(cast, disputed, why="核对后更正", **{"4_1": "2"})
    now = hash_of(disputed)
    assert [one.holds for one in queries.signed(panels.fresh(disputed), now)] == [False] * 3
    with pytest.raises(Conflict) as refused:
        conclude(cast, disputed)
    assert [p.code for p in refused.value.problems] == ["lifecycle.members_signed"]
    sign(cast, disputed, *MEMBERS)
    conclude(cast, disputed)
    assert Signature.objects.count() == 3


def test_changed_result_is_not_signed_unseen(cast, disputed):
    settle(cast, disputed, **{"4_1": "0"})
    seen = hash_of(disputed)
    settle(cast, disputed, why="核对后更正", **{"4_1": "2"})
    with pytest.raises(Conflict) as refused:
        conclusion.sign_result(Act(cast.member, NOW), panels.fresh(disputed), result_sha256=seen)
    assert [p.code for p in refused.value.problems] == ["results.changed"]


def void_notices():
    found = Notice.objects.filter(code__startswith="results.void_").order_by("created", "to__username")
    return [(notice.to.username, notice.code, notice.data) for notice in found]


def test_members_whose_signature_is_void_are_notified_with_the_reason(cast, disputed):
    platform, later = disputed.platform.name, NOW + dt.timedelta(minutes=5)
    settle(cast, disputed, **{"4_1": "0"})
    sign(cast, disputed, "lead", "member")
    assert void_notices() == []
    marks = {"4.1": deliberation.Settled(points=Fraction(2), reason="评议认定")}
    for now in (later, later + dt.timedelta(minutes=5)):  # settled again alike, nothing changes
        deliberation.settle_criteria(
            Act(cast.lead, now), panels.fresh(disputed), marks=marks, why="看错了档次"
        )
    data = {"platform": platform, "ids": "4.1", "why": "看错了档次"}
    assert void_notices() == [
        ("lead", "results.void_agreed", data), ("member", "results.void_agreed", data),
    ]  # fmt: skip
    Notice.objects.all().delete()
    act = Act(cast.member, later + dt.timedelta(hours=1))
    conclusion.sign_result(act, panels.fresh(disputed), result_sha256=hash_of(disputed))
    act = Act(cast.member2, later + dt.timedelta(hours=2))
    deliberation.record_dissent(act, panels.fresh(disputed), criterion="4.1", text="不同意")
    data = {"platform": platform, "id": "4.1", "name": cast.member2.name}
    assert void_notices() == [("member", "results.void_dissent", data)]  # the lead's was void before


def test_dissenting_member_need_not_sign(cast, disputed):
    settle(cast, disputed, **{"4_1": "2"})
    dissent(cast, "member", disputed, "4.1")
    sign(cast, disputed, "lead", "member2")
    conclude(cast, disputed)
    (criterion,) = [c for c in queries.document_of(Result.objects.get())["criteria"] if c["dissent"]]
    assert criterion["dissent"] == "专家成员一：不同意"


def test_panel_that_is_not_legal_neither_signs_nor_concludes(cast, evaluation):
    evaluation.seats.filter(expert__user=cast.member).update(conflict="亲属在该单位任职")
    with pytest.raises(Conflict) as refused:
        sign(cast, evaluation, "lead")
    assert [p.code for p in refused.value.problems] == ["lifecycle.panel_legal"]
    with pytest.raises(Conflict) as refused:
        conclude(cast, evaluation)
    assert "lifecycle.panel_legal" in [p.code for p in refused.value.problems]


@pytest.mark.parametrize("name", ["officer", "officer_a", "officer_b", "head", "staff", "outsider"])
def test_persons_outside_the_panel_neither_sign_nor_conclude(cast, evaluation, name):
    act, seen = Act(getattr(cast, name), NOW), hash_of(evaluation)
    with pytest.raises(NotAllowed):
        conclusion.sign_result(act, panels.fresh(evaluation), result_sha256=seen)
    with pytest.raises(NotAllowed):
        conclusion.conclude(act, panels.fresh(evaluation))


def test_lead_alone_concludes(cast, evaluation):
    sign(cast, evaluation, *MEMBERS)
    with pytest.raises(NotAllowed):
        conclusion.conclude(Act(cast.member, NOW), panels.fresh(evaluation))


def test_everybody_concerned_is_notified_without_marks(cast, evaluation):
    sign(cast, evaluation, *MEMBERS)
    conclude(cast, evaluation)
    found = Notice.objects.filter(code="scoring.concluded")
    assert sorted(n.to.username for n in found.select_related("to")) == [
        "head", "member", "member2", "officer", "staff",
    ]  # fmt: skip
    assert {json.dumps(n.data, ensure_ascii=False) for n in found} == {'{"platform": "甲区一站式服务平台"}'}
