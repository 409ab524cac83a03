"""The page of one programme."""

from collections.abc import Mapping
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import SafeString

from zhiping.accounts.http import Request
from zhiping.domain.lifecycle import ISSUED, State
from zhiping.domain.policy import Policy
from zhiping.dossier.queries import sections
from zhiping.evaluations.models import Programme
from zhiping.evaluations.queries import programme as queries
from zhiping.evaluations.views.programme import crumbs
from zhiping.evaluations.views.trip import address as trip_address
from zhiping.ledger.queries import timeline
from zhiping.texts.wording import Row, policy_rows
from zhiping.web.listing import rows_html
from zhiping.web.pages import offered
from zhiping.web.tables import Heading, headings
from zhiping.web.templatetags.web import days
from zhiping.web.texts import language

TRIPS = "programmes.trip.name words.days programmes.columns.size:numeric"  # columns
OFFERED = (
    "change_programme", "set_policy", "set_guidance", "freeze_programme", "reopen_programme", "end_programme",
    "open_evaluations", "prepare_evaluations", "add_trip", "propose_trips", "change_common_letters",
)  # fmt: skip


def programme(request: Request, programme_id: UUID) -> HttpResponse:
    """One programme: its rules, how far its evaluations are, its trips."""
    found = queries.get_programme(request.user, programme_id)
    progress = queries.progress(found)
    context = {
        "programme": found,
        "heading": found.name,
        "crumbs": crumbs(),
        "rubric": found.rubric.title_in(language()),
        "rulings": _rulings(found),
        "criteria": len(found.rubric.as_domain().criteria),
        "progress": progress,
        **_reached(dict(progress)),
        "sections": sections("programme", request.user, found, timezone.localdate()),
        **_trips(found),
        "waiting": queries.count_waiting(found),
        "timeline": timeline(found.pk),
        "may": offered(request.user, found, *OFFERED, app="evaluations"),
    }
    return render(request, "dossier/programme.html", context)


def _reached(progress: Mapping[State, int]) -> dict[str, bool]:
    """Return whether evaluations are still planned, and whether some have a result."""
    concluded = {State.CONCLUDED, State.CONSULTING, *ISSUED}
    return {"planned": State.PLANNED in progress, "concluded": bool(progress.keys() & concluded)}


def _trips(programme: Programme) -> dict[str, list[Heading] | SafeString]:
    """Return the columns and the rows of the trips, which may be a hundred."""
    columns = headings("programmes", TRIPS)
    rows = [
        (trip_address(trip), (name, days(starts, ends) if starts else "", str(size)))
        for trip, name, starts, ends, size in queries.trips(programme)
    ]
    html = rows_html([(column.label, "numeric" in column.css) for column in columns], rows)
    return {"trip_columns": columns, "trips": html}


def _rulings(programme: Programme) -> list[tuple[Row, bool]]:
    """Each ruling with whether it is another than the usual one."""
    rows, usual = (policy_rows(policy) for policy in (programme.policy, Policy().as_data()))
    return [(row, row != other) for row, other in zip(rows, usual, strict=True)]
