"""Pages with a form, and buttons: the two ways in which a person runs an action."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from zhiping.domain.lifecycle import possible
from zhiping.ledger.act import Act
from zhiping.permissions import Actor, may
from zhiping.web.forms import Form
from zhiping.web.texts import say

Action = Callable[..., object]
Crumbs = Sequence[tuple[str, str]]  # name and URL of the pages above, the nearest last
GIVEN = object()  # the default of `about`: the permission is asked for the first thing given


class ButtonForm(Form):
    """A button: a form with nothing to type."""

    texts = "web.form"


def form_page(
    request: HttpRequest, form: Form, action: Action, *,
    crumbs: Crumbs, to: str | Callable[[UUID], str], template: str = "web/form_page.html",
    heading: str = "", permission: str = "", about: object = GIVEN, shown: Mapping[str, Any] | None = None,
    **given: object,
) -> HttpResponse:  # fmt: skip
    """Show the form of an action, or run it on the things given and redirect; 422 where it is refused.

    Checks the permission before it shows the form, so that it is not filled in for nothing: the one named
    after the action, or `permission`; for the first thing given, or for `about`. `to`: the next page, or a
    function from the id of what was made. "Cancel" leads to the last of `crumbs`. The template shows the
    things given, and `shown`.
    """
    act, thing = Act.of(request), next(iter(given.values()), None) if about is GIVEN else about
    act.require(permission or permission_of(action), thing)
    if request.method == "POST" and form.run(action, act, **given):
        return redirect(to if isinstance(to, str) else to(form.made))
    context = {
        **given,
        "form": form,
        "heading": heading or say(f"{form.texts}.title"),
        "crumbs": crumbs,
        "cancel": crumbs[-1][1] if crumbs else "",
        **(shown or {}),
    }
    return render_form(request, template, context)


def render_form(request: HttpRequest, template: str, context: Mapping[str, Any]) -> HttpResponse:
    """Render a page with the form of the context; 422 where it was submitted and refused."""
    refused = request.method == "POST" and bool(context["form"].errors)
    return render(request, template, context, status=422 if refused else 200)


def action_button(
    request: HttpRequest, action: Action, *, to: str, done: str = "", **given: object
) -> HttpResponse:
    """Run the action of a button and redirect; a refusal is a message on the next page.

    `done`: the text of the message after success; its `n` is what the action returned.
    """
    form = ButtonForm(request.POST)
    if not form.run(action, Act.of(request), **given):
        for error in (error for errors in form.errors.values() for error in errors):
            messages.error(request, str(error))
    elif done and not form.repeated:
        messages.success(request, say(done, n=form.result))
    return redirect(to)


def permission_of(action: Action) -> str:
    """Return the permission an action asks for: its app and its name."""
    return f"{action.__module__.split('.')[1]}.{action.__name__}"


def offered(user: Actor, thing: object, *names: str, app: str) -> dict[str, bool]:
    """Return which of an app's actions a user has the permission for: what a page offers."""
    return {name: may(user, f"{app}.{name}", thing) for name in names}


def offered_now(user: Actor, thing: Any, *names: str, app: str) -> dict[str, bool]:
    """Return which of an app's moves are possible in the state of a thing and permitted to a user."""
    head = thing.head
    return {
        name: possible(head.kind, name, head.phase) and may(user, f"{app}.{name}", thing) for name in names
    }
