"""Pages of people."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from allauth.account.decorators import reauthentication_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from zhiping.accounts import queries
from zhiping.accounts.actions import people as people_actions
from zhiping.accounts.forms import KeyForm, PersonFilters, PersonForm, ReasonForm, initial
from zhiping.accounts.models import Membership, Role, User
from zhiping.accounts.reauthentication import recent_login_required
from zhiping.accounts.requests import Request
from zhiping.ledger import queries as ledger
from zhiping.ledger.act import Act
from zhiping.permissions import may, require
from zhiping.texts import catalogue
from zhiping.web.forms import Form
from zhiping.web.links import link_to
from zhiping.web.listing import Cell, Column, Listing
from zhiping.web.texts import language, say

TONES = {"active": "success", "waiting": "warning", "shut": "secondary"}


def people(request: Request) -> HttpResponse:
    """Who has an account, what they are, and whether they ever came."""
    require(request.user, "accounts.see_people")
    listing = Listing(
        request, partial(queries.visible_to, request.user), PEOPLE, "accounts.people",
        url=link_to("accounts:person"), filters=partial(PersonFilters), order="name",
        dress=queries.with_guard, beside=queries.held_by, empty_url=reverse("accounts:add-person"),
    )  # fmt: skip
    return listing.response("accounts/people.html")


def _roles(held: list[Membership] | None, office: str) -> str:
    roles = [_role(membership) for membership in held or ()]
    return say("accounts.comma").join([say(f"accounts.offices.{office}"), *roles] if office else roles)


def _role(membership: Membership) -> str:
    return say(
        "accounts.role_at", role=say(f"accounts.roles.{membership.role}"), place=membership.organisation.name
    )


def _state(is_active: bool, password: str) -> Cell:  # noqa: FBT001 - a column
    name = queries.state_on(is_active, password)
    return Cell(say(f"accounts.states.{name}"), badge=TONES[name])


PEOPLE = (
    Column("name", "name"),
    Column("username", "username"),
    Column("roles", reads=("office",), show=_roles, beside=True),
    Column("state", reads=("is_active", "password"), show=_state),
    Column("guarded", "guarded", show=lambda yes: say("accounts.yes" if yes else "accounts.no"), order=()),
    Column("last", "last_login"),
)


def person(request: Request, person_id: UUID) -> HttpResponse:
    """One account: who, what they may, how it is guarded, its history."""
    found = queries.get_person(request.user, person_id)
    steps = [name for name in STEPS if may(request.user, f"accounts.{name}", found) and _fits(name, found)]
    context = {
        "person": found,
        "state": queries.state_of(found),
        "may_change": may(request.user, "accounts.change_person", found),
        "may_invite": may(request.user, "accounts.invite", found) and found.is_active,
        "steps": [_link(name, found) for name in steps],
        "tokens": queries.tokens_of(request.user, found),
        "now": timezone.now(),
        "sign_ins": queries.sign_ins(found),
        "timeline": ledger.timeline(found.pk),
    }
    return render(request, "accounts/person.html", context)


def _link(step: str, found: User) -> tuple[str, str]:
    return reverse(f"accounts:{step.replace('_', '-')}", args=[found.pk]), say(f"accounts.step.{step}.title")


def _fits(step: str, found: User) -> bool:
    fits = {
        "deactivate": found.is_active,
        "reactivate": not found.is_active,
        "reset_second_factor": found.guarded,  # type: ignore[attr-defined] # annotated by queries.people
    }
    return bool(fits.get(step, found.is_active))


def add_person(request: Request) -> HttpResponse:
    """Open an account, then invite."""
    require(request.user, "accounts.see_people")
    own = [o.name for o in request.user.organisations(Role.AUTHORITY)]
    form = PersonForm(request.POST or None, user=request.user, initial={"keeper": own[0] if own else ""})
    if request.method == "POST" and form.run(people_actions.add_person, Act.of(request)):
        return redirect("accounts:person", form.made)
    context = {"form": form, "heading": say("accounts.person.add"), "cancel": reverse("accounts:people")}
    return render(request, "accounts/person_form.html", context)


@recent_login_required
def change_person(request: Request, person_id: UUID) -> HttpResponse:
    """Change who somebody is and what they may."""
    found = queries.get_person(request.user, person_id)
    require(request.user, "accounts.change_person", found)
    form = PersonForm(
        request.POST or None, user=request.user, person=found, seen=found.head.size, initial=initial(found)
    )
    if request.method == "POST" and form.run(people_actions.change_person, Act.of(request), person=found):
        return redirect("accounts:person", found.pk)
    cancel = reverse("accounts:person", args=[found.pk])
    context = {"form": form, "heading": say("accounts.person.change"), "cancel": cancel}
    return render(request, "accounts/person_form.html", context)


STEPS: dict[str, tuple[type[Form], Callable[..., object]]] = {
    "end_sessions": (KeyForm, people_actions.end_sessions),
    "reset_second_factor": (ReasonForm, people_actions.reset_second_factor),
    "deactivate": (ReasonForm, people_actions.deactivate),
    "reactivate": (ReasonForm, people_actions.reactivate),
}


def _step(name: str) -> Callable[..., HttpResponse]:
    """Make the page of a step that says what will happen and is confirmed."""
    shape, action = STEPS[name]

    def view(request: Request, person_id: UUID) -> HttpResponse:
        found = queries.get_person(request.user, person_id)
        require(request.user, f"accounts.{name}", found)
        form = shape(request.POST or None, seen=found.head.size)
        if request.method == "POST" and form.run(action, Act.of(request), person=found):
            return redirect("accounts:person", found.pk)
        return render(
            request, "accounts/step.html", {"form": form, "person": found, "words": words(name, found)}
        )

    return view


def words(step: str, found: User) -> dict[str, str]:
    """Return what the page of a step says about somebody."""
    names = catalogue.lookup(language(), f"accounts.step.{step}")
    return {name: say(f"accounts.step.{step}.{name}", name=found.name) for name in names}


end_sessions = _step("end_sessions")
reset_second_factor = reauthentication_required(_step("reset_second_factor"))
deactivate = _step("deactivate")
reactivate = _step("reactivate")
