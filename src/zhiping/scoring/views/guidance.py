"""Reasons of last year's deliberations for a programme's guidance."""

from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse

from zhiping.accounts.http import Request
from zhiping.evaluations.actions.programme import set_guidance
from zhiping.evaluations.queries.programme import get_programme
from zhiping.evaluations.views.programme import crumbs
from zhiping.scoring.forms import ReasonsForm
from zhiping.scoring.queries.deliberation import offered_reasons
from zhiping.web.pages import form_page
from zhiping.web.texts import say


def reasons(request: Request, programme_id: UUID) -> HttpResponse:
    """Choose reasons of last year's panels to add to the guidance."""
    programme = get_programme(request.user, programme_id)
    offered = offered_reasons(programme)
    form = ReasonsForm(request.POST or None, programme=programme, offered=offered, seen=programme.head.size)
    return form_page(
        request, form, set_guidance, crumbs=crumbs(programme), programme=programme,
        to=reverse("evaluations:guidance", args=[programme.pk]), template="scoring/reasons.html",
        shown={"offered": offered, "submit": say("deliberation.reasons.save")},
    )  # fmt: skip
