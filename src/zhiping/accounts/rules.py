"""Permission predicates of accounts and organisations."""

import datetime as dt
from dataclasses import dataclass

import rules
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings

from zhiping.accounts.models import Organisation, Role, User
from zhiping.permissions import allow_clock


@dataclass(frozen=True, slots=True)
class Standing:
    """The office, roles and keeper a person has, or is about to get."""

    office: str
    roles: tuple[tuple[str, Organisation], ...]
    keeper: Organisation | None


def standing(person: User) -> Standing:
    """Return a person's present standing."""
    return Standing(person.office, tuple((m.role, m.organisation) for m in person.held), person.keeper)


@rules.predicate
def administrator(user: User) -> bool:
    """Return whether the user administers accounts and settings."""
    return user.is_administrator


@rules.predicate
def auditor(user: User) -> bool:
    """Return whether the user reads the audit log."""
    return user.office == User.Office.AUDITOR


@rules.predicate
def officer(user: User) -> bool:
    """Return whether the user is an officer of an authority."""
    return bool(user.regions)


def responsible(user: User, region_code: str) -> bool:
    """Return whether the user is an officer of an authority over this region."""
    return any(first <= region_code <= last for first, last in user.regions)


def works_for(user: User, organisation_id: object, *roles: Role) -> bool:
    """Return whether the user has one of the roles in the organisation."""
    return any(m.organisation_id == organisation_id and m.role in roles for m in user.held)


@rules.predicate
def in_remit(user: User, subject: User | Standing | None) -> bool:
    """Return whether an officer is responsible for every role and the keeper of a person.

    Never for a person with an office or a role in an authority: resetting a password means becoming that
    person.
    """
    what = standing(subject) if isinstance(subject, User) else subject
    if what is None or what.office:
        return False
    operators = all(role in (Role.OPERATOR, Role.OPERATOR_HEAD) for role, _ in what.roles)
    places = [organisation.region_id for _, organisation in what.roles]
    places += [what.keeper.region_id] if what.keeper else []
    return operators and bool(places) and all(responsible(user, code) for code in places)


@rules.predicate
def own_staff(user: User, subject: User | Standing | None) -> bool:
    """Return whether the user heads the operator that all roles of a person are in."""
    what = standing(subject) if isinstance(subject, User) else subject
    if what is None or what.office or not what.roles:
        return False
    operators = all(role in (Role.OPERATOR, Role.OPERATOR_HEAD) for role, _ in what.roles)
    places = [*(place for _, place in what.roles), *([what.keeper] if what.keeper else [])]
    return operators and all(works_for(user, place.pk, Role.OPERATOR_HEAD) for place in places)


@rules.predicate
def heads_staff(user: User) -> bool:
    """Return whether the user heads an operator."""
    return bool(user.organisations(Role.OPERATOR_HEAD))


@rules.predicate
def oneself(user: User, person: User | None) -> bool:
    """Return whether it is the user's own account."""
    return isinstance(person, User) and person.pk == user.pk


@rules.predicate
def may_register(user: User, organisation: Organisation | None) -> bool:
    """Return whether the user is an officer over an operator's region."""
    operator = organisation is not None and organisation.kind == Organisation.Kind.OPERATOR
    return operator and organisation is not None and responsible(user, organisation.region_id)


MANAGES = administrator | in_remit
LOOKS_AFTER = MANAGES | own_staff
for _action in ("change_person", "reset_second_factor"):
    rules.add_perm(f"accounts.{_action}", MANAGES)
for _action in ("add_person", "reactivate", "invite"):
    rules.add_perm(f"accounts.{_action}", LOOKS_AFTER)
rules.add_perm("accounts.show_phone", LOOKS_AFTER | oneself)
rules.add_perm("accounts.deactivate", LOOKS_AFTER & ~oneself)
rules.add_perm("accounts.end_sessions", LOOKS_AFTER | oneself)
rules.add_perm("accounts.revoke_token", LOOKS_AFTER | oneself)
rules.add_perm("accounts.change_own_account", oneself)
rules.add_perm("accounts.set_password", oneself)
rules.add_perm("accounts.accept", oneself)
rules.add_perm("accounts.confirm_reissues", oneself)
rules.add_perm("accounts.add_token", oneself)
rules.add_perm("accounts.add_organisation", administrator | may_register)
rules.add_perm("accounts.change_organisation", administrator | may_register)
rules.add_perm("accounts.load_regions", administrator)
rules.add_perm("accounts.see_people", administrator | officer | heads_staff)
rules.add_perm("accounts.see_organisations", administrator | officer)
rules.add_perm("accounts.see_audit_log", auditor)
allow_clock(
    "accounts.add_organisation",  # these four: a system is set up, a demonstration filled
    "accounts.add_person",
    "accounts.invite_first_administrator",
    "accounts.load_regions",
    "accounts.forget_sessions",
)


def lacks_second_factor(user: User) -> bool:
    """Return whether the person's office requires a second factor that is not set up."""
    return user.office in settings.REQUIRE_MFA and not is_mfa_enabled(user)


def password_expired(user: User, now: dt.datetime) -> bool:
    """Return whether the password has reached the age the profile allows."""
    days, since = settings.PROFILE.days, user.password_set
    return bool(days and since and now - since > dt.timedelta(days=days))
