"""Buttons and forms of the course: choice, opening, sample, closing."""

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from zhiping.accounts.http import Request
from zhiping.improvement.actions import course as actions
from zhiping.improvement.forms import ChoiceForm, SampleForm
from zhiping.improvement.queries import improvement as queries
from zhiping.improvement.views.improvement import address, crumbs
from zhiping.web.pages import action_button, form_page
from zhiping.web.texts import say


def make_choice(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Choose what an unqualified platform has to do."""
    evaluation = queries.get_improved(request.user, evaluation_id)
    issued = queries.issued_on(evaluation)
    due = queries.due_of(evaluation, issued).date if issued else None
    form = ChoiceForm(request.POST or None, initial={"period_start": issued, "period_end": due})
    return form_page(
        request, form, actions.make_choice, crumbs=crumbs(evaluation, page_itself=True),
        to=address(evaluation), evaluation=evaluation, shown={"note": say("improvement.choice_form.note")},
    )  # fmt: skip


@require_POST
def open_improvement(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Open the improvement."""
    evaluation = queries.get_improved(request.user, evaluation_id)
    return action_button(request, actions.open_improvement, to=address(evaluation), evaluation=evaluation)


def draw_sample(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Draw the findings to be rechecked."""
    evaluation = queries.get_improved(request.user, evaluation_id)
    form = SampleForm(request.POST or None, findings=evaluation.improvement_actions.count())
    return form_page(
        request, form, actions.draw_sample, crumbs=crumbs(evaluation, page_itself=True),
        to=address(evaluation), evaluation=evaluation,
        shown={"note": say("improvement.sample_form.note"), "submit": say("improvement.sample_form.submit")},
    )  # fmt: skip


@require_POST
def propose_closing(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Propose to close the evaluation."""
    evaluation = queries.get_improved(request.user, evaluation_id)
    return action_button(request, actions.propose_closing, to=address(evaluation), evaluation=evaluation)


@require_POST
def close_evaluation(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Close the evaluation as the second person."""
    evaluation = queries.get_improved(request.user, evaluation_id)
    return action_button(request, actions.close_evaluation, to=address(evaluation), evaluation=evaluation)
