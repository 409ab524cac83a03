"""Who asks, what they may do here, and one way to answer a form."""

from collections.abc import Callable

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from zhiping.accounts.models import User
from zhiping.accounts.requests import Request
from zhiping.accounts.rules import may, require
from zhiping.registry.models import Platform, Site, Trigger
from zhiping.web.forms import Form
from zhiping.web.texts import say


def offered(user: User, subject: object, *actions: str) -> dict[str, bool]:
    """Return which of the register's actions somebody may do to a thing: what the page offers."""
    return {name: may(user, f"registry.{name}", subject) for name in actions}


def answer_form(
    request: Request,
    form: Form,
    action: Callable[..., object],
    target: Callable[[], str],
    **given: Platform | Site | Trigger,
) -> HttpResponse:
    """Show the form of an action on a thing, or run it and go on to the target; nobody fills in in vain."""
    about = next((getattr(thing, "platform", thing) for thing in given.values()), None)
    if about is not None:
        require(request.user, f"registry.{action.__name__}", about)
    if request.method == "POST" and form.run(action, by=request.user, now=timezone.now(), **given):
        return redirect(target())
    context = {
        "form": form,
        "heading": say(f"registry.titles.{action.__name__}"),
        "about": about,
        "trigger": given.get("trigger"),
    }
    return render(request, "registry/form.html", context, status=422 if form.errors else 200)
