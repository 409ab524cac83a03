"""Life cycles of evaluations, sheets, rubrics, programmes and draws, as tables of data.

The tables decide when something may happen and which seats may do it. Whether a person holds a seat is
decided by the predicates that each stage binds to its moves.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from zhiping.domain.errors import Conflict


class State(StrEnum):
    """The states of an evaluation."""

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
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"


class SheetState(StrEnum):
    """The states of one member's sheet; a recused sheet is kept and not counted.

    A sheet is hidden from everyone but its member until the scoring closes (7.1): then it is counted.
    """

    DRAFT = "draft"
    HANDED_IN = "handed_in"
    COUNTED = "counted"
    RECUSED = "recused"


HIDDEN: dict[str, tuple[StrEnum, ...]] = {"sheet": (SheetState.DRAFT, SheetState.HANDED_IN)}
"""Things whose size, times and checkpoints leave the server in no way, by kind and state."""


class RubricState(StrEnum):
    """The states of a rubric: whether new programmes may use it."""

    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class ProgrammeState(StrEnum):
    """The states of a programme: its rules are frozen before the first mark."""

    DRAFT = "draft"
    FROZEN = "frozen"
    CLOSED = "closed"


class DrawState(StrEnum):
    """The states of a draw of experts; an abandoned draw stays on record."""

    COMMITTED = "committed"
    DRAWN = "drawn"
    ABANDONED = "abandoned"


Seats = tuple[tuple[str, ...], ...]
CHARGE = {"authority": "authority", "self": "operator_head"}  # who runs an evaluation, by its kind (6.1.3)


@dataclass(frozen=True, slots=True)
class Move:
    """One thing that can be done with a subject: from which states, by whom, and what must hold.

    `permission`: the stage and the action, "rubrics.withdraw". `to` None: the state stays. `by`: the seats
    that make it, any one of them; seats that must act together are in one tuple. `by_self` the same for a
    self-evaluation, where it differs. `event`: what the ledger records. `needs`: codes of what must hold.
    `during`: for a sheet, the states of its evaluation in which the move is possible. `keeps`: the field of
    the subject that keeps the state before the move; without `to`, the move leads back to that state.
    """

    permission: str
    sources: tuple[StrEnum, ...]
    to: StrEnum | None
    by: Seats
    event: str
    needs: tuple[str, ...] = ()
    by_self: Seats = ()
    during: tuple[State, ...] = ()
    keeps: str = ""

    @property
    def returns(self) -> bool:
        """Whether the move leads back to the state that `keeps` names."""
        return bool(self.keeps) and self.to is None

    @property
    def stage(self) -> str:
        """The app that makes the move."""
        return self.permission.partition(".")[0]

    @property
    def name(self) -> str:
        """The name of the action."""
        return self.permission.partition(".")[2]

    def seats(self, kind: str) -> Seats:
        """Return who makes it in an evaluation of kind `authority` or `self`."""
        seats = self.by_self if kind == "self" and self.by_self else self.by
        return tuple(tuple(CHARGE[kind] if seat == "in_charge" else seat for seat in some) for some in seats)


AUTHORITY, HEAD, LEAD, MEMBER = (("authority",),), (("operator_head",),), (("lead",),), (("member",),)
OPERATOR, ARCHIVIST, PUBLISHER = (("operator",),), (("archivist",),), (("publisher",),)
SECRETARY, SEAT_HOLDER = (("secretary",),), (("seat_holder",),)
SECOND = (("second_person",),)
OFFICE, DELEGATE = (("office",),), (("delegate",),)
IN_CHARGE = (("in_charge",),)
VISITORS = (*IN_CHARGE, *SECRETARY, *MEMBER, *DELEGATE)
GIVER = (("giver",),)
KEEPER, SECOND_KEEPER = (*ARCHIVIST, *HEAD), (("second_keeper",),)

BEFORE_START = (State.PLANNED, State.PREPARING)
BEFORE_CLOSE = (*BEFORE_START, State.SCORING)
UNDER_WAY = (*BEFORE_CLOSE, State.DELIBERATING)  # no result yet
OPEN = (*UNDER_WAY, State.SUSPENDED)
ON_SITE = (State.PREPARING, State.SCORING)
EVIDENCE_TIME = (*ON_SITE, State.DELIBERATING)  # evidence closes at conclusion
WRITING = (State.DELIBERATING, State.CONCLUDED, State.CONSULTING)  # of the report's own words
AFTER_ISSUE = (State.REPORTED, State.IMPROVING, State.CLOSED)
ISSUED = (*AFTER_ISSUE, State.ARCHIVED)
ANSWERED = (State.CONSULTING, *AFTER_ISSUE)  # objections and requests for review are answered
FILED = (State.CLOSED, State.ARCHIVED)
NOT_ENDED = (ProgrammeState.DRAFT, ProgrammeState.FROZEN)

# fmt: off
EVALUATION_MOVES = (
    Move("evaluations.prepare_evaluation", (State.PLANNED,), State.PREPARING, IN_CHARGE,
         "evaluation.prepared", ("platform_named", "rubric_named", "period_named", "policy_named")),
    Move("evaluations.cancel_evaluation", OPEN, State.CANCELLED, IN_CHARGE, "evaluation.cancelled",
         ("reason_given",), keeps="cancelled_in"),
    Move("evaluations.restore_evaluation", (State.CANCELLED,), None, IN_CHARGE, "evaluation.restored",
         ("reason_given", "restorable"), keeps="cancelled_in"),
    Move("panels.suspend_evaluation", UNDER_WAY, State.SUSPENDED, (*IN_CHARGE, *LEAD),
         "evaluation.suspended", ("reason_given",), keeps="suspended_in"),
    Move("panels.resume_evaluation", (State.SUSPENDED,), None, (*IN_CHARGE, *LEAD), "evaluation.resumed",
         ("reason_given",), keeps="suspended_in"),
    Move("panels.urge", UNDER_WAY, None, OFFICE, "evaluation.urged"),
    Move("evaluations.change_letters", (*UNDER_WAY, State.CONCLUDED, State.CONSULTING, *AFTER_ISSUE), None,
         IN_CHARGE, "evaluation.letters_changed"),
    Move("evaluations.group_evaluation", BEFORE_START, None, IN_CHARGE, "evaluation.grouped"),
    Move("panels.seat_expert", BEFORE_START, None, IN_CHARGE, "panel.seated"),
    Move("panels.seat_helper", UNDER_WAY, None, IN_CHARGE, "panel.seated"),
    Move("panels.change_role", BEFORE_START, None, IN_CHARGE, "panel.role_changed"),
    Move("panels.fill_lead", UNDER_WAY, None, IN_CHARGE, "panel.role_changed"),
    Move("panels.unseat_expert", BEFORE_START, None, IN_CHARGE, "panel.unseated"),
    Move("panels.unseat_helper", UNDER_WAY, None, IN_CHARGE, "panel.unseated"),
    Move("panels.move_up", UNDER_WAY, None, IN_CHARGE, "panel.ordered"),
    Move("panels.copy_panel", BEFORE_START, None, IN_CHARGE, "panel.copied"),
    Move("panels.commit_draw", BEFORE_START, None, AUTHORITY, "draw.committed"),
    Move("panels.compose_drawn", BEFORE_START, None, IN_CHARGE, "panel.drawn"),
    Move("panels.abandon_draw", BEFORE_START, None, AUTHORITY, "draw.abandoned"),
    Move("panels.assign_duties", UNDER_WAY, None, (*IN_CHARGE, *LEAD), "duties.assigned"),
    Move("panels.share_duties", UNDER_WAY, None, (*IN_CHARGE, *LEAD), "duties.shared"),
    Move("panels.sign_declaration", UNDER_WAY, None, SEAT_HOLDER, "declaration.signed"),
    Move("panels.record_declaration", UNDER_WAY, None, (*IN_CHARGE, *SECRETARY), "declaration.signed"),
    Move("panels.confirm_declaration", UNDER_WAY, None, IN_CHARGE, "declaration.confirmed"),
    Move("panels.ask_recusal", UNDER_WAY, None, (*SEAT_HOLDER, *IN_CHARGE, *HEAD), "recusal.asked"),
    Move("panels.decide_recusal", UNDER_WAY, None, IN_CHARGE, "recusal.decided"),
    Move("panels.step_in", BEFORE_START, None, (*IN_CHARGE, *LEAD), "member.stepped_in"),
    Move("panels.replace_members", (State.SCORING, State.DELIBERATING), State.SCORING, LEAD,
         "member.replaced", ("recusal_recorded", "panel_legal")),
    Move("visits.plan_visit", BEFORE_CLOSE, None, (*IN_CHARGE, *LEAD, *SECRETARY, *DELEGATE),
         "visit.planned"),
    Move("visits.propose_timetable", BEFORE_CLOSE, None, (*IN_CHARGE, *LEAD, *SECRETARY, *DELEGATE),
         "visit.timetable_proposed"),
    Move("visits.write_appointment", BEFORE_CLOSE, None, VISITORS, "visit.recorded"),
    Move("visits.correct_appointment", BEFORE_CLOSE, None, VISITORS, "visit.corrected"),
    Move("visits.remove_appointment", BEFORE_CLOSE, None, VISITORS, "visit.removed"),
    Move("visits.write_visit_record", ON_SITE, None, VISITORS, "visit.recorded"),
    Move("visits.correct_visit_record", ON_SITE, None, VISITORS, "visit.corrected"),
    Move("visits.remove_visit_record", ON_SITE, None, VISITORS, "visit.removed"),
    Move("visits.delegate_visit", BEFORE_CLOSE, None, AUTHORITY, "visit.delegated"),
    Move("visits.revoke_delegation", BEFORE_CLOSE, None, AUTHORITY, "visit.delegation_revoked"),
    Move("evidence.hand_in_file", EVIDENCE_TIME, None, (*OPERATOR, *VISITORS), "evidence.handed_in"),
    Move("evidence.record_seen", EVIDENCE_TIME, None, VISITORS, "evidence.recorded"),
    Move("evidence.withdraw_evidence", EVIDENCE_TIME, None, (*GIVER, *IN_CHARGE), "evidence.withdrawn",
         ("reason_given",)),
    Move("visits.start_evaluation", (State.PREPARING,), State.SCORING, LEAD, "scoring.started",
         ("rules_frozen", "panel_legal", "visit_planned")),  # its event is entry 0
    Move("scoring.note_hand_in", (State.SCORING,), None, MEMBER, "sheet.handed_in"),
    Move("scoring.note_return", (State.SCORING,), None, (*LEAD, *IN_CHARGE), "sheet.returned"),
    Move("scoring.write_facts", (State.SCORING,), None, LEAD, "facts.stated", ("sheets_in",)),
    Move("scoring.answer_facts", (State.SCORING,), None, (*LEAD, *SECRETARY), "facts.answered",
         ("sheets_in",)),
    Move("scoring.decline_facts", (State.SCORING,), None, LEAD, "facts.declined",
         ("sheets_in", "reason_given")),
    Move("scoring.close_scoring", (State.SCORING,), State.DELIBERATING, LEAD, "scoring.closed",
         ("sheets_in", "visit_recorded", "fact_check_settled")),
    Move("scoring.settle_criteria", (State.DELIBERATING,), None, LEAD, "marks.agreed"),
    Move("scoring.record_dissent", (State.DELIBERATING,), None, MEMBER, "dissent.recorded"),
    Move("scoring.withdraw_dissent", (State.DELIBERATING,), None, MEMBER, "dissent.withdrawn"),
    Move("scoring.sign_result", (State.DELIBERATING,), None, MEMBER, "result.signed",
         ("criteria_settled",)),
    Move("scoring.record_signature", (State.DELIBERATING,), None, (*IN_CHARGE, *SECRETARY), "result.signed",
         ("criteria_settled",)),
    Move("scoring.conclude", (State.DELIBERATING,), State.CONCLUDED, LEAD, "evaluation.concluded",
         ("criteria_settled", "members_signed", "panel_legal")),
    Move("reporting.write_part", WRITING, None, (*MEMBER, *SECRETARY), "report.part_edited"),
    Move("reporting.write_recommendation", WRITING, None, (*MEMBER, *SECRETARY),
         "report.recommendation_edited"),
    Move("reporting.remove_recommendation", WRITING, None, (*MEMBER, *SECRETARY),
         "report.recommendation_removed"),
    Move("reporting.send_draft", (State.CONCLUDED,), State.CONSULTING, LEAD, "draft.sent", ("draft_wanted",)),
    Move("reporting.raise_objection", (State.CONSULTING,), None, OPERATOR, "objection.raised",
         ("window_open",)),
    Move("reporting.accept_draft", (State.CONSULTING,), None, OPERATOR, "draft.accepted", ("window_open",)),
    Move("reporting.request_review", AFTER_ISSUE, None, OPERATOR, "review.requested",
         ("review_window_open",)),
    Move("reporting.answer_objection", (State.CONSULTING, *AFTER_ISSUE), None, LEAD, "objection.answered"),
    Move("reporting.decide_objection", (State.CONSULTING, *AFTER_ISSUE), None, SECOND, "objection.decided",
         ("answer_given",)),
    Move("reporting.amend_mark", (State.CONSULTING, *AFTER_ISSUE), None, SECOND, "mark.amended",
         ("objection_upheld",)),
    Move("reporting.issue_report", (State.CONSULTING,), State.REPORTED, IN_CHARGE, "report.issued",
         ("window_over", "objections_answered")),
    Move("reporting.issue_report", (State.CONCLUDED,), State.REPORTED, IN_CHARGE, "report.issued",
         ("no_draft_wanted",)),
    Move("reporting.reissue_report", AFTER_ISSUE, None, IN_CHARGE, "report.reissued",
         ("result_corrected", "objections_answered")),
    Move("reporting.file_copy", AFTER_ISSUE, None, (*IN_CHARGE, *SECRETARY), "report.copy_filed"),
    Move("reporting.confirm_receipt", AFTER_ISSUE, None, OPERATOR, "report.received"),
    Move("reporting.record_receipt", AFTER_ISSUE, None, (*IN_CHARGE, *SECRETARY), "report.received"),
    Move("reporting.give_feedback", AFTER_ISSUE, None, (*OPERATOR, *MEMBER, *IN_CHARGE), "feedback.given"),
    Move("reporting.take_feedback", AFTER_ISSUE, None, (("link",),), "feedback.given"),
    Move("reporting.open_feedback", AFTER_ISSUE, None, IN_CHARGE, "feedback.opened"),
    Move("public.announce_result", ISSUED, None, IN_CHARGE, "result.announced"),
    Move("public.withdraw_result", ISSUED, None, IN_CHARGE, "result.withdrawn"),
    Move("improvement.make_choice", (State.REPORTED, State.IMPROVING), None, IN_CHARGE,
         "improvement.choice_recorded", ("choice_open",)),
    Move("improvement.open_improvement", (State.REPORTED,), State.IMPROVING, OPERATOR, "improvement.opened",
         ("choice_made",)),
    Move("improvement.write_plan", (State.IMPROVING,), None, OPERATOR, "improvement.planned"),
    Move("improvement.add_proof", (State.IMPROVING,), None, OPERATOR, "proof.added"),
    Move("improvement.withdraw_proof", (State.IMPROVING,), None, OPERATOR, "proof.withdrawn",
         ("reason_given",)),
    Move("improvement.report_action", (State.IMPROVING,), None, OPERATOR, "action.reported"),
    Move("improvement.ask_extension", (State.IMPROVING,), None, OPERATOR, "extension.asked",
         ("reason_given",)),
    Move("improvement.decide_extension", (State.IMPROVING,), None, IN_CHARGE, "extension.decided",
         ("reason_given",)),
    Move("improvement.draw_sample", (State.IMPROVING,), None, IN_CHARGE, "sample.drawn",
         ("sample_wanted",)),
    Move("improvement.recheck_action", (State.IMPROVING,), None, IN_CHARGE, "action.rechecked",
         ("reason_given",)),
    Move("improvement.remind_operator", (State.IMPROVING,), None, (("clock",),), "improvement.reminded"),
    Move("improvement.propose_closing", (State.IMPROVING,), None, IN_CHARGE, "closing.proposed",
         ("actions_settled", "choice_carried_out")),
    Move("improvement.propose_closing", (State.REPORTED,), None, IN_CHARGE, "closing.proposed",
         ("no_findings",)),
    Move("improvement.close_evaluation", (State.IMPROVING,), State.CLOSED, SECOND, "evaluation.closed",
         ("actions_settled", "choice_carried_out", "closing_proposed")),
    Move("improvement.close_evaluation", (State.REPORTED,), State.CLOSED, SECOND, "evaluation.closed",
         ("no_findings", "closing_proposed")),
    Move("archive.open_record", (State.CLOSED,), None, ARCHIVIST, "record.opened", by_self=KEEPER),
    Move("archive.set_retention", FILED, None, ARCHIVIST, "record.retention_changed",
         ("reason_given", "not_numbered"), by_self=KEEPER),
    Move("archive.seal_package", FILED, None, (("packer",),), "package.sealed"),
    Move("archive.archive_evaluation", (State.CLOSED,), State.ARCHIVED, ARCHIVIST, "evaluation.archived",
         ("package_sealed",), by_self=KEEPER),
    Move("archive.number_record", (State.ARCHIVED,), None, ARCHIVIST, "record.numbered",
         ("yearly_filing",), by_self=KEEPER),
    Move("archive.propose_disposal", (State.ARCHIVED,), None, ARCHIVIST, "disposal.proposed",
         ("reason_given", "record_kept", "retention_over"), by_self=KEEPER),
    Move("archive.decide_disposal", (State.ARCHIVED,), None, SECOND_KEEPER, "disposal.decided",
         ("disposal_proposed",)),
)

SHEET_MOVES = (
    # Of a member without an account the secretary fills in the sheet; its signed scan is the confirmation.
    Move("scoring.give_mark", (SheetState.DRAFT,), None, (*MEMBER, *SECRETARY), "mark.given", ("mark_legal",),
         during=(State.SCORING,)),
    Move("scoring.enter_paper", (SheetState.DRAFT,), None, SECRETARY, "paper.entered",
         during=(State.SCORING,)),
    Move("scoring.refuse_paper", (SheetState.DRAFT,), None, MEMBER, "paper.refused", ("reason_given",),
         during=(State.SCORING,)),
    Move("scoring.hand_in", (SheetState.DRAFT,), SheetState.HANDED_IN, (*MEMBER, *SECRETARY),
         "sheet.handed_in", ("criteria_marked", "losses_reasoned"), during=(State.SCORING,)),
    Move("scoring.confirm_sheet", (SheetState.HANDED_IN,), None, MEMBER, "sheet.confirmed",
         during=(State.SCORING,)),
    Move("scoring.ask_return", (SheetState.HANDED_IN,), None, (*MEMBER, *SECRETARY), "sheet.return_asked",
         ("reason_given",), during=(State.SCORING,)),
    Move("scoring.return_sheet", (SheetState.HANDED_IN,), SheetState.DRAFT, (*LEAD, *IN_CHARGE),
         "sheet.returned", ("return_asked",), during=(State.SCORING,)),
    Move("scoring.count_sheet", (SheetState.HANDED_IN,), SheetState.COUNTED, LEAD, "sheet.counted",
         during=(State.SCORING, State.DELIBERATING)),
    Move("scoring.recuse_sheet", (SheetState.DRAFT, SheetState.HANDED_IN, SheetState.COUNTED),
         SheetState.RECUSED, LEAD, "sheet.recused", during=(State.SCORING, State.DELIBERATING)),
)

RUBRIC_MOVES = (
    Move("rubrics.withdraw", (RubricState.PUBLISHED,), RubricState.WITHDRAWN, PUBLISHER, "rubric.withdrawn",
         ("reason_given",)),
    Move("rubrics.restore", (RubricState.WITHDRAWN,), RubricState.PUBLISHED, PUBLISHER, "rubric.restored"),
)

PROGRAMME_MOVES = (
    Move("evaluations.change_programme", (ProgrammeState.DRAFT,), None, AUTHORITY, "programme.changed"),
    Move("evaluations.set_policy", (ProgrammeState.DRAFT,), None, AUTHORITY, "programme.policy_set"),
    Move("evaluations.set_guidance", (ProgrammeState.DRAFT,), None, AUTHORITY, "programme.guidance_set"),
    Move("evaluations.copy_guidance", (ProgrammeState.DRAFT,), None, AUTHORITY, "programme.guidance_copied"),
    Move("evaluations.change_common_letters", NOT_ENDED, None, AUTHORITY, "programme.letters_changed"),
    Move("evaluations.freeze_programme", (ProgrammeState.DRAFT,), ProgrammeState.FROZEN, AUTHORITY,
         "programme.frozen", ("rubric_named", "period_named", "policy_named")),
    Move("evaluations.reopen_programme", (ProgrammeState.FROZEN,), ProgrammeState.DRAFT, AUTHORITY,
         "programme.reopened", ("reason_given", "nothing_started")),
    Move("evaluations.end_programme", NOT_ENDED, ProgrammeState.CLOSED, AUTHORITY, "programme.closed",
         ("evaluations_ended",)),
    Move("evaluations.open_evaluations", NOT_ENDED, None, AUTHORITY, "programme.evaluations_opened"),
    Move("evaluations.prepare_evaluations", NOT_ENDED, None, AUTHORITY, "programme.preparation_begun"),
    Move("evaluations.add_trip", NOT_ENDED, None, AUTHORITY, "programme.trip_added"),
    Move("evaluations.change_trip", NOT_ENDED, None, AUTHORITY, "programme.trip_changed"),
    Move("evaluations.remove_trip", NOT_ENDED, None, AUTHORITY, "programme.trip_removed"),
    Move("evaluations.assign_trip", NOT_ENDED, None, AUTHORITY, "programme.trip_assigned"),
    Move("evaluations.propose_trips", NOT_ENDED, None, AUTHORITY, "programme.trips_proposed"),
)

DRAW_MOVES = (
    Move("panels.perform_draw", (DrawState.COMMITTED,), DrawState.DRAWN, AUTHORITY, "draw.drawn"),
    Move("panels.apply_draw", (DrawState.DRAWN,), None, AUTHORITY, "draw.applied"),
    Move("panels.abandon_draw", (DrawState.COMMITTED, DrawState.DRAWN), DrawState.ABANDONED, AUTHORITY,
         "draw.abandoned", ("reason_given",)),
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
    named = tuple(row for row in MOVES[kind] if row.name == name)
    if not named:
        raise LookupError(f"{kind} has no move {name}")
    return named


def of_stage(stage: str) -> dict[str, tuple[Move, ...]]:
    """Return the moves a stage makes, by kind of thing: it binds each to predicates."""
    return {kind: tuple(row for row in table if row.stage == stage) for kind, table in MOVES.items()}


def possible(kind: str, name: str, state: str) -> bool:
    """Return whether a state admits a move."""
    return any(state in row.sources for row in rows(kind, name))


def find(kind: str, name: str, state: str) -> Move:
    """Return the row of a move that applies in a state; raise Conflict `ledger.not_now` where none does."""
    for row in rows(kind, name):
        if state in row.sources:
            return row
    raise Conflict.of("ledger.not_now", state=state)


def onward(kind: str, state: str, stages: Collection[str]) -> Move | None:
    """Return the move that leads a thing on from a state; None where none of the stages makes it.

    That is the first move of the table that neither ends or suspends the thing nor goes back.
    """
    leads = (row for row in MOVES[kind] if state in row.sources and row.to and not row.keeps)
    move = next((row for row in leads if row.to not in row.sources), None)
    return move if move and move.stage in stages else None


def diagram() -> str:
    """Return the tables as a Markdown page with Mermaid diagrams: the content of `docs/states.md`."""
    lines = ["# States and moves", "", "Generated from `zhiping.domain.lifecycle`; a test compares.", ""]
    lines += ["Who: the seats that make a move; in brackets for a self-evaluation where it differs.", ""]
    for kind, table in MOVES.items():
        lines += [f"## {kind.capitalize()}", "", "```mermaid", "stateDiagram-v2", *_arrows(table), "```", ""]
        lines += ["| stage | move | from | to | who | needs | event |", "|---|---|---|---|---|---|---|"]
        lines += [_row(row) for row in table] + [""]
    return "\n".join(lines[:-1]) + "\n"


def _arrows(table: Sequence[Move]) -> Iterator[str]:
    yield f"    [*] --> {table[0].sources[0]}"
    targets = dict.fromkeys(row.to for row in table if row.to)
    sources = {source for row in table for source in row.sources if row.to}
    for row in table:
        for target in (row.to,) if row.to else _returns(table, row):
            yield from (f"    {source} --> {target}: {row.name}" for source in row.sources)
    yield from (f"    {target} --> [*]" for target in targets if target not in sources)


def _returns(table: Sequence[Move], back: Move) -> Iterator[StrEnum]:
    """Yield the states a move can lead back to."""
    kept = (row for row in table if row.keeps == back.keeps and row.to and back.returns)
    yield from dict.fromkeys(state for row in kept for state in row.sources)


def _row(row: Move) -> str:
    usual, own = (_who(row.seats(kind)) for kind in ("authority", "self"))
    who = usual if usual == own else f"{usual} ({own})"
    source = ", ".join(row.sources) + (f" (during {', '.join(row.during)})" if row.during else "")
    cells = (
        row.stage,
        row.name,
        source,
        row.to or ("back" if row.returns else "stays"),
        who,
        ", ".join(row.needs) or "–",
        f"`{row.event}`",
    )
    return f"| {' | '.join(cells)} |"


def _who(seats: Seats) -> str:
    return ", ".join(" + ".join(together) for together in seats)
