"""The life cycle is the table of the design: every path, who, what must hold, what the ledger takes."""

from pathlib import Path

import pytest

from zhiping.domain import lifecycle
from zhiping.domain.errors import Conflict, Invalid, Problem
from zhiping.domain.lifecycle import (
    EVALUATION_MOVES,
    SHEET_MOVES,
    DrawState,
    ProgrammeState,
    SheetState,
    State,
)

LAW = [
    ("prepare", "preparing"),
    ("start", "scoring"),
    ("close_scoring", "deliberating"),
    ("conclude", "concluded"),
    ("consult", "consulting"),
    ("issue_report", "reported"),
    ("open_improvement", "improving"),
    ("close", "closed"),
    ("archive", "archived"),
]


def _walk(state, *names):
    for name in names:
        state = lifecycle.move(state, name)
    return state


def _refused(state, name):
    with pytest.raises(Invalid) as caught:
        lifecycle.move(state, name)
    return caught.value.problems


def test_evaluation_goes_through_every_stage_in_order():
    state, seen = State.PLANNED, []
    for name, _ in LAW:
        state = lifecycle.move(state, name)
        seen.append(state.value)
    assert seen == [after for _, after in LAW]


def test_move_keeps_the_type_of_the_state():
    assert type(lifecycle.move(State.PLANNED, "prepare")) is State
    assert type(lifecycle.move(SheetState.DRAFT, "hand_in")) is SheetState


def test_move_that_stays_returns_the_same_state():
    assert lifecycle.move(State.DELIBERATING, "settle_criterion") is State.DELIBERATING


def test_move_from_the_wrong_state_says_what_is_possible():
    problem = Problem(
        "move.not_now",
        {"move": "conclude", "state": "scoring", "possible": ["close_scoring", "replace_member", "cancel"]},
    )
    assert _refused(State.SCORING, "conclude") == (problem,)


def test_unknown_move_is_refused():
    assert [p.code for p in _refused(State.PLANNED, "promote")] == ["move.not_now"]


def test_report_without_a_draft_is_issued_from_the_conclusion():
    assert lifecycle.move(State.CONCLUDED, "issue_report") is State.REPORTED
    assert lifecycle.find(State.CONCLUDED, "issue_report").needs == ("no_draft_wanted", "report_number_given")


def test_report_without_findings_goes_straight_to_closed():
    assert lifecycle.move(State.REPORTED, "close") is State.CLOSED
    assert lifecycle.find(State.REPORTED, "close").needs == ("no_findings",)


@pytest.mark.parametrize("state", list(State))
def test_cancelling_ends_with_the_conclusion(state):
    before = {State.PLANNED, State.PREPARING, State.SCORING, State.DELIBERATING}
    assert ("cancel" in lifecycle.moves_from(state, "authority")) == (state in before)


@pytest.mark.parametrize("state", [State.SCORING, State.DELIBERATING])
def test_replacing_a_member_returns_to_scoring(state):
    assert lifecycle.move(state, "replace_member") is State.SCORING
    assert lifecycle.missing(state, "replace_member", ["recusal_recorded"]) == ("panel_legal",)


def test_moves_from_names_the_seats_of_each_kind():
    assert lifecycle.moves_from(State.IMPROVING, "authority") == {
        "request_review": ("operator",),
        "decide_review": ("lead", "second_person"),
        "amend_mark": ("lead", "second_person"),
        "close": ("authority",),
    }
    assert lifecycle.moves_from(State.IMPROVING, "self")["close"] == ("operator_head", "second_person")
    assert lifecycle.moves_from(State.PREPARING, "self") == {"start": ("lead",), "cancel": ("operator_head",)}


def test_missing_names_what_does_not_hold_in_table_order():
    needs = ("sheets_in", "visit_recorded", "fact_check_settled")
    assert lifecycle.missing(State.SCORING, "close_scoring", ()) == needs
    assert lifecycle.missing(State.SCORING, "close_scoring", {"visit_recorded"}) == (needs[0], needs[2])
    assert lifecycle.missing(State.SCORING, "close_scoring", set(needs)) == ()


