"""States of evaluations, sheets, rubrics, programmes and draws, and their moves, as tables of data.

Who may make a move stands here as seats; whether a person holds the seat is decided elsewhere.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from zhiping.domain.errors import Conflict, Invalid, Problem


class State(StrEnum):
    """Where an evaluation stands."""

    PLANNED = "planned"
    PREPARING = "preparing"
    SCORING = "scoring"
    DELIBERATING = "deliberating"
    CONCLUDED = "concluded"
    CONSULTING = "consulting"
    REPORTED = "reported"
    IMPROVING = "improving"
    CLOSED = "closed"
    ARCHIVED = "archived"
    CANCELLED = "cancelled"


class SheetState(StrEnum):
    """Where one member's sheet stands; a recused one is kept and not counted."""

    DRAFT = "draft"
    HANDED_IN = "handed_in"
    RECUSED = "recused"


class RubricState(StrEnum):
    """Whether new programmes may take a published rubric."""

    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class ProgrammeState(StrEnum):
    """Whether a programme's rules can still be edited; they are frozen before the first mark."""

    DRAFT = "draft"
    FROZEN = "frozen"
    CLOSED = "closed"


class DrawState(StrEnum):
    """Where a draw of experts stands; an abandoned one stays on record."""

    COMMITTED = "committed"
    DRAWN = "drawn"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class Move:
    """One thing that can be done, from where, by whom, and what must hold.

    `permission`: the stage and the action, "rubrics.withdraw". `to` None: the state stays. `by`: the seats
    that take part, all of them; `by_self` the same for a self-evaluation, where it differs.
    `needs`: codes of what must hold. `event`: what the ledger records.
    `during`: for a sheet, the states of its evaluation in which the move is possible.
    """

    permission: str
    sources: tuple[StrEnum, ...]
    to: StrEnum | None
    by: tuple[str, ...]
    event: str
    needs: tuple[str, ...] = ()
    by_self: tuple[str, ...] = ()
    during: tuple[State, ...] = ()

    @property
    def stage(self) -> str:
        """The app that makes the move."""
        return self.permission.partition(".")[0]

    @property
    def name(self) -> str:
        """The name of the action."""
        return self.permission.partition(".")[2]

    def seats(self, kind: str) -> tuple[str, ...]:
        """Return who takes part in an evaluation of kind `authority` or `self`."""
        return self.by_self if kind == "self" and self.by_self else self.by


S = TypeVar("S", State, SheetState, RubricState, ProgrammeState, DrawState)

AUTHORITY, HEAD, LEAD, MEMBER = ("authority",), ("operator_head",), ("lead",), ("member",)
PUBLISHER = ("publisher",)
OPERATOR, ARCHIVIST, LEAD_AND_SECOND = ("operator",), ("archivist",), ("lead", "second_person")
UNDER_WAY = (State.PLANNED, State.PREPARING, State.SCORING, State.DELIBERATING)  # no result yet
AFTER_ISSUE = (State.REPORTED, State.IMPROVING, State.CLOSED)

