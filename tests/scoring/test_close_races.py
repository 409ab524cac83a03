"""T9: the scoring closed while a sheet is returned and marked again; the database orders them."""

import datetime as dt

import pytest
from tests.ledger.test_races import at_once
from tests.panels import panels
from tests.scoring import deliberating as made
from tests.scoring.scoring import fresh, give, one
from tests.server import insider
from tests.server.cast import NOW

from zhiping.ledger import heads
from zhiping.ledger.act import Act
from zhiping.ledger.models import Event
from zhiping.registry import actions as registry
from zhiping.scoring.actions import sheet as sheets

pytestmark = pytest.mark.t9
ROUNDS = [2, pytest.param(50, marks=pytest.mark.long)]


def late(sheet):
    """Return the marks recorded after a sheet was counted."""
    names = list(Event.objects.filter(head=sheet.pk).order_by("seq").values_list("name", flat=True))
    return names[names.index("sheet.counted") :].count("mark.given") if "sheet.counted" in names else 0


def ready(cast, name):
    """Return an evaluation that can be closed, with a sheet whose member asked for it back."""
    operator = cast.organisation("a1")
    platform = registry.add_platform(
        Act(cast.officer, NOW), name=f"平台{name}", operator=operator, region=operator.region, channel="both",
        service_start=dt.date(2024, 3, 1),
    )  # fmt: skip
    evaluation = made.all_in(cast, platform=platform)
    made.answered(cast, evaluation)
    (own,) = evaluation.sheets.filter(seat__expert__user=cast.member)
    sheets.ask_return(made.act(cast, "member"), fresh(own), reason="写错")
    return evaluation, own


@pytest.mark.parametrize("rounds", ROUNDS)
def test_no_mark_is_recorded_after_the_close(committed, rounds):
    cast = committed
    for name in range(rounds):
        evaluation, own = ready(cast, name)
        before = next(mark.event for mark in own.marks.all() if mark.criterion == "4.1")
        event = one("4.1", "2", replaces=before)

        def mark_again(own=own, event=event):
            sheets.return_sheet(made.act(cast, "lead"), fresh(own))
            return give(cast, "member", own, event)

        at_once(mark_again, lambda evaluation=evaluation: made.close(cast, evaluation))
        phase = panels.fresh(evaluation).head.phase
        states = {one.head.phase for one in evaluation.sheets.select_related("head")}
        assert (phase, states) in (("deliberating", {"counted"}), ("scoring", {"draft", "handed_in"}))
        assert late(own) == 0
        (answer,) = give(cast, "member", own, event)
        if phase == "deliberating":
            assert answer.refused.problems[0].code == "ledger.not_now"


def test_server_that_records_marks_after_the_close_is_found(committed, monkeypatch):
    """Without the check of the state, and without the database's own guard, the late mark is counted."""
    cast = committed
    evaluation, own = ready(cast, 0)
    made.close(cast, evaluation)
    before = next(mark.event for mark in own.marks.all() if mark.criterion == "4.1")
    monkeypatch.setattr(heads, "shut", lambda *_: None)
    insider.unguard()
    give(cast, "member", own, one("4.1", "2", replaces=before))
    assert late(own) == 1
