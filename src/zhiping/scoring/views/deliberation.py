"""Pages of deliberation: the scoring closed, the disputed criteria settled, dissents."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from zhiping.accounts.http import Request
from zhiping.domain.lifecycle import possible
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import get_evaluation
from zhiping.ledger.act import Act
from zhiping.panels.queries.panel import get_for
from zhiping.permissions import may, require
from zhiping.scoring.actions import deliberation as actions
from zhiping.scoring.forms import DissentForm, SettleForm
from zhiping.scoring.queries import board as queries
from zhiping.scoring.queries import presence
from zhiping.visits.views.visit import crumbs
from zhiping.web.forms import Form
from zhiping.web.links import page
from zhiping.web.pages import action_button
from zhiping.web.texts import say

TEMPLATES = {True: "scoring/_board.html", False: "scoring/deliberation.html"}
FORMS: dict[str, Any] = {"settle_criteria": SettleForm, "record_dissent": DissentForm}


@require_POST
def close_scoring(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Close the scoring."""
    evaluation = get_evaluation(request.user, evaluation_id)
    return action_button(
        request, actions.close_scoring, to=page("evaluation", evaluation), evaluation=evaluation
    )


def deliberation(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Show the disputed criteria, settle one, or dissent; the page asks again for what has changed."""
    asks_again, here = "HX-Request" in request.headers, presence.present(evaluation_id)
    tag = queries.tag(request.user, evaluation_id, [*{*here, str(request.user.pk)}])
    if asks_again and request.headers.get("If-None-Match") == tag:  # a tag is known to who saw the page
        presence.note(evaluation_id, request.user.pk)
        return HttpResponse(status=304, headers={"ETag": tag})
    evaluation = get_for(request.user, evaluation_id, "scoring.see_marks")
    presence.note(evaluation_id, request.user.pk)
    found = queries.board(request.user, evaluation)
    sent = _sent(request, evaluation, found) if request.method == "POST" else None
    if sent and sent.run(getattr(actions, sent.action), Act.of(request), evaluation=evaluation):
        return redirect(f"{request.path}#{_next(found, sent.row.id)}")
    context = _context(request, evaluation, found, sent) | {"tag": tag}
    answer = render(request, TEMPLATES[asks_again], context, status=422 if sent else 200)
    answer["ETag"] = tag
    return answer


def _sent(request: Request, evaluation: Evaluation, found: queries.Board) -> Any:
    """Return the form that was sent; None for one of a criterion that is not disputed."""
    kind = request.POST.get("action", "")
    row = next((row for row in found.rows if row.id == request.POST.get("criterion")), None)
    if kind not in FORMS or row is None:
        return None
    require(request.user, f"scoring.{kind}", evaluation)
    return FORMS[kind](request.POST, row=row)


def _context(
    request: Request, evaluation: Evaluation, found: queries.Board, sent: Form | None
) -> dict[str, Any]:
    offers = {
        name: possible("evaluation", name, evaluation.head.phase)
        and may(request.user, f"scoring.{name}", evaluation)
        for name in FORMS
    }
    cards = [
        {"row": row, **{name: _form(name, row, sent) for name, offered in offers.items() if offered}}
        for row in found.rows
    ]
    above = {"heading": say("deliberation.title"), "crumbs": crumbs(evaluation)[:1]}
    return {"evaluation": evaluation, "board": found, "cards": cards, "offers": offers, "sent": sent, **above}


def _form(name: str, row: queries.Row, sent: Any) -> Form:
    if sent and (sent.action, sent.row.id) == (name, row.id):
        kept: Form = sent
        return kept
    form: Form = FORMS[name](row=row)
    return form


def _next(found: queries.Board, done: str) -> str:
    """Return the place on the page of the next criterion to settle, after the one just settled."""
    following = [row.id for row in found.open if row.id != done]
    return f"c-{following[0]}" if following else f"c-{done}"


@require_POST
def withdraw_dissent(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Withdraw the user's own dissent."""
    evaluation = get_evaluation(request.user, evaluation_id)
    criterion = request.POST.get("criterion", "")[:20]
    to = f"{reverse('scoring:deliberation', args=[evaluation.pk])}#c-{criterion}"
    return action_button(request, actions.withdraw_dissent, to=to, evaluation=evaluation, criterion=criterion)
