"""Pages of files that have arrived and wait for their criteria."""

from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from zhiping.accounts.http import Request
from zhiping.evidence import queries
from zhiping.evidence.actions import uploads as actions
from zhiping.evidence.forms import CriteriaForm
from zhiping.evidence.views.evidence import crumbs
from zhiping.web.pages import action_button, form_page
from zhiping.web.texts import say


def finish(request: Request, upload_id: UUID) -> HttpResponse:
    """Hand in a file that waits for its criteria."""
    upload = queries.get_upload(request.user, upload_id)
    evaluation = upload.evaluation
    form = CriteriaForm(request.POST or None, evaluation=evaluation)
    shown = {"note": upload.name, "submit": say("evidence.criteria_form.title")}
    return form_page(
        request, form, actions.finish_upload, crumbs=crumbs(evaluation), to=_address(evaluation.pk),
        permission="evidence.hand_in_file", about=evaluation, shown=shown, upload=upload,
    )  # fmt: skip


@require_POST
def drop(request: Request, upload_id: UUID) -> HttpResponse:
    """Delete a file that has not been handed in."""
    upload = queries.get_upload(request.user, upload_id)
    return action_button(request, actions.drop_upload, to=_address(upload.evaluation_id), upload=upload)


def _address(evaluation_id: UUID) -> str:
    return reverse("evidence:evidence", args=[evaluation_id])
