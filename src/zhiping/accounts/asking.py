"""Who asks, and one way to answer a form or a button."""

from collections.abc import Callable
from inspect import signature
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from zhiping.accounts.models import User
from zhiping.accounts.requests import Request
from zhiping.accounts.rules import may, require
from zhiping.domain.errors import AlreadyDone
from zhiping.ids import uuid7
from zhiping.web.forms import Form
from zhiping.web.texts import say


def offered(user: User, subject: object, *actions: str, app: str) -> dict[str, bool]:
    """Return which of an app's actions somebody may do to a thing: what the page offers."""
    return {name: may(user, f"{app}.{name}", subject) for name in actions}


def answer_form(
    request: Request,
    form: Form,
    action: Callable[..., object],
    target: Callable[[], str],
    *,
    about: object,
    template: str = "web/action_page.html",
    context: dict[str, Any] | None = None,
    **given: object,
) -> HttpResponse:
    """Show the form of an action, or run it and go on to the target; nobody fills in in vain."""
    require(request.user, permission_of(action), about)
    if request.method == "POST" and form.run(action, by=request.user, now=timezone.now(), **given):
        return redirect(target())
    shown = {"form": form, "about": about} | (context or {})
    if "heading" not in shown:
        shown["heading"] = say(f"{form.texts}.title")
    return render(request, template, shown, status=422 if form.errors else 200)


def permission_of(action: Callable[..., object]) -> str:
    """Return the permission an action asks for: its app and its own name."""
    return f"{action.__module__.split('.')[1]}.{action.__name__}"


def answer_button(
    request: Request, action: Callable[..., object], target: str, *, done: str = "", **given: object
) -> HttpResponse:
    """Run the action of a button with its `key` and `seen`; a repeat counts as done. `done`: what is said."""
    key, seen = _uuid(request.POST.get("key", "")), request.POST.get("seen", "")
    if seen.isdecimal() and "expect" in signature(action).parameters:
        given["expect"] = int(seen)
    try:
        made = action(by=request.user, now=timezone.now(), id=key, **given)
    except AlreadyDone:
        made = None
    if done and made is not None:
        messages.success(request, say(done, n=made))
    return redirect(target)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return uuid7()
