"""Forms of the disposal: a proposal, and the second person's decision."""

from uuid import UUID

from django.http import HttpResponse

from zhiping.accounts.http import Request
from zhiping.archive.actions import disposal as actions
from zhiping.archive.forms import DecideForm, ProposeForm
from zhiping.archive.queries.record import get_filed, open_disposal
from zhiping.archive.views.record import address, crumbs
from zhiping.web.pages import form_page


def propose_disposal(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Propose to dispose of a record."""
    evaluation = get_filed(request.user, evaluation_id)
    form = ProposeForm(request.POST or None, seen=evaluation.head.size)
    return form_page(
        request, form, actions.propose_disposal, crumbs=crumbs(evaluation), to=address(evaluation),
        evaluation=evaluation,
    )  # fmt: skip


def decide_disposal(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Decide on a disposal."""
    evaluation = get_filed(request.user, evaluation_id)
    found = open_disposal(evaluation)
    form = DecideForm(request.POST or None, seen=evaluation.head.size)
    return form_page(
        request, form, actions.decide_disposal, crumbs=crumbs(evaluation), to=address(evaluation),
        shown={"note": found.reason if found else ""}, evaluation=evaluation,
    )  # fmt: skip
