"""The facts of one evaluation besides its marks: platform, period, panel, policy, visit."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from zhiping.domain import dates
from zhiping.domain.draw import Record
from zhiping.domain.letters import Letters
from zhiping.domain.panel import Expert
from zhiping.domain.policy import Policy
from zhiping.domain.rubric import Channel

if TYPE_CHECKING:  # both are about evaluations
    from zhiping.domain.region import Region
    from zhiping.domain.result_document import Result

Kind = Literal["authority", "self"]
Reason = Literal["annual", "trigger", "follow_up", "first"]
KINDS: tuple[Kind, ...] = get_args(Kind)
REASONS: tuple[Reason, ...] = get_args(Reason)


@dataclass(frozen=True, slots=True)
class Platform:
    """The platform under evaluation and its operator (3.3)."""

    name: str
    operator: str = ""
    channel: Channel = "both"
    region: str = ""
    address: str = ""
    sites: tuple[str, ...] = ()
    url: str = ""
    contact: str = ""
    service_start: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Appointment:
    """An entry of the visit's timetable."""

    time: str
    what: str
    where: str = ""
    who: str = ""


@dataclass(frozen=True, slots=True)
class Meeting:
    """An opening or closing meeting."""

    time: str = ""
    place: str = ""
    chair: str = ""
    attendees: tuple[str, ...] = ()
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """A document inspected on site, recorded without a copy of the file."""

    title: str
    number: str = ""
    date: str = ""
    page: str = ""
    criteria: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Interview:
    """An interview held during the visit."""

    person: str
    role: str = ""
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """The on-site visit (6.1.4)."""

    start: dt.date | None = None
    end: dt.date | None = None
    place: str = ""
    sites: tuple[str, ...] = ()  # sites sampled
    schedule: tuple[Appointment, ...] = ()
    opening: Meeting = field(default_factory=Meeting)
    closing: Meeting = field(default_factory=Meeting)
    seen: tuple[Seen, ...] = ()
    interviews: tuple[Interview, ...] = ()


Answer = Literal["", "agreed", "objected"]
ANSWERS: tuple[Answer, ...] = ("agreed", "objected")


@dataclass(frozen=True, slots=True)
class FactCheck:
    """The fact the panel states about a criterion that lost points, and the operator's answer to it."""

    fact: str = ""
    answer: Answer = ""
    reply: str = ""  # the operator's words


@dataclass(frozen=True, slots=True)
class Improved:
    """What became of a finding (8.4.2): plan, outcome with proof, last recheck; `verdict` "" before it."""

    measure: str = ""
    owner: str = ""
    deadline: dt.date | None = None
    outcome: str = ""
    proof: str = ""
    done: dt.date | None = None
    verdict: str = ""  # accepted, refused or waived
    reason: str = ""
    by: str = ""
    on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A measure the panel recommends: who does what until when, and what shows that it is done.

    `findings`: the criteria it is to mend.
    """

    what: str
    who: str = ""
    until: dt.date | None = None
    check: str = ""
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportText:
    """The parts of the report that are written by people (8.3), its number, date, reviewer and signer.

    `highlights`: practices worth spreading.
    """

    number: str = ""
    date: dt.date | None = None
    overview: str = ""
    problems: tuple[str, ...] = ()
    recommendations: tuple[Recommendation, ...] = ()
    highlights: tuple[str, ...] = ()
    reviewer: str = ""
    signer: str = ""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One platform, one rubric version, one period, one panel.

    `panel`: None if the panel is unknown, so checks that need it are `not_shown`. `guidance`: how the
    programme reads a criterion, and `findings`: the facts put to the operator, both by criterion id.
    `purpose`: why the evaluation is held (6.1.3). `previous`: the platform's last result; `region`: the mean
    of comparable platforms, None where they are too few.
    """

    platform: Platform
    kind: Kind = "authority"
    reason: Reason = "annual"
    purpose: str = ""
    authority: str = ""
    programme: str = ""
    basis: tuple[str, ...] = ()
    period: tuple[dt.date, dt.date] | None = None
    policy: Policy = field(default_factory=Policy)
    panel: tuple[Expert, ...] | None = None
    substitutes: tuple[Expert, ...] = ()
    secretary: str = ""
    visit: Visit = field(default_factory=Visit)
    report: ReportText = field(default_factory=ReportText)
    guidance: dict[str, str] = field(default_factory=dict)
    findings: dict[str, FactCheck] = field(default_factory=dict)
    improved: dict[str, Improved] = field(default_factory=dict)  # by criterion
    papers: Letters = field(default_factory=Letters)
    previous: "Result | None" = None
    region: "Region | None" = None
    draw: Record | None = None  # the record of the draw of experts, after it was performed
    drawn: str = ""  # the time of the draw, formatted for print
    checkpoint: str = ""  # origin, size and fingerprint of the ledger's latest checkpoint
    verify_at: str = ""  # address of the page that verifies reports


def dates_of(about: Evaluation) -> dict[str, dt.date | None]:
    """Return the dates of an evaluation by the names of `domain.dates`; a visit of one day ends on it."""
    start, end = about.period or (None, None)
    return {
        "period_start": start,
        "period_end": end,
        "service_start": about.platform.service_start,
        "visit_start": about.visit.start,
        "visit_end": about.visit.end or about.visit.start,
        "report": about.report.date,
    }


OddMeeting = Literal["opening_outside_visit", "closing_outside_visit", "schedule_outside_visit"]


def odd_meetings(visit: Visit) -> Iterator[tuple[OddMeeting, dict[str, Any]]]:
    """Yield meetings and lines of the timetable outside the days of a visit, as codes of notes with both.

    What names no day, and a visit without days, contradict nothing.
    """
    if visit.start is None:
        return
    start, end = visit.start, visit.end or visit.start
    days = {"start": str(start), "end": str(end)}
    meetings: tuple[tuple[OddMeeting, Meeting], ...] = (
        ("opening_outside_visit", visit.opening),
        ("closing_outside_visit", visit.closing),
    )
    for code, meeting in meetings:
        if dates.names_day_outside(meeting.time, start, end):
            yield code, {"found": meeting.time, **days}
    lines = [f"{a.time} {a.what}" for a in visit.schedule if dates.names_day_outside(a.time, start, end)]
    if lines:
        yield "schedule_outside_visit", {"found": lines, **days}
