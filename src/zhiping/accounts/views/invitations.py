"""Pages of invitations: creating and accepting them."""

import base64
from dataclasses import replace
from typing import Any
from uuid import UUID

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.core import ratelimit
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from zhiping.accounts import queries
from zhiping.accounts.actions import invitations
from zhiping.accounts.actions.invitations import Slip
from zhiping.accounts.forms import AcceptForm, KeyForm, PinForm, SlipsForm
from zhiping.accounts.http import Request
from zhiping.accounts.models import Invitation
from zhiping.accounts.reauthentication import recent_login_required
from zhiping.accounts.views.people import crumbs, link, step_texts
from zhiping.documents.papers import code
from zhiping.domain.errors import AlreadyDone, Invalid
from zhiping.ledger.act import Act
from zhiping.permissions import require
from zhiping.web.pages import render_form
from zhiping.web.texts import language, say

SESSION = "invitation"  # the one whose PIN was shown in this session


@recent_login_required
def invite(request: Request, person_id: UUID) -> HttpResponse:
    """Invite a person and show the slip, this once: the database keeps only hashes."""
    person = queries.get_person(request.user, person_id)
    require(request.user, "accounts.invite", person)
    form = KeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            slip = invitations.invite(replace(Act.of(request), id=form.cleaned_data["key"]), person=person)
        except AlreadyDone:  # sent twice: the first response has the slip
            return redirect("accounts:person", person.pk)
        return _slips(request, [slip])
    texts = step_texts("invite", person)
    again = "" if person.waits else say("accounts.step.invite.again", name=person.name)
    context = {"form": form, "again": again, "crumbs": crumbs(person), "cancel": link(person)}
    context |= {"heading": texts["heading"]} | texts["shown"]
    return render_form(request, "accounts/invite.html", context)


@recent_login_required
def invite_many(request: Request) -> HttpResponse:
    """Print slips for the people without a valid invitation."""
    form = SlipsForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        where = form.cleaned_data["organisation"]
        return _slips(request, invitations.invite_waiting(Act.of(request), organisation=where))
    waiting = queries.uninvited(request.user, timezone.now()).count()
    context = {"form": form, "heading": say("accounts.slips.title"), "crumbs": crumbs()}
    context |= {"note": say("accounts.slips.about", n=waiting), "submit": say("accounts.slips.button")}
    return render_form(request, "web/form_page.html", context)


def _slips(request: Request, slips: list[Slip]) -> HttpResponse:
    shown = [{"slip": slip, "address": settings.ADDRESS + slip.path} for slip in slips]
    for one in shown:
        one["qr"] = qr(str(one["address"]))
    context = {"slips": shown, "heading": say("accounts.slips.done"), "crumbs": crumbs()}
    return render(request, "accounts/slips.html", context)


def qr(text: str) -> str:
    """Return a QR code as the data URL of an image."""
    return "data:image/svg+xml;base64," + base64.b64encode(code.svg(text).encode()).decode()


@login_not_required
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Ask for the PIN of a link; an unknown, used or expired link looks the same."""
    form = PinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        known = queries.is_open_link(token, timezone.now())  # five wrong PINs end it
        if not known and not ratelimit.consume(request, action="invitation"):
            form.add_error(None, say("accounts.sign_in.too_many"))
        else:
            return _tried(request, token, form)
    return render_form(request, "accounts/invitation.html", {"form": form})


def _tried(request: HttpRequest, token: str, form: PinForm) -> HttpResponse:
    try:
        invitation = invitations.try_pin(token=token, pin=form.cleaned_data["pin"], now=timezone.now())
    except Invalid as refused:
        form.refuse(refused)
        return render_form(request, "accounts/invitation.html", {"form": form})
    request.session[SESSION] = str(invitation.pk)
    return redirect("accounts:accept")


@login_not_required
def accept(request: HttpRequest) -> HttpResponse:
    """Set user name and password and sign in, with the second factor if there is one."""
    shown = _shown(request)
    if shown is None:
        return render(request, "accounts/invitation_gone.html", status=404)
    form = AcceptForm(request.POST or None, person=shown.user, initial={"username": shown.user.username})
    act = Act(shown.user, timezone.now())  # the invited person's own
    if request.method == "POST" and form.run(invitations.accept, act, invitation=shown, language=language()):
        del request.session[SESSION]
        shown.user.refresh_from_db()
        record_authentication(request, shown.user, "password")
        response: HttpResponse = perform_login(request, Login(user=shown.user))
        return response
    return render_form(request, "accounts/accept.html", {"form": form, "person": shown.user})


def _shown(request: HttpRequest) -> Invitation | None:
    stored: Any = request.session.get(SESSION)
    rows = queries.open_invitations(timezone.now()).select_related("user")
    return rows.filter(pk=stored).first() if stored else None
