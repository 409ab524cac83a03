"""Buttons and forms around an edition: draft, issue, copies, receipt, feedback, numbers."""

from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from zhiping.accounts.http import Request
from zhiping.accounts.queries import get_organisation
from zhiping.domain.lifecycle import ISSUED
from zhiping.reporting.actions import editions as actions
from zhiping.reporting.actions import feedback
from zhiping.reporting.forms import CopyForm, FeedbackForm, IssueForm, PatternForm, ReceiptForm
from zhiping.reporting.queries import report as queries
from zhiping.reporting.views.report import address, crumbs
from zhiping.web.pages import action_button, form_page
from zhiping.web.texts import say


@require_POST
def send_draft(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Send the draft to the operator."""
    evaluation = queries.get_reported(request.user, evaluation_id)
    return action_button(request, actions.send_draft, to=address(evaluation), evaluation=evaluation)


@require_POST
def accept_draft(request: Request, evaluation_id: UUID) -> HttpResponse:
    """State that there are no objections."""
    evaluation = queries.get_reported(request.user, evaluation_id)
    return action_button(request, actions.accept_draft, to=address(evaluation), evaluation=evaluation)


def issue_report(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Issue the report, or that of a corrected result."""
    evaluation = queries.get_reported(request.user, evaluation_id)
    again = evaluation.head.phase in ISSUED
    action = actions.reissue_report if again else actions.issue_report
    last = queries.latest_issued(evaluation)
    initial = {"reviewer": last.reviewer, "signer": last.signer} if last else None
    form = IssueForm(request.POST or None, initial=initial)
    office = queries.issuer(evaluation)
    note = say("reporting.issue.note", pattern=queries.pattern_of(office), office=office.name)
    return form_page(
        request, form, action, crumbs=crumbs(evaluation, page_itself=True), to=address(evaluation),
        template="reporting/issue.html", evaluation=evaluation,
        shown={"note": note, "submit": say("reporting.issue.submit"), "office": office},
    )  # fmt: skip


def file_copy(request: Request, edition_id: UUID) -> HttpResponse:
    """File the scan of the signed report, or its sealed edition."""
    edition = queries.get_edition(request.user, edition_id)
    evaluation = edition.evaluation
    given = (request.POST, request.FILES) if request.method == "POST" else ()
    return form_page(
        request, CopyForm(*given), actions.file_copy, crumbs=crumbs(evaluation, page_itself=True),
        to=address(evaluation), evaluation=evaluation, edition=edition,
    )  # fmt: skip


@require_POST
def confirm_receipt(request: Request, edition_id: UUID) -> HttpResponse:
    """Confirm that the report has arrived."""
    edition = queries.get_edition(request.user, edition_id)
    evaluation = edition.evaluation
    return action_button(
        request, actions.confirm_receipt, to=address(evaluation), evaluation=evaluation, edition=edition
    )


def record_receipt(request: Request, edition_id: UUID) -> HttpResponse:
    """Record the operator's receipt on paper."""
    edition = queries.get_edition(request.user, edition_id)
    evaluation = edition.evaluation
    given = (request.POST, request.FILES) if request.method == "POST" else ()
    return form_page(
        request, ReceiptForm(*given), actions.record_receipt, crumbs=crumbs(evaluation, page_itself=True),
        to=address(evaluation), evaluation=evaluation, edition=edition,
    )  # fmt: skip


def give_feedback(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Give feedback on an evaluation."""
    evaluation = queries.get_reported(request.user, evaluation_id)
    form = FeedbackForm(request.POST or None)
    return form_page(
        request, form, feedback.give_feedback, crumbs=crumbs(evaluation, page_itself=True),
        to=address(evaluation), evaluation=evaluation,
    )  # fmt: skip


def set_pattern(request: Request, organisation_id: UUID) -> HttpResponse:
    """Set how an organisation writes the numbers of its reports."""
    organisation = get_organisation(request.user, organisation_id)
    form = PatternForm(request.POST or None, initial={"pattern": queries.pattern_of(organisation)})
    above = (organisation.name, reverse("accounts:organisation", args=[organisation.pk]))
    return form_page(
        request, form, actions.set_pattern, crumbs=[above], to=above[1], organisation=organisation
    )
