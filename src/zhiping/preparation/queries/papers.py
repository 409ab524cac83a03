"""The papers of the stages before scoring: what they are made of, what is still missing to fill them."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404

from zhiping.accounts.models import Organisation, Role, User
from zhiping.accounts.queries import in_regions
from zhiping.documents.papers.word import papers, stages
from zhiping.domain.evaluation import Evaluation as Facts
from zhiping.domain.panel import Expert
from zhiping.preparation.models import Bundle, Evaluation, PaperTemplate
from zhiping.preparation.queries.draw import paper_facts
from zhiping.preparation.queries.evaluation import as_domain
from zhiping.preparation.queries.visit import facts as visit_facts
from zhiping.preparation.rules.evaluation import has_charge, seat_of

STAGES = ("prepare", "visit")


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper of a stage, and the codes of facts it would leave blank."""

    name: str
    stage: str
    lacking: tuple[str, ...]


def facts(evaluation: Evaluation) -> Facts:
    """Return everything papers may say of an evaluation, the visit included."""
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
    """Return the papers of an evaluation before scoring, in the order they are needed."""
    lacking = _lacking(about)
    return [
        Paper(name, stage, tuple(code for code in NEEDS.get(name, ()) if code in lacking))
        for stage in STAGES
        for name in stages.of_stage(stage, about, None)
    ]


NEEDS = {
    "notice": ("dates", "panel"),
    "plan": ("dates", "panel", "duties", "place"),
    "panel": ("panel", "duties"),
    "declaration": ("panel",),
    "schedule": ("dates", "timetable"),
    "materials": ("dates",),
    "opening": ("opening",),
    "closing": ("closing",),
    "inspection": ("sites", "seen"),
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
        "seen": about.visit.seen,
    }
    return {code for code, fact in known.items() if not fact}


@contextmanager
def templates_of(authority: Organisation | None, language: str) -> Iterator[Path | None]:
    """Give a folder with the authority's own templates while papers are made; None where it has none."""
    own = PaperTemplate.objects.filter(authority=authority, language=language) if authority else ()
    found = [(t.paper, bytes(t.content)) for t in own]
    if not found:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        for name, content in found:
            (Path(folder) / f"{papers.title(name, language)}.docx").write_bytes(content)
        yield Path(folder)


def bundles(user: User) -> QuerySet[Bundle]:
    """Return the bundles of the programmes the person runs, and those asked for by the person."""
    mine = in_regions(user, "programme__authority__region_id") | Q(by=user)
    return Bundle.objects.filter(mine).select_related("programme__authority", "trip", "by")


def get_bundle(user: User, bundle_id: UUID) -> Bundle:
    """Return one bundle; Http404 where the person may not see it."""
    return get_object_or_404(bundles(user), pk=bundle_id)


def get_authority(user: User, authority_id: UUID) -> Organisation:
    """Return an authority the person is an officer of; Http404 for every other."""
    found = Organisation.objects.filter(memberships__user=user, memberships__role=Role.AUTHORITY)
    return get_object_or_404(found.select_related("head"), pk=authority_id)


def templates(user: User, authority: Organisation, language: str) -> QuerySet[PaperTemplate]:
    """Return an authority's own templates in a language, without their content, for its officers."""
    own = [o.pk for o in user.organisations(Role.AUTHORITY)]
    found = PaperTemplate.objects.filter(authority=authority, authority_id__in=own, language=language)
    return found.defer("content").order_by("paper")
