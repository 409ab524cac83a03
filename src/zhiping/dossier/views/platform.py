"""The page of one platform."""

import datetime as dt
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from zhiping.accounts.http import Request
from zhiping.dossier.queries import sections
from zhiping.ledger.queries import timeline
from zhiping.registry import queries
from zhiping.registry.models import Platform
from zhiping.registry.views.platforms import crumbs
from zhiping.web.pages import offered
from zhiping.web.texts import say

OFFERED = (
    "change_platform", "correct_platform", "move_platform", "end_service", "resume_service", "add_site",
    "change_site", "report_trigger", "decide_trigger", "view_trigger",
)  # fmt: skip


def platform(request: Request, platform_id: UUID) -> HttpResponse:
    """Show a platform with its due date, evaluations, sites, triggers and history."""
    found = queries.get_platform(request.user, platform_id)
    today = timezone.localdate()
    context = {
        "platform": found,
        "place": queries.place(found.region),
        "heading": found.name,
        "crumbs": crumbs(),
        "standing": queries.standing_of(found, today),
        "why": _why(found, today),
        "sites": queries.sites_of(found),
        "triggers": [(trigger, queries.state_of(trigger, today)) for trigger in queries.triggers_of(found)],
        "timeline": timeline(found.pk),
        "sections": sections("platform", request.user, found, today),
        "may": offered(request.user, found, *OFFERED, app="registry"),
    }
    return render(request, "dossier/platform.html", context)


def _why(found: Platform, today: dt.date) -> str:
    code, data = queries.why(found, today)
    return say(f"registry.why.{code}", **data)