@pytest.mark.parametrize("table", lifecycle.MOVES.values(), ids=lifecycle.MOVES)
def test_every_state_is_reached_from_the_first(table):
    states = type(table[0].sources[0])
    reached = {next(iter(states))}
    for _ in states:
        reached |= {row.to for row in table if row.to and reached & set(row.sources)}
    assert reached == set(states)


@pytest.mark.parametrize("table", lifecycle.MOVES.values(), ids=lifecycle.MOVES)
def test_a_name_leads_to_one_place_from_each_state(table):
    pairs = [(row.name, source) for row in table for source in row.sources]
    assert len(pairs) == len(set(pairs))


def test_every_stage_leads_to_the_archive_or_is_cancelled():
    ends = {state for state in State if not any(m.to and state in m.sources for m in EVALUATION_MOVES)}
    assert ends == {State.ARCHIVED, State.CANCELLED}


def test_sheet_is_handed_in_taken_back_and_recused():
    assert _walk(SheetState.DRAFT, "give_mark", "hand_in", "take_back") is SheetState.DRAFT
    assert _walk(SheetState.DRAFT, "hand_in", "recuse") is SheetState.RECUSED
    assert _refused(SheetState.RECUSED, "hand_in")[0].data["possible"] == []
    assert lifecycle.moves_from(SheetState.HANDED_IN, "authority")["take_back"] == ("member", "lead")


def test_sheet_is_taken_back_only_while_scoring():
    assert lifecycle.find(SheetState.HANDED_IN, "take_back").during == (State.SCORING,)


@pytest.mark.parametrize("state", list(State))
def test_ledger_takes_a_members_mark_only_while_scoring(state):
    assert lifecycle.takes(state, "mark.given") == (state is State.SCORING)


@pytest.mark.parametrize("state", list(State))
def test_ledger_takes_an_amended_mark_only_after_the_draft(state):
    after = {State.CONSULTING, State.REPORTED, State.IMPROVING, State.CLOSED}
    assert lifecycle.takes(state, "mark.amended") == (state in after)


def test_ledger_takes_nothing_after_cancelling():
    events = {row.event for row in (*EVALUATION_MOVES, *SHEET_MOVES)}
    assert [event for event in events if lifecycle.takes(State.CANCELLED, event)] == []


@pytest.mark.parametrize("row", [row for table in lifecycle.MOVES.values() for row in table])
def test_events_tell_what_happened(row):
    noun, verb = row.event.split(".")
    past = {"drawn", "frozen", "withdrawn", "given", "sent", "handed_in", "taken_back"}
    assert noun.isidentifier()
    assert verb.endswith("ed") or verb in past


def test_programme_is_reopened_only_while_its_rules_are_frozen():
    state = _walk(ProgrammeState.DRAFT, "freeze", "reopen", "freeze", "end")
    assert state is ProgrammeState.CLOSED
    assert [p.code for p in _refused(ProgrammeState.DRAFT, "reopen")] == ["move.not_now"]
    assert lifecycle.missing(ProgrammeState.FROZEN, "reopen", {"reason_given"}) == ("nothing_started",)


def test_abandoned_draw_stays_abandoned():
    assert _walk(DrawState.COMMITTED, "draw", "abandon") is DrawState.ABANDONED
    assert [p.code for p in _refused(DrawState.ABANDONED, "draw")] == ["move.not_now"]


def test_states_page_is_the_tables():
    page = Path(__file__).parents[2] / "docs" / "states.md"
    mend = (
        "python -c 'from zhiping.domain.lifecycle import diagram; print(diagram(), end=\"\")' >docs/states.md"
    )
    assert page.read_text(encoding="utf-8") == lifecycle.diagram(), mend


def test_move_names_everything_it_still_needs():
    lifecycle.ensure(ProgrammeState.FROZEN, "reopen", {"reason_given", "nothing_started"})
    with pytest.raises(Conflict) as caught:
        lifecycle.ensure(ProgrammeState.FROZEN, "reopen", ())
    expected = [Problem("lifecycle.reason_given"), Problem("lifecycle.nothing_started")]
    assert list(caught.value.problems) == expected
