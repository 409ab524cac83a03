"""The life cycle matches the design: paths, seats, needs, and accepted events."""

from pathlib import Path

import pytest

from zhiping.domain import lifecycle
from zhiping.domain.errors import Conflict
from zhiping.domain.lifecycle import (
    EVALUATION_MOVES,
    SHEET_MOVES,
    DrawState,
    ProgrammeState,
    SheetState,
    State,
)

LAW = [
    ("prepare_evaluation", "preparing"),
    ("start_evaluation", "scoring"),
    ("close_scoring", "deliberating"),
    ("conclude", "concluded"),
    ("send_draft", "consulting"),
    ("issue_report", "reported"),
    ("open_improvement", "improving"),
    ("close_evaluation", "closed"),
    ("archive_evaluation", "archived"),
]
KINDS = {State: "evaluation", SheetState: "sheet", ProgrammeState: "programme", DrawState: "draw"}


def move(state, name):
    """The state after a move."""
    row = lifecycle.find(KINDS[type(state)], name, state)
    return state if row.to is None else row.to


def walk(state, *names):
    for name in names:
        state = move(state, name)
    return state


def test_each_state_leads_on_by_the_moves_of_the_law():
    stages, state, chain = {row.stage for row in EVALUATION_MOVES}, State.PLANNED, []
    while row := lifecycle.onward("evaluation", state, stages):
        chain.append(row.name)
        state = row.to
    assert chain == [name for name, _ in LAW]
    assert lifecycle.onward("evaluation", State.SCORING, {"evaluations", "visits"}) is None
    assert lifecycle.onward("evaluation", State.CANCELLED, stages) is None


def is_refused(state, name):
    with pytest.raises(Conflict) as caught:
        move(state, name)
    (problem,) = caught.value.problems
    return (problem.code, problem.data) == ("ledger.not_now", {"state": state})


def moves_from(state, kind):
    """The seats of each move that is possible in a state."""
    table = lifecycle.MOVES[KINDS[type(state)]]
    return {row.name: row.seats(kind) for row in table if state in row.sources}


def accepts(state, event):
    """Return whether an evaluation, or a sheet of it, accepts an event in a state."""
    evaluation = {row.event for row in EVALUATION_MOVES if state in row.sources}
    return event in evaluation | {row.event for row in SHEET_MOVES if state in row.during}


def test_evaluation_passes_every_stage_in_order():
    state, seen = State.PLANNED, []
    for name, _ in LAW:
        state = move(state, name)
        seen.append(state.value)
    assert seen == [after for _, after in LAW]


def test_move_that_stays_keeps_the_state():
    assert move(State.DELIBERATING, "settle_criteria") is State.DELIBERATING


def test_move_from_the_wrong_state_is_refused():
    assert is_refused(State.SCORING, "conclude")
    assert not lifecycle.possible("evaluation", "conclude", State.SCORING)
    assert lifecycle.possible("evaluation", "conclude", State.DELIBERATING)


def test_unknown_move_is_an_error_of_the_code():
    with pytest.raises(LookupError):
        lifecycle.find("evaluation", "promote", State.PLANNED)


def test_report_without_a_draft_is_issued_from_the_conclusion():
    row = lifecycle.find("evaluation", "issue_report", State.CONCLUDED)
    assert (row.to, row.needs) == (State.REPORTED, ("no_draft_wanted",))


def test_report_without_findings_closes_the_evaluation():
    row = lifecycle.find("evaluation", "close_evaluation", State.REPORTED)
    assert (row.to, row.needs) == (State.CLOSED, ("no_findings", "closing_proposed"))


@pytest.mark.parametrize("state", list(State))
def test_cancelling_ends_with_the_conclusion(state):
    before = {State.PLANNED, State.PREPARING, State.SCORING, State.DELIBERATING, State.SUSPENDED}
    assert ("cancel_evaluation" in moves_from(state, "authority")) == (state in before)


@pytest.mark.parametrize("state", [State.SCORING, State.DELIBERATING])
def test_replacing_members_returns_to_scoring(state):
    row = lifecycle.find("evaluation", "replace_members", state)
    assert (row.to, row.needs) == (State.SCORING, ("recusal_recorded", "panel_legal"))