# fmt: off
EVALUATION_MOVES = (
    Move("evaluations.prepare", (State.PLANNED,), State.PREPARING, AUTHORITY, "evaluation.prepared",
         ("platform_named", "rubric_named", "period_named", "policy_named"), by_self=HEAD),
    Move("visits.start", (State.PREPARING,), State.SCORING, LEAD, "scoring.started",
         ("rules_frozen", "panel_legal", "visit_planned", "entry_0_written")),
    Move("scoring.close_scoring", (State.SCORING,), State.DELIBERATING, LEAD, "scoring.closed",
         ("sheets_in", "visit_recorded", "fact_check_settled")),
    Move("scoring.replace_member", (State.SCORING, State.DELIBERATING), State.SCORING, LEAD,
         "member.replaced",
         ("recusal_recorded", "panel_legal")),
    Move("scoring.settle_criterion", (State.DELIBERATING,), None, LEAD, "mark.agreed", ("reason_given",)),
    Move("scoring.record_dissent", (State.DELIBERATING,), None, MEMBER, "dissent.recorded"),
    Move("scoring.sign", (State.DELIBERATING,), None, MEMBER, "result.signed", ("criteria_settled",)),
    Move("scoring.conclude", (State.DELIBERATING,), State.CONCLUDED, LEAD, "evaluation.concluded",
         ("criteria_settled", "members_signed", "panel_legal")),
    Move("reporting.consult", (State.CONCLUDED,), State.CONSULTING, LEAD, "draft.sent", ("draft_ready",)),
    Move("reporting.raise_objection", (State.CONSULTING,), None, OPERATOR, "objection.raised",
         ("window_open",)),
    Move("reporting.decide_objection", (State.CONSULTING,), None, LEAD_AND_SECOND, "objection.decided",
         ("answer_given",)),
    Move("reporting.issue_report", (State.CONSULTING,), State.REPORTED, AUTHORITY, "report.issued",
         ("window_over", "objections_answered", "report_number_given"), by_self=HEAD),
    Move("reporting.issue_report", (State.CONCLUDED,), State.REPORTED, AUTHORITY, "report.issued",
         ("no_draft_wanted", "report_number_given"), by_self=HEAD),
    Move("reporting.request_review", AFTER_ISSUE, None, OPERATOR, "review.requested",
         ("review_window_open",)),
    Move("reporting.decide_review", AFTER_ISSUE, None, LEAD_AND_SECOND, "review.decided", ("answer_given",)),
    Move("reporting.amend_mark", (State.CONSULTING, *AFTER_ISSUE), None, LEAD_AND_SECOND, "mark.amended",
         ("objection_upheld",)),
    Move("improvement.open_improvement", (State.REPORTED,), State.IMPROVING, OPERATOR, "improvement.opened",
         ("choice_made",)),
    Move("improvement.close", (State.IMPROVING,), State.CLOSED, AUTHORITY, "evaluation.closed",
         ("actions_settled", "choice_carried_out"), by_self=(*HEAD, "second_person")),
    Move("improvement.close", (State.REPORTED,), State.CLOSED, AUTHORITY, "evaluation.closed",
         ("no_findings",), by_self=(*HEAD, "second_person")),
    Move("archive.archive", (State.CLOSED,), State.ARCHIVED, ARCHIVIST, "evaluation.archived",
         ("package_sealed",)),
    Move("archive.number_record", (State.ARCHIVED,), None, ARCHIVIST, "record.numbered", ("yearly_filing",)),
    Move("evaluations.cancel", UNDER_WAY, State.CANCELLED, AUTHORITY, "evaluation.cancelled",
         ("reason_given",),
         by_self=HEAD),
)

SHEET_MOVES = (
    Move("scoring.give_mark", (SheetState.DRAFT,), None, MEMBER, "mark.given", ("mark_legal",),
         during=(State.SCORING,)),
    Move("scoring.hand_in", (SheetState.DRAFT,), SheetState.HANDED_IN, MEMBER, "sheet.handed_in",
         ("criteria_marked", "losses_reasoned"), during=(State.SCORING,)),
    Move("scoring.take_back", (SheetState.HANDED_IN,), SheetState.DRAFT, (*MEMBER, *LEAD), "sheet.taken_back",
         during=(State.SCORING,)),
    Move("scoring.recuse", (SheetState.DRAFT, SheetState.HANDED_IN), SheetState.RECUSED, LEAD,
         "sheet.recused",
         ("recusal_recorded",), during=(State.SCORING, State.DELIBERATING)),
)

RUBRIC_MOVES = (
    Move("rubrics.withdraw", (RubricState.PUBLISHED,), RubricState.WITHDRAWN, PUBLISHER, "rubric.withdrawn",
         ("reason_given",)),
    Move("rubrics.restore", (RubricState.WITHDRAWN,), RubricState.PUBLISHED, PUBLISHER, "rubric.restored"),
)

PROGRAMME_MOVES = (
    Move("evaluations.freeze", (ProgrammeState.DRAFT,), ProgrammeState.FROZEN, AUTHORITY, "programme.frozen",
         ("rubric_named", "period_named", "policy_named")),
    Move("evaluations.reopen", (ProgrammeState.FROZEN,), ProgrammeState.DRAFT, AUTHORITY,
         "programme.reopened",
         ("reason_given", "nothing_started")),
    Move("evaluations.end", (ProgrammeState.DRAFT, ProgrammeState.FROZEN), ProgrammeState.CLOSED, AUTHORITY,
         "programme.closed", ("evaluations_ended",)),
)

DRAW_MOVES = (
    Move("panels.draw", (DrawState.COMMITTED,), DrawState.DRAWN, AUTHORITY, "draw.drawn"),
    Move("panels.abandon", (DrawState.COMMITTED, DrawState.DRAWN), DrawState.ABANDONED, AUTHORITY,
         "draw.abandoned",
         ("reason_given",)),
)
# fmt: on

