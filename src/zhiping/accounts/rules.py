"""Who may, as named predicates; and `require`, the first line of every action."""

import rules

from zhiping.accounts.models import Role, User, subtree
from zhiping.domain.errors import NotAllowed, Problem


def require(by: User, permission: str, subject: object = None) -> None:
    """Let an action go on only if the person may; raises NotAllowed `accounts.not_allowed`.

    A permission bears its action's name: "registry.add_platform".
    """
    if not has(by, permission, subject):
        raise NotAllowed([Problem("accounts.not_allowed", {"permission": permission})])


def has(user: User, permission: str, subject: object = None) -> bool:
    """Tell whether the person may, so that a page offers only what would be done."""
    return user.is_active and bool(rules.has_perm(permission, user, subject))


@rules.predicate
def administrator(user: User) -> bool:
    """Accounts and settings."""
    return user.office == User.Office.ADMINISTRATOR


@rules.predicate
def auditor(user: User) -> bool:
    """The audit log."""
    return user.office == User.Office.AUDITOR


@rules.predicate
def officer(user: User) -> bool:
    """An officer of some authority."""
    return bool(user.regions)


def responsible(user: User, region_code: str) -> bool:
    """Whether the person is an officer of an authority over this region."""
    return any(first <= region_code <= last for first, last in user.regions)


def works_for(user: User, organisation_id: object, *roles: Role) -> bool:
    """Whether the person holds one of the roles in the organisation."""
    return any(m.organisation_id == organisation_id and m.role in roles for m in user.held)


__all__ = ["administrator", "auditor", "has", "officer", "require", "responsible", "subtree", "works_for"]
