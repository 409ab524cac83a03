"""Pages of API tokens."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from zhiping.accounts import queries
from zhiping.accounts.actions import tokens as actions
from zhiping.accounts.http import Request
from zhiping.accounts.reauthentication import recent_login_required_to_write
from zhiping.accounts.token_form import TokenForm
from zhiping.ledger.act import Act
from zhiping.permissions import require
from zhiping.web.pages import action_button, render_form
from zhiping.web.texts import say


@recent_login_required_to_write
def tokens(request: Request) -> HttpResponse:
    """List the user's tokens; add one and show its secret, this once."""
    form, secret = TokenForm(request.POST or None), ""
    if request.method == "POST" and form.run(actions.add_token, Act.of(request)):
        secret, form = form.result[1] if form.result else "", TokenForm()
    context = {"form": form, "secret": secret, "tokens": queries.tokens(request.user), "now": timezone.now()}
    context["heading"] = say("tokens.title")
    return render_form(request, "accounts/tokens.html", context)


@require_POST
def revoke(request: Request, token_id: UUID) -> HttpResponse:
    """Revoke one of the user's tokens."""
    token = queries.get_token(request.user, token_id)
    return action_button(request, actions.revoke_token, token=token, to=reverse("accounts:tokens"))


@require_POST
def revoke_for(request: Request, person_id: UUID, token_id: UUID) -> HttpResponse:
    """Revoke a token of another person."""
    person = queries.get_person(request.user, person_id)
    require(request.user, "accounts.revoke_token", person)
    token = get_object_or_404(queries.tokens_of(request.user, person), pk=token_id)
    actions.revoke_token(Act.of(request), token)
    messages.success(request, say("tokens.ended", name=token.name))
    return redirect("accounts:person", person.pk)