MOVES: dict[str, tuple[Move, ...]] = {  # by kind of thing
    "evaluation": EVALUATION_MOVES,
    "sheet": SHEET_MOVES,
    "rubric": RUBRIC_MOVES,
    "programme": PROGRAMME_MOVES,
    "draw": DRAW_MOVES,
}


def has_moves(kind: str) -> bool:
    """Return whether a kind of thing has a life cycle."""
    return kind in MOVES


def rows(kind: str, name: str) -> tuple[Move, ...]:
    """Return the rows of a move, one for each set of states with needs of its own.

    Raises LookupError for an unknown move.
    """
    found = tuple(row for row in MOVES[kind] if row.name == name)
    if not found:
        raise LookupError(f"{kind} has no move {name}")
    return found


def of_stage(stage: str) -> dict[str, tuple[Move, ...]]:
    """Return the moves a stage makes, by kind of thing: it binds each to predicates."""
    return {kind: tuple(row for row in table if row.stage == stage) for kind, table in MOVES.items()}


def _moves(state: StrEnum) -> Sequence[Move]:
    table = next(rows for rows in MOVES.values() if type(rows[0].sources[0]) is type(state))
    return [row for row in table if state in row.sources]


def find(state: StrEnum, name: str) -> Move:
    """Return the move of this name from a state; raise Invalid `move.not_now` where there is none."""
    for row in _moves(state):
        if row.name == name:
            return row
    possible = [row.name for row in _moves(state)]
    raise Invalid([Problem("move.not_now", {"move": name, "state": str(state), "possible": possible})])


def move(state: S, name: str) -> S:
    """Return the state after a move; raise Invalid `move.not_now` where it is not possible."""
    row = find(state, name)
    return state if row.to is None else type(state)(row.to)


def moves_from(state: StrEnum, kind: str) -> dict[str, tuple[str, ...]]:
    """Return what can be done in a state, and the seats that take part, in table order."""
    return {row.name: row.seats(kind) for row in _moves(state)}


def missing(state: StrEnum, name: str, held: Collection[str]) -> tuple[str, ...]:
    """Return what a move still needs, given the codes of what holds."""
    return tuple(need for need in find(state, name).needs if need not in held)


def ensure(state: StrEnum, name: str, held: Collection[str]) -> None:
    """Raise Conflict naming everything a move still needs (`lifecycle.<need>`)."""
    if needs := missing(state, name, held):
        raise Conflict([Problem(f"lifecycle.{need}") for need in needs])


def takes(state: State, event: str) -> bool:
    """Whether the ledger of an evaluation takes an event in a state.

    After conclusion no member's mark is taken any more, only `mark.amended` and later stages' events.
    """
    evaluation = {row.event for row in EVALUATION_MOVES if state in row.sources}
    return event in evaluation | {row.event for row in SHEET_MOVES if state in row.during}


def diagram() -> str:
    """Return the tables as a Markdown page with Mermaid diagrams: the content of `docs/states.md`."""
    lines = ["# States and moves", "", "Generated from `zhiping.domain.lifecycle`; a test compares.", ""]
    lines += ["Who: the seats that take part; in brackets for a self-evaluation where it differs.", ""]
    for kind, table in MOVES.items():
        lines += [f"## {kind.capitalize()}", "", "```mermaid", "stateDiagram-v2", *_arrows(table), "```", ""]
        lines += ["| move | from | to | who | needs | event |", "|---|---|---|---|---|---|"]
        lines += [_row(row) for row in table] + [""]
    return "\n".join(lines[:-1]) + "\n"


def _arrows(table: Sequence[Move]) -> Iterator[str]:
    yield f"    [*] --> {table[0].sources[0]}"
    targets = dict.fromkeys(row.to for row in table if row.to)
    sources = {source for row in table for source in row.sources if row.to}
    for row in table:
        yield from (f"    {source} --> {row.to}: {row.name}" for source in row.sources if row.to)
    yield from (f"    {target} --> [*]" for target in targets if target not in sources)


def _row(row: Move) -> str:
    who = " + ".join(row.by) + (f" ({' + '.join(row.by_self)})" if row.by_self else "")
    source = ", ".join(row.sources) + (f" (during {', '.join(row.during)})" if row.during else "")
    cells = (row.name, source, row.to or "stays", who, ", ".join(row.needs) or "–", f"`{row.event}`")
    return f"| {' | '.join(cells)} |"