def test_moves_from_a_state_name_the_seats_of_each_kind():
    assert moves_from(State.IMPROVING, "authority") == {
        "request_review": (("operator",),),
        "answer_objection": (("lead",),),
        "decide_objection": (("second_person",),),
        "amend_mark": (("second_person",),),
        "reissue_report": (("authority",),),
        "file_copy": (("authority",), ("secretary",)),
        "confirm_receipt": (("operator",),),
        "record_receipt": (("authority",), ("secretary",)),
        "give_feedback": (("operator",), ("member",), ("authority",)),
        "take_feedback": (("link",),),
        "open_feedback": (("authority",),),
        "announce_result": (("authority",),),
        "withdraw_result": (("authority",),),
        "make_choice": (("authority",),),
        "write_plan": (("operator",),),
        "add_proof": (("operator",),),
        "withdraw_proof": (("operator",),),
        "report_action": (("operator",),),
        "ask_extension": (("operator",),),
        "decide_extension": (("authority",),),
        "draw_sample": (("authority",),),
        "recheck_action": (("authority",),),
        "remind_operator": (("clock",),),
        "propose_closing": (("authority",),),
        "close_evaluation": (("second_person",),),
        "change_letters": (("authority",),),
    }
    assert moves_from(State.IMPROVING, "self")["propose_closing"] == (("operator_head",),)
    own = moves_from(State.PREPARING, "self")
    assert own["start_evaluation"] == (("lead",),)
    assert own["cancel_evaluation"] == (("operator_head",),)


POSSIBLE = {
    "planned preparing scoring deliberating concluded consulting reported improving closed": "change_letters",
    "planned preparing": """
        seat_expert change_role unseat_expert copy_panel step_in compose_drawn group_evaluation
    """,
    "planned preparing scoring deliberating": """
        seat_helper fill_lead unseat_helper move_up assign_duties share_duties sign_declaration
        record_declaration ask_recusal decide_recusal
    """,
    "planned preparing scoring": """
        plan_visit propose_timetable write_appointment correct_appointment remove_appointment
    """,
    "preparing scoring": "write_visit_record correct_visit_record remove_visit_record",
    "scoring deliberating": "replace_members",
}


@pytest.mark.parametrize(("states", "names"), POSSIBLE.items(), ids=POSSIBLE)
def test_panel_and_visit_change_in_these_states_only(states, names):
    for name in names.split():
        possible = [state.value for state in State if lifecycle.possible("evaluation", name, state)]
        assert possible == states.split(), name


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


@pytest.mark.parametrize("table", lifecycle.MOVES.values(), ids=lifecycle.MOVES)
def test_rows_of_a_move_have_one_permission_event_and_seats(table):
    facts = {(row.name, row.permission, row.event, row.by, row.by_self) for row in table}
    assert len(facts) == len({row.name for row in table})


def test_every_stage_leads_to_the_archive_or_is_cancelled():
    ends = {state for state in State if not any(m.to and state in m.sources for m in EVALUATION_MOVES)}
    assert ends == {State.ARCHIVED, State.CANCELLED}


def test_sheet_is_handed_in_returned_counted_and_recused():
    assert walk(SheetState.DRAFT, "give_mark", "hand_in", "ask_return", "return_sheet") is SheetState.DRAFT
    assert walk(SheetState.DRAFT, "hand_in", "count_sheet") is SheetState.COUNTED
    assert walk(SheetState.DRAFT, "hand_in", "recuse_sheet") is SheetState.RECUSED
    assert is_refused(SheetState.RECUSED, "hand_in")
    assert is_refused(SheetState.COUNTED, "return_sheet")
    assert moves_from(SheetState.HANDED_IN, "authority")["return_sheet"] == (("lead",), ("authority",))


def test_sheet_is_returned_only_while_scoring():
    assert lifecycle.find("sheet", "return_sheet", SheetState.HANDED_IN).during == (State.SCORING,)


def test_only_sheets_before_the_close_are_hidden():
    assert lifecycle.HIDDEN == {"sheet": (SheetState.DRAFT, SheetState.HANDED_IN)}


@pytest.mark.parametrize("state", list(State))
def test_members_mark_is_accepted_only_while_scoring(state):
    assert accepts(state, "mark.given") == (state is State.SCORING)


