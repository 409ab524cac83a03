"""Visits for one reader and for papers; the papers up to the visit and for filing, and what they lack."""

import datetime as dt
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet, UUIDField
from django.shortcuts import get_object_or_404
from django.utils.module_loading import import_string

from zhiping.accounts.models import Organisation, Role, User
from zhiping.accounts.queries import in_regions
from zhiping.documents.papers.facts.evaluation import letter
from zhiping.documents.papers.word import papers, stages
from zhiping.domain import dates, lifecycle
from zhiping.domain.evaluation import Appointment, Interview, Meeting, Visit, odd_meetings
from zhiping.domain.evaluation import Evaluation as Facts
from zhiping.domain.evaluation import Platform as PlatformFacts
from zhiping.domain.letters import from_data
from zhiping.domain.panel import Expert
from zhiping.domain.programme import Programme as Shared
from zhiping.evaluations.models import Evaluation, Programme
from zhiping.evaluations.queries import evaluation as queries
from zhiping.evaluations.queries.evaluation import policy_of, visible_to
from zhiping.evaluations.queries.letters import letters
from zhiping.evaluations.rules import has_charge
from zhiping.ledger.entry import Need
from zhiping.panels.models import Seat
from zhiping.panels.queries.check import as_panel, panel_legal
from zhiping.panels.queries.draw import paper_facts
from zhiping.panels.rules import seat_of, seated
from zhiping.permissions import may
from zhiping.statements import Given, Statement
from zhiping.texts.catalogue import language
from zhiping.visits.models import Bundle, PaperTemplate, VisitRecord
from zhiping.visits.rules import reads

Kind = VisitRecord.Kind
ONCE = (Kind.OPENING, Kind.CLOSING)  # there is one such meeting
STAGES = ("prepare", "visit", "archive")
BUNDLES = (*STAGES, "after")  # stages whose papers are made for a programme in one go


OPEN_TO_ALL = (Kind.APPOINTMENT, Kind.SITE)
_RECORDS = Statement(
    lambda: VisitRecord.objects.filter(evaluation=Given("evaluation", UUIDField())).select_related(
        "site", "written_by"
    )
)


def records(user: User, evaluation: Evaluation) -> list[VisitRecord]:
    """Return the lines of a visit: all for the panel and the authority, else the timetable and the sites."""
    lines = _RECORDS.things(evaluation=evaluation.pk)
    return lines if reads(user, evaluation) else [line for line in lines if line.kind in OPEN_TO_ALL]


def dates_of(evaluation: Evaluation) -> dict[str, dt.date | None]:
    """Return the dates of an evaluation by the names of `domain.dates`."""
    names = ("period_start", "period_end", "visit_start", "visit_end")
    known = {name: getattr(evaluation, name) for name in names}
    return {**known, "service_start": evaluation.platform.service_start}


def odd_dates(evaluation: Evaluation, lines: Iterable[VisitRecord]) -> list[tuple[str, dict[str, Any]]]:
    """Return dates of a visit which are possible, but which its readers will ask about, each once."""
    lines = list(lines)
    facts = dates_of(evaluation)
    visit = {name: facts[name] for name in ("visit_start", "visit_end")}
    signed = [line.day for line in lines if line.kind == Kind.SIGN_IN and line.day]
    every = [dates.odd(facts), *(dates.odd({**visit, "signed_in": day}) for day in dict.fromkeys(signed))]
    meetings = odd_meetings(_as_visit(evaluation, lines))
    return [*((code, data) for odd in every for code, data in odd), *meetings]


def get_record(user: User, evaluation: Evaluation, record_id: UUID) -> VisitRecord:
    """Return one line; Http404 where the person may not see it."""
    lines = VisitRecord.objects.filter(evaluation=evaluation, evaluation__in=visible_to(user))
    shown = lines if reads(user, evaluation) else lines.filter(kind__in=OPEN_TO_ALL)
    return get_object_or_404(shown.select_related("site", "written_by"), pk=record_id)


def visit_facts(evaluation: Evaluation) -> Visit:
    """Return the visit as papers and reports read it, without the documents seen: one query."""
    return _as_visit(evaluation, evaluation.visit_records.select_related("site"))


