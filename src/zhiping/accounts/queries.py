"""Queries of people, organisations, tokens and the audit log."""

import datetime as dt
import hashlib
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import is_password_usable
from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Value
from django.shortcuts import get_object_or_404

from zhiping.accounts.models import ApiToken, Invitation, Membership, Organisation, Region, Role, User
from zhiping.accounts.rules import administrator
from zhiping.ledger.models import Audit, Event
from zhiping.permissions import may, require
from zhiping.texts import catalogue
from zhiping.web.texts import language

TOKEN_PREFIX = "zp_"  # noqa: S105 - not a secret, only how one begins
UNUSABLE = "!"  # prefix of Django's unusable passwords


class Code(Value):
    """A region's code as a literal in the statement, so that PostgreSQL plans with the rows of that region.

    For a parameter of a prepared statement it would assume almost no rows.
    """

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[str | int, ...]]:  # noqa: ARG002
        """Return the code in quotes; raises ValueError if it is not a number."""
        return f"'{int(self.value):06d}'", ()


def knows_email(person: User) -> bool:
    """Whether a person has seen the present e-mail address of the own account.

    An invitation that is accepted and own data that are saved show it; another person may change it after.
    """
    events = Event.objects.filter(head=person.pk, name__in=("user.accepted", "user.changed"))
    for event in events.order_by("-seq"):
        if event.name == "user.accepted" or event.by_id == person.pk:
            return True
        rows = event.data.get("changes", {}).get("accounts_user", {})
        if "email" in rows.get(str(person.pk), {}):
            return False
    return True


def in_regions(user: User, field: str) -> Q:
    """Return the condition that a region code is in a subtree the user is responsible for."""
    condition = Q(pk__in=[])
    for first, last in user.regions:
        condition |= Q(**{f"{field}__gte": Code(first), f"{field}__lte": Code(last)})
    return condition


def visible_to(user: User) -> QuerySet[User]:
    """Return the accounts visible to the user, one's own included.

    Administrators see all, officers those of their regions, operators' heads those of their operators.
    """
    if administrator(user):
        return User.objects.all()
    near = Membership.objects.filter(in_regions(user, "organisation__region_id") | _headed(user))
    return User.objects.filter(
        Q(pk=user.pk) | Q(pk__in=near.values("user_id")) | in_regions(user, "keeper__region_id")
    )


def _headed(user: User) -> Q:
    """Return the condition that a role is in an operator whose head the user is."""
    own = user.memberships.filter(role=Role.OPERATOR_HEAD).values("organisation_id")
    return Q(role__in=(Role.OPERATOR, Role.OPERATOR_HEAD), organisation__in=own)


def people(user: User) -> QuerySet[User]:
    """Return the visible accounts with their roles and whether they have a second factor.

    Raises NotAllowed if the user manages no accounts.
    """
    require(user, "accounts.see_people")
    return (
        with_guard(visible_to(user))
        .select_related("keeper")
        .prefetch_related(Prefetch("memberships", _held(), to_attr="held"))  # type: ignore[no-redef] # filled ahead
    )


def _held() -> QuerySet[Membership]:
    return Membership.objects.select_related("organisation__region").order_by("role", "organisation__name")


def with_guard(users: QuerySet[User]) -> QuerySet[User]:
    """Annotate accounts with `guarded`: whether they have a second factor."""
    return users.annotate(guarded=Exists(Authenticator.objects.filter(user_id=OuterRef("pk"))))


def held_by(keys: list[UUID]) -> dict[UUID, list[Membership]]:
    """Return the roles of people, by their ids."""
    held: dict[UUID, list[Membership]] = {}
    for membership in _held().filter(user__in=keys):
        held.setdefault(membership.user_id, []).append(membership)
    return held


def get_person(user: User, person_id: UUID) -> User:
    """Return one account; Http404 if it is not visible to the user."""
    return get_object_or_404(people(user), pk=person_id)


def waiting() -> Q:
    """Return the condition that a person never accepted an invitation."""
    return Q(password__startswith=UNUSABLE)


def uninvited(user: User, now: dt.datetime, organisation: Organisation | None = None) -> QuerySet[User]:
    """Return the active people who never accepted and have no valid invitation."""
    invited = open_invitations(now).filter(user_id=OuterRef("pk"))
    waiting_people = people(user).filter(waiting(), ~Exists(invited), is_active=True)
    if organisation is None:
        return waiting_people
    members = Membership.objects.filter(organisation=organisation).values("user_id")
    return waiting_people.filter(Q(pk__in=members) | Q(keeper=organisation))


def open_invitations(now: dt.datetime) -> QuerySet[Invitation]:
    """Return the invitations that can still be accepted; a deactivated person has none."""
    return Invitation.objects.filter(used__isnull=True, expires__gt=now)


def is_open_link(token: str, now: dt.datetime) -> bool:
    """Return whether the token of a link belongs to an invitation that can still be accepted."""
    return open_invitations(now).filter(token_sha256=hashlib.sha256(token.encode()).hexdigest()).exists()


