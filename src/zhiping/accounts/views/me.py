"""Pages of one's own account."""

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from zhiping.accounts import queries
from zhiping.accounts.actions import invitations, people
from zhiping.accounts.adapter import remember_language
from zhiping.accounts.forms import KeyForm, OwnForm
from zhiping.accounts.http import Request
from zhiping.accounts.reauthentication import recent_login_required
from zhiping.ledger.act import Act
from zhiping.web.pages import render_form
from zhiping.web.texts import say


def me(request: Request) -> HttpResponse:
    """Show the user's data, roles, second factor and sign-ins."""
    context = {
        "heading": say("accounts.me.title"),
        "person": request.user,
        "guarded": is_mfa_enabled(request.user),
        "sign_ins": queries.sign_ins(request.user),
        "reissues": queries.reissues(request.user),
    }
    return render(request, "accounts/me.html", context)


@recent_login_required
def change(request: Request) -> HttpResponse:
    """Change the user's own data."""
    user = request.user
    shown = {name: getattr(user, name) for name in OwnForm.base_fields if hasattr(user, name)}
    form = OwnForm(request.POST or None, seen=user.head.size, initial=shown)
    if request.method == "POST" and form.run(people.change_own_account, Act.of(request), person=user):
        response = redirect("accounts:me")
        remember_language(response, user)
        return response
    crumbs = [(say("accounts.me.title"), reverse("accounts:me"))]
    context = {"form": form, "heading": say("accounts.me.change"), "crumbs": crumbs}
    return render_form(request, "web/form_page.html", context)


@require_POST
def end_sessions(request: Request) -> HttpResponse:
    """Sign the user out on all other devices."""
    form = KeyForm(request.POST)
    if form.run(people.end_sessions, Act.of(request), person=request.user):
        update_session_auth_hash(request, request.user)
        messages.success(request, say("accounts.me.ended"))
    return redirect("accounts:me")


@require_POST
def confirm_reissues(request: Request) -> HttpResponse:
    """Confirm having seen that the account was issued again."""
    form = KeyForm(request.POST)
    if form.run(invitations.confirm_reissues, Act.of(request), person=request.user):
        request.session.pop("reissued", None)
    return redirect("accounts:me")