def _as_visit(evaluation: Evaluation, lines: Iterable[VisitRecord]) -> Visit:
    ordered = sorted(lines, key=lambda r: r.kind)
    by_kind = {kind: list(records) for kind, records in groupby(ordered, key=lambda r: r.kind)}
    signed = tuple(r.who for r in by_kind.get(Kind.SIGN_IN, ()))
    return Visit(
        start=evaluation.visit_start,
        end=evaluation.visit_end,
        place=evaluation.visit_place,
        sites=tuple(r.site.name if r.site else r.subject for r in by_kind.get(Kind.SITE, ())),
        schedule=tuple(
            Appointment(_when(r), r.subject, r.place, r.who) for r in by_kind.get(Kind.APPOINTMENT, ())
        ),
        opening=_meeting(by_kind.get(Kind.OPENING), signed),
        closing=_meeting(by_kind.get(Kind.CLOSING), signed),
        interviews=tuple(Interview(r.who, r.role, r.subject) for r in by_kind.get(Kind.INTERVIEW, ())),
    )


def _when(record: VisitRecord) -> str:
    return " ".join(filter(None, (record.day.isoformat() if record.day else "", record.time)))


def _meeting(records: list[VisitRecord] | None, signed: tuple[str, ...]) -> Meeting:
    if not records:
        return Meeting()
    record = records[0]
    return Meeting(_when(record), record.place, record.who, signed, record.note)


def days(start: dt.date, end: dt.date) -> list[dt.date]:
    """Return the days of a visit, at most ten."""
    return [start + dt.timedelta(days=n) for n in range(min((end - start).days, 9) + 1)]


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper of a stage, and the codes of facts it would leave blank."""

    name: str
    stage: str
    lacking: tuple[str, ...]


def facts(evaluation: Evaluation) -> Facts:
    """Return everything papers may say of an evaluation, the visit included."""
    about, seen = known_facts(evaluation), import_string(settings.SEEN_ON_SITE)  # a later stage's (ADR 29)
    return replace(about, visit=replace(about.visit, seen=seen(evaluation)))


def known_facts(evaluation: Evaluation) -> Facts:
    """Return the facts of papers without the documents seen, which no paper lacks: one query less."""
    return replace(as_domain(evaluation), visit=visit_facts(evaluation), **paper_facts(evaluation))


def facts_for(user: User, evaluation: Evaluation) -> Facts:
    """Return what papers say that this person makes.

    What others declared of their ties is for who runs the evaluation only: to lead and secretary it is blank.
    """
    about = facts(evaluation)
    if has_charge(user, evaluation):
        return about
    seat = seat_of(user, evaluation)
    own = str(seat.expert_id) if seat else ""
    panel, substitutes = (_untold(people or (), own) for people in (about.panel, about.substitutes))
    return replace(about, panel=panel, substitutes=substitutes)


def _untold(people: Iterable[Expert], own: str) -> tuple[Expert, ...]:
    return tuple(e if e.id == own else replace(e, conflicts=()) for e in people)


def papers_of(about: Facts) -> list[Paper]:
    """Return the papers of an evaluation up to the visit and for filing, in the order they are needed."""
    lacking = _lacking(about)
    return [
        Paper(name, stage, tuple(code for code in FACTS_OF.get(name, ()) if code in lacking))
        for stage in STAGES
        for name in stages.of_stage(stage, about, None)
    ]


FACTS_OF = {  # the facts each paper needs
    "notice": ("dates", "panel", "notice_number", "contact"),
    "plan": ("dates", "panel", "duties", "place"),
    "panel": ("panel", "duties"),
    "invitation": ("dates", "panel", "duties", "invitation_number", "contact"),
    "declaration": ("panel",),
    "schedule": ("dates", "timetable"),
    "materials": ("dates",),
    "opening": ("opening",),
    "closing": ("closing",),
    "inspection": ("sites",),
    "table": ("panel",),
}


def _lacking(about: Facts) -> set[str]:
    panel = about.panel or ()
    known = {
        "dates": about.visit.start,
        "place": about.visit.place or about.platform.address,
        "panel": panel,
        "duties": any(e.duties for e in panel),
        "timetable": about.visit.schedule,
        "opening": about.visit.opening.chair,
        "closing": about.visit.closing.chair,
        "sites": about.visit.sites,
        "contact": about.papers.contact,
        "notice_number": letter("notice", about).number,
        "invitation_number": letter("invitation", about).number,
    }
    return {code for code, fact in known.items() if not fact}


@contextmanager
def templates_of(authority: Organisation | None) -> Iterator[Path | None]:
    """Give a folder with the authority's own templates while papers are made; None where it has none."""
    own = PaperTemplate.objects.filter(authority=authority, language=language()) if authority else ()
    contents = [(t.paper, bytes(t.content)) for t in own]
    if not contents:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        for name, content in contents:
            (Path(folder) / f"{papers.title(name)}.docx").write_bytes(content)
        yield Path(folder)