@pytest.mark.parametrize("state", list(State))
def test_amended_mark_is_accepted_only_after_the_draft(state):
    after = {State.CONSULTING, State.REPORTED, State.IMPROVING, State.CLOSED}
    assert accepts(state, "mark.amended") == (state in after)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (State.CANCELLED, {"evaluation.restored"}),
        (State.SUSPENDED, {"evaluation.resumed", "evaluation.cancelled"}),
    ],
)
def test_cancelled_or_suspended_evaluation_accepts_no_other_event(state, expected):
    events = {row.event for row in (*EVALUATION_MOVES, *SHEET_MOVES)}
    assert {event for event in events if accepts(state, event)} == expected


def test_moves_that_keep_the_state_lead_back_to_it():
    kept = {row.name: (row.keeps, row.to) for row in EVALUATION_MOVES if row.keeps}
    assert kept == {
        "cancel_evaluation": ("cancelled_in", State.CANCELLED),
        "restore_evaluation": ("cancelled_in", None),
        "suspend_evaluation": ("suspended_in", State.SUSPENDED),
        "resume_evaluation": ("suspended_in", None),
    }
    back = {row.name for row in EVALUATION_MOVES if row.returns}
    assert back == {"restore_evaluation", "resume_evaluation"}
    page = lifecycle.diagram()
    for state in ("planned", "preparing", "scoring", "deliberating"):
        assert f"    suspended --> {state}: resume_evaluation\n" in page
        assert f"    cancelled --> {state}: restore_evaluation\n" in page
    assert "    cancelled --> suspended: restore_evaluation\n" in page
    assert "    suspended --> suspended: resume_evaluation\n" not in page


@pytest.mark.parametrize("row", [row for table in lifecycle.MOVES.values() for row in table])
def test_events_are_in_the_past_tense(row):
    noun, verb = row.event.split(".")
    past = {"drawn", "frozen", "withdrawn", "given", "sent", "handed_in", "taken_back", "stepped_in", "begun"}
    past |= {"policy_set", "guidance_set", "preparation_begun"}
    assert noun.isidentifier()
    assert verb.endswith("ed") or verb in past


def test_programme_is_reopened_only_while_its_rules_are_frozen():
    state = walk(
        ProgrammeState.DRAFT, "freeze_programme", "reopen_programme", "freeze_programme", "end_programme"
    )
    assert state is ProgrammeState.CLOSED
    assert is_refused(ProgrammeState.DRAFT, "reopen_programme")


@pytest.mark.parametrize("name", ["change_programme", "set_policy", "set_guidance", "copy_guidance"])
def test_rules_of_a_programme_change_only_in_draft(name):
    assert walk(ProgrammeState.DRAFT, name) is ProgrammeState.DRAFT
    assert is_refused(ProgrammeState.FROZEN, name)
    assert is_refused(ProgrammeState.CLOSED, name)


def test_abandoned_draw_stays_abandoned():
    assert walk(DrawState.COMMITTED, "perform_draw", "apply_draw", "abandon_draw") is DrawState.ABANDONED
    assert is_refused(DrawState.ABANDONED, "perform_draw")
    assert is_refused(DrawState.COMMITTED, "apply_draw")


def test_stage_knows_its_own_moves():
    own = lifecycle.of_stage("rubrics")
    assert {kind: [row.name for row in rows] for kind, rows in own.items() if rows} == {
        "rubric": ["withdraw", "restore"]
    }
    stages = {row.stage for table in lifecycle.MOVES.values() for row in table}
    assert sum(len(rows) for stage in stages for rows in lifecycle.of_stage(stage).values()) == sum(
        map(len, lifecycle.MOVES.values())
    )


def test_kinds_with_moves_have_a_life_cycle():
    assert [kind for kind in (*lifecycle.MOVES, "platform") if not lifecycle.has_moves(kind)] == ["platform"]


def test_states_page_is_the_tables():
    page = Path(__file__).parents[2] / "docs" / "states.md"
    mend = (
        "python -c 'from zhiping.domain.lifecycle import diagram; print(diagram(), end=\"\")' >docs/states.md"
    )
    assert page.read_text(encoding="utf-8") == lifecycle.diagram(), mend


@pytest.mark.parametrize("table", lifecycle.MOVES.values(), ids=lifecycle.MOVES)
def test_event_and_state_determine_the_next_state(table):
    """The replay of a ledger knows nothing else."""
    led = {(row.event, source, row.to or source) for row in table for source in row.sources}
    assert len({(event, source) for event, source, _ in led}) == len(led)