def reissues(person: User) -> QuerySet[Invitation]:
    """Return the invitations of a person who had a password already, latest first."""
    return Invitation.objects.filter(user=person, again=True).select_related("by").order_by("-expires")


def unseen_reissues(person: User) -> QuerySet[Invitation]:
    """Return those that the person has not confirmed, or which were accepted since."""
    return reissues(person).filter(Q(seen__isnull=True) | Q(used__gt=F("seen")))


def has_administrator() -> bool:
    """Return whether there is an administrator: active, the invitation accepted."""
    return User.objects.filter(~waiting(), office=User.Office.ADMINISTRATOR, is_active=True).exists()


def sign_ins(person: User) -> QuerySet[Audit]:
    """Return the last ten sign-ins of a person, with the device as the browser names itself."""
    return Audit.objects.filter(by_id=person.pk, action="signed_in").order_by("-at")[:10]


def organisations(user: User, *, operators: bool = False) -> QuerySet[Organisation]:
    """Return the organisations visible to the user: all for administrators, else by region and role.

    `operators`: only operators.
    """
    rows = Organisation.objects.select_related("region")
    if operators:
        rows = rows.filter(kind=Organisation.Kind.OPERATOR)
    if administrator(user):
        return rows
    own = user.memberships.values("organisation_id")
    return rows.filter(in_regions(user, "region_id") | Q(pk__in=own))


def organisation_list(user: User) -> QuerySet[Organisation]:
    """Return the visible organisations with the number of people who have a role in each."""
    require(user, "accounts.see_organisations")
    return with_people(organisations(user))


def with_people(organisations: QuerySet[Organisation]) -> QuerySet[Organisation]:
    """Annotate organisations with `people`: the number of people who have a role in each."""
    return organisations.annotate(people=Count("memberships__user", distinct=True))


def get_organisation(user: User, organisation_id: UUID) -> Organisation:
    """Return one organisation; Http404 if it is not visible to the user."""
    return get_object_or_404(organisations(user).select_related("head"), pk=organisation_id)


def members(user: User, organisation: Organisation) -> QuerySet[Membership]:
    """Return the roles in an organisation of the people visible to the user."""
    rows = Membership.objects.filter(organisation=organisation, user__in=visible_to(user))
    return rows.select_related("user").order_by("role", "user__name")


def regions(user: User) -> QuerySet[Region]:
    """Return the regions in which the user may add organisations."""
    return Region.objects.all() if administrator(user) else Region.objects.filter(in_regions(user, "code"))


def audit_log(user: User) -> QuerySet[Audit]:
    """Return the audit log, for auditors only; raises NotAllowed."""
    require(user, "accounts.see_audit_log")
    return Audit.objects.select_related("by")


def holding(role: str) -> Q:
    """Return the condition that a person has a role in some organisation."""
    return Q(pk__in=Membership.objects.filter(role=role).values("user_id"))


def state(name: str) -> Q:
    """Return the condition for the state of an account: active, waiting for its person, or shut."""
    return {
        "active": Q(is_active=True) & ~waiting(),
        "waiting": Q(is_active=True) & waiting(),
        "shut": Q(is_active=False),
    }[name]


def state_of(person: User) -> str:
    """Return the state of an account, by the same rule as `state`."""
    return state_on(person.is_active, person.password)


def state_on(is_active: bool, password: str) -> str:  # noqa: FBT001 - a column
    """Return the state of an account with these values."""
    if not is_active:
        return "shut"
    return "active" if is_password_usable(password) else "waiting"


def action_text(action: str) -> str:
    """Return the text of an action in the audit log; the code if it has none."""
    return str(catalogue.lookup(language(), "accounts.audit_actions").get(action, action))


def tokens(user: User) -> QuerySet[ApiToken]:
    """Return the user's tokens, newest first."""
    return ApiToken.objects.filter(user=user).order_by("-created")


def get_token(user: User, token_id: UUID) -> ApiToken:
    """Return one of the user's tokens; Http404 for those of others."""
    return get_object_or_404(tokens(user), pk=token_id)


def tokens_of(user: User, person: User) -> QuerySet[ApiToken]:
    """Return a person's tokens, if the user may revoke them."""
    return tokens(person) if may(user, "accounts.revoke_token", person) else ApiToken.objects.none()


def recognised(secret: str, now: dt.datetime) -> ApiToken | None:
    """Return the token of a secret while it is valid and its person active."""
    if not secret.startswith(TOKEN_PREFIX):
        return None
    token = ApiToken.objects.select_related("user").filter(sha256=secret_hash(secret)).first()
    good = token and token.revoked is None and token.expires > now and token.user.is_active
    return token if good else None


def secret_hash(secret: str) -> str:
    """Return the hash of a token's secret, which the database keeps."""
    return hashlib.sha256(secret.encode()).hexdigest()