def bundles(user: User) -> QuerySet[Bundle]:
    """Return the bundles of the programmes the person runs, and those asked for by the person."""
    mine = in_regions(user, "programme__authority__region_id") | Q(by=user)
    return Bundle.objects.filter(mine).select_related("programme__authority", "trip", "by")


def bundles_of(user: User, programme: Programme) -> QuerySet[Bundle]:
    """Return the bundles of a programme."""
    return bundles(user).filter(programme=programme)


def get_bundle(user: User, bundle_id: UUID) -> Bundle:
    """Return one bundle; Http404 where the person may not see it."""
    return get_object_or_404(bundles(user), pk=bundle_id)


def get_authority(user: User, authority_id: UUID) -> Organisation:
    """Return an authority the person is an officer of; Http404 for every other."""
    authorities = Organisation.objects.filter(memberships__user=user, memberships__role=Role.AUTHORITY)
    return get_object_or_404(authorities.select_related("head"), pk=authority_id)


def templates(user: User, authority: Organisation, language: str) -> QuerySet[PaperTemplate]:
    """Return an authority's own templates in a language, without their content, for its officers."""
    own = [o.pk for o in user.organisations(Role.AUTHORITY)]
    uploaded = PaperTemplate.objects.filter(authority=authority, authority_id__in=own, language=language)
    return uploaded.defer("content").order_by("paper")


def visit_recorded(evaluation: Evaluation, _today: dt.date) -> bool:
    """Return whether opening and closing meeting are recorded."""
    lines = evaluation.visit_records.filter(kind__in=ONCE)
    return lines.values("kind").distinct().count() == len(ONCE)


NEEDS: dict[str, Need] = {**queries.NEEDS, "panel_legal": panel_legal}  # of the moves up to the start


def can_write(evaluation: Evaluation, kind: str) -> bool:
    """Return whether lines of a kind can be written now: the timetable while planning, the rest on site."""
    move = "write_appointment" if kind == Kind.APPOINTMENT else "write_visit_record"
    return lifecycle.possible("evaluation", move, evaluation.head.phase)


def can_change_letters(user: User, evaluation: Evaluation) -> bool:
    """Return whether the person can change what the letters of an evaluation have, in this state."""
    now = lifecycle.possible("evaluation", "change_letters", evaluation.head.phase)
    return now and may(user, "evaluations.change_letters", evaluation)


def _basis(programme: Programme) -> tuple[str, ...]:
    return tuple(filter(None, programme.basis.splitlines()))


def programme_facts(programme: Programme) -> Shared:
    """Return what the papers of a programme's evaluations share."""
    letters = from_data(programme.letters)
    return Shared(programme.authority.name, programme.name, _basis(programme), letters)


def as_domain(evaluation: Evaluation) -> Facts:
    """Return an evaluation as papers and results read it (visit records are added by `queries.visit`)."""
    platform, programme, seats = evaluation.platform, evaluation.programme, seated(evaluation)
    scoring = [s for s in seats if s.role in Seat.SCORERS]
    people = as_panel(evaluation, scoring + [s for s in seats if s.role == Seat.Role.SUBSTITUTE])
    return Facts(
        platform=PlatformFacts(
            name=platform.name,
            operator=platform.operator.name,
            channel=platform.channel,  # type: ignore[arg-type] # the model's choices are the domain's
            region=platform.region.name,
            address=platform.operator.address,
            sites=tuple(s.name for s in platform.sites.filter(closed__isnull=True)),
            url=platform.url,
            contact=platform.operator.contact,
            service_start=platform.service_start,
        ),
        kind=evaluation.kind,  # type: ignore[arg-type] # the model's choices are the domain's
        reason=evaluation.reason,  # type: ignore[arg-type] # the model's choices are the domain's
        purpose=evaluation.purpose,
        authority=evaluation.authority.name if evaluation.authority else "",
        programme=programme.name if programme else "",
        basis=_basis(programme) if programme else (),
        period=(evaluation.period_start, evaluation.period_end),
        policy=policy_of(evaluation),
        panel=people[: len(scoring)],
        substitutes=people[len(scoring) :],
        secretary="、".join(s.expert.name for s in seats if s.role == Seat.Role.SECRETARY),
        visit=Visit(start=evaluation.visit_start, end=evaluation.visit_end, place=evaluation.visit_place),
        guidance=evaluation.guidance or (programme.guidance if programme else {}),
        papers=letters(evaluation),
    )
