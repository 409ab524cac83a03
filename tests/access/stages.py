"""The world, with evaluations and draws in every state."""

from tests.access import world
from tests.panels import panels
from tests.server.cast import NOW

from zhiping.domain.draw_conditions import Conditions
from zhiping.evaluations.models import Trip
from zhiping.ledger.act import Act
from zhiping.panels.actions import draw as actions
from zhiping.panels.actions.panel import seat_expert


def stages(cast):
    """Create objects of every kind, evaluations and draws in every state, some of the province in city B.

    Returns the world, with the draws by their states.
    """
    made = world.build(cast)
    for n in range(9):
        panels.expert(cast, f"库员{n}", experience="窗口工作")
    for phase in ("planned", "scoring"):
        panels.composed(cast, panels.opened(cast, period_start=NOW, period_end=NOW), until=phase)
    act = Act(cast.officer, NOW)
    two = panels.trip(cast)
    first = panels.opened(cast, period_start=NOW, period_end=NOW)
    alone = panels.opened(cast, "b", authority="province", period_start=NOW, period_end=NOW)
    draws = {
        state: _draw(act, about, state)
        for about, state in (
            (alone, "abandoned"), (alone, "committed"), (first, "drawn"), (two[1].trip, "applied"),
        )
    }  # fmt: skip
    seat_expert(act, panels.fresh(alone), expert=cast.expert("lead"), role="secretary")
    return made | draws


def _draw(act, about, state):
    subject = about if isinstance(about, Trip) else panels.fresh(about)
    made = actions.commit_draw(act, subject, conditions=Conditions(substitutes=1))
    if state == "abandoned":
        return actions.abandon_draw(act, made, reason="条件有误")
    if state != "committed":
        made = actions.perform_draw(act, made)
    if state == "applied":
        actions.apply_draw(act, made, lead=made.result["members"][0])
    return made
