"""Forms of the words of a report."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_POST

from zhiping.accounts.http import Request
from zhiping.reporting.actions import words as actions
from zhiping.reporting.forms import PartForm, RecommendationForm
from zhiping.reporting.models import ReportPart
from zhiping.reporting.queries import report as queries
from zhiping.reporting.views.report import address, crumbs
from zhiping.web.forms import values_of
from zhiping.web.pages import action_button, form_page
from zhiping.web.texts import say


def write_part(request: Request, evaluation_id: UUID, name: str) -> HttpResponse:
    """Write a part of the report; where another person was faster, both texts are shown."""
    if name not in ReportPart.Name.values:
        raise Http404
    evaluation = queries.get_reported(request.user, evaluation_id)
    now = queries.parts(evaluation)[name]
    form = PartForm(request.POST or None, text=now)
    changed = request.method == "POST" and form.data.get("before") != queries.digest(now)
    return form_page(
        request, form, actions.write_part, crumbs=crumbs(evaluation, page_itself=True),
        to=address(evaluation), template="reporting/part.html", heading=say(f"reporting.parts.{name}"),
        evaluation=evaluation, name=name,
        shown={"there": now if changed else None, "hint": say(f"reporting.hints.{name}")},
    )  # fmt: skip


def write_recommendation(
    request: Request, evaluation_id: UUID, recommendation_id: UUID | None = None
) -> HttpResponse:
    """Add a recommendation, or change one."""
    evaluation = queries.get_reported(request.user, evaluation_id)
    one = queries.recommendation_of(evaluation, recommendation_id) if recommendation_id else None
    known = values_of(RecommendationForm, one) if one else {}
    form = RecommendationForm(request.POST or None, initial={**known, "before": queries.seen_of(one)})
    changed = request.method == "POST" and form.data.get("before") != queries.seen_of(one)
    return form_page(
        request, form, actions.write_recommendation, crumbs=crumbs(evaluation, page_itself=True),
        to=address(evaluation), template="reporting/part.html", evaluation=evaluation, recommendation=one,
        shown={"there": queries.text_of(one) if one and changed else None},
    )  # fmt: skip


@require_POST
def remove_recommendation(request: Request, evaluation_id: UUID, recommendation_id: UUID) -> HttpResponse:
    """Remove a recommendation."""
    evaluation = queries.get_reported(request.user, evaluation_id)
    one = queries.recommendation_of(evaluation, recommendation_id)
    return action_button(
        request, actions.remove_recommendation, to=address(evaluation), evaluation=evaluation,
        recommendation=one,
    )  # fmt: skip
