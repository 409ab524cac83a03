"""Feedback of enterprises by a link, without an account (8.4.2)."""

from uuid import UUID

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from zhiping.accounts.http import Request
from zhiping.ledger.act import Act
from zhiping.reporting.actions import feedback as actions
from zhiping.reporting.forms import PublicFeedbackForm
from zhiping.reporting.queries import feedback as queries
from zhiping.reporting.queries.report import get_reported
from zhiping.reporting.views.report import crumbs
from zhiping.web.pages import render_form
from zhiping.web.texts import say


@require_POST
def open_feedback(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Open a link for enterprises and show it, this once: the database keeps only its hash."""
    evaluation = get_reported(request.user, evaluation_id)
    secret = actions.open_feedback(Act.of(request), evaluation)
    url = settings.ADDRESS + reverse("reporting:feedback", args=[secret])
    context = {"evaluation": evaluation, "url": url, "until": evaluation.feedback_link.until}
    context |= {"heading": say("reporting.link.title"), "crumbs": crumbs(evaluation, page_itself=True)}
    return render(request, "reporting/link.html", context)


@login_not_required
def feedback(request: HttpRequest, secret: str) -> HttpResponse:
    """Take the feedback of an enterprise; the page names the platform and no result."""
    link = queries.link_of(secret)
    form = PublicFeedbackForm(request.POST or None)
    if request.method == "POST":
        limited: HttpResponse | None = ratelimit.consume_or_429(request, action="feedback")
        if limited:
            return limited
        if form.run(actions.take_feedback, Act.clock(timezone.now()), link=link):
            messages.success(request, say("reporting.public.thanks", platform=link.evaluation.platform.name))
            return redirect(request.path)
    return render_form(request, "reporting/feedback.html", {"form": form, "link": link})
