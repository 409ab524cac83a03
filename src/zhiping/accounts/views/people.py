"""Pages of people."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from allauth.account.decorators import reauthentication_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from zhiping.accounts import queries
from zhiping.accounts.actions import people as actions
from zhiping.accounts.forms import KeyForm, PersonFilters, PersonForm, ReasonForm, initial
from zhiping.accounts.http import Request
from zhiping.accounts.models import Membership, Role, User
from zhiping.accounts.reauthentication import recent_login_required
from zhiping.ledger import queries as ledger
from zhiping.ledger.act import Act
from zhiping.permissions import may, require
from zhiping.web.forms import Form, hide_phone
from zhiping.web.links import link_to
from zhiping.web.listing import Cell, Column, Listing, state_cell
from zhiping.web.pages import form_page, offered
from zhiping.web.texts import say

link = link_to("accounts:person")


def people(request: Request) -> HttpResponse:
    """List accounts with roles, state and last sign-in."""
    require(request.user, "accounts.see_people")
    listing = Listing(
        request, partial(queries.visible_to, request.user), PEOPLE, "accounts.people",
        url=link, filters=partial(PersonFilters), order="name",
        dress=queries.with_guard, beside=queries.held_by, empty_url=reverse("accounts:add-person"),
    )  # fmt: skip
    return listing.response("accounts/people.html")


def _roles(held: list[Membership] | None, office: str) -> str:
    roles = [_role(membership) for membership in held or ()]
    return say("wording.semicolon").join([say(f"accounts.offices.{office}"), *roles] if office else roles)


def _role(membership: Membership) -> str:
    return say(
        "accounts.role_at", role=say(f"accounts.roles.{membership.role}"), place=membership.organisation.name
    )


def _state(is_active: bool, password: str) -> Cell:  # noqa: FBT001 - a column
    return state_cell("accounts.states", queries.state_on(is_active, password))


PEOPLE = (
    Column("name", "name"),
    Column("username", "username"),
    Column("roles", reads=("office",), show=_roles, beside=True),
    Column("state", reads=("is_active", "password"), show=_state),
    Column("guarded", "guarded", show=lambda yes: say("accounts.yes" if yes else "accounts.no"), order=()),
    Column("last", "last_login"),
)


def crumbs(person: User | None = None) -> list[tuple[str, str]]:
    """Return the pages above that of a person, or above a form about the person."""
    above = [(say("accounts.people.title"), reverse("accounts:people"))]
    return [*above, (person.name, link(person))] if person else above


def person(request: Request, person_id: UUID) -> HttpResponse:
    """Show an account with roles, tokens, sign-ins and timeline."""
    person = queries.get_person(request.user, person_id)
    context = {
        "person": person,
        "heading": person.name,
        "crumbs": crumbs(),
        "state": queries.state_of(person),
        "may": offered(request.user, person, "change_person", "show_phone", app="accounts"),
        "may_invite": may(request.user, "accounts.invite", person) and person.is_active,
        "steps": [_link(name, person) for name in _steps(request.user, person)],
        "tokens": queries.tokens_of(request.user, person),
        "now": timezone.now(),
        "sign_ins": queries.sign_ins(person),
        "timeline": ledger.timeline(person.pk),
    }
    return render(request, "accounts/person.html", context)


def _steps(user: User, person: User) -> list[str]:
    return [name for name in STEPS if may(user, f"accounts.{name}", person) and _fits(name, person)]


def _link(step: str, person: User) -> tuple[str, str]:
    return reverse(f"accounts:{step.replace('_', '-')}", args=[person.pk]), say(f"accounts.step.{step}.title")


def _fits(step: str, person: User) -> bool:
    fits = {
        "deactivate": person.is_active,
        "reactivate": not person.is_active,
        "reset_second_factor": person.guarded,  # type: ignore[attr-defined] # annotated by queries.people
    }
    return bool(fits.get(step, person.is_active))


def add_person(request: Request) -> HttpResponse:
    """Add an account; the person is invited afterwards."""
    own = [o.name for o in request.user.organisations(Role.AUTHORITY)]
    form = PersonForm(request.POST or None, user=request.user, initial={"keeper": own[0] if own else ""})
    return form_page(
        request, form, actions.add_person, permission="accounts.see_people", about=None, crumbs=crumbs(),
        to=link, template="accounts/person_form.html", heading=say("accounts.person.add"),
    )  # fmt: skip


@recent_login_required
def change_person(request: Request, person_id: UUID) -> HttpResponse:
    """Change a person's data and roles."""
    person = queries.get_person(request.user, person_id)
    form = PersonForm(
        request.POST or None, user=request.user, person=person, seen=person.head.size, initial=initial(person)
    )
    hide_phone(form, person.phone)
    return form_page(
        request, form, actions.change_person, person=person, crumbs=crumbs(person), to=link(person),
        template="accounts/person_form.html", heading=say("accounts.person.change"),
    )  # fmt: skip


@require_POST
def show_phone(request: Request, person_id: UUID) -> HttpResponse:
    """Show the telephone of an account, once asked: the audit log has who asked, and when."""
    person = queries.get_person(request.user, person_id)
    number = actions.show_phone(Act.of(request), person)
    context = {"number": number, "heading": person.name, "crumbs": crumbs(person)}
    return render(request, "web/phone.html", context)


STEPS: dict[str, tuple[type[Form], Callable[..., object]]] = {
    "end_sessions": (KeyForm, actions.end_sessions),
    "reset_second_factor": (ReasonForm, actions.reset_second_factor),
    "deactivate": (ReasonForm, actions.deactivate),
    "reactivate": (ReasonForm, actions.reactivate),
}


def _step(name: str) -> Callable[..., HttpResponse]:
    """Return the page of a step: a note of its effects, and a form to confirm it."""
    shape, action = STEPS[name]

    def view(request: Request, person_id: UUID) -> HttpResponse:
        person = queries.get_person(request.user, person_id)
        return form_page(
            request, shape(request.POST or None, seen=person.head.size), action, person=person,
            crumbs=crumbs(person), to=link(person), **step_texts(name, person),
        )  # fmt: skip

    return view


def step_texts(step: str, person: User) -> dict[str, Any]:
    """Return heading, note and button of the page of a step."""
    about = say(f"accounts.step.{step}.about", name=person.name)
    shown = {"note": about, "submit": say(f"accounts.step.{step}.button")}
    return {"heading": say(f"accounts.step.{step}.title"), "shown": shown}


end_sessions = _step("end_sessions")
reset_second_factor = reauthentication_required(_step("reset_second_factor"))
deactivate = _step("deactivate")
reactivate = _step("reactivate")
