"""The entries of the menu as data: URL name, text key, app, permission.

An entry without an app is active for all pages below its own URL.
"""

from collections.abc import Callable

from zhiping.accounts.models import Role, User
from zhiping.accounts.rules import administrator
from zhiping.permissions import may


def _anybody(_: User) -> bool:
    return True


def _registry(user: User) -> bool:
    return bool(user.organisations(Role.AUTHORITY, Role.OPERATOR, Role.OPERATOR_HEAD))


def _officer(user: User) -> bool:
    return bool(user.regions)


def _pool(user: User) -> bool:
    return bool(user.organisations(Role.AUTHORITY, Role.OPERATOR_HEAD))


def _evaluations(user: User) -> bool:
    return not user.office


def _archive(user: User) -> bool:
    return bool(user.organisations(*Role))


def _may(permission: str) -> Callable[[User], bool]:
    return lambda user: may(user, permission)


def _keeps_records(user: User) -> bool:
    return not administrator(user) and may(user, "operations.see_records")  # theirs is below operations


ENTRIES: tuple[tuple[str, str, str, Callable[[User], bool]], ...] = (
    ("registry:platforms", "registry.platforms.title", "registry", _registry),
    ("evaluations:evaluations", "evaluations.title", "", _evaluations),
    ("evaluations:self-evaluations", "self_evaluations.title", "", _registry),
    ("evaluations:programmes", "nav.programmes", "", _officer),
    ("insights:overview", "insights.title", "insights", _officer),
    ("experts:experts", "experts.title", "", _pool),
    ("archive:records", "archive.records.title", "archive", _archive),
    ("registry:regions", "registry.regions.title", "registry", administrator),
    ("rubrics:rubrics", "rubrics.list.title", "rubrics", _anybody),
    ("operations:overview", "nav.operations", "operations", administrator),
    ("operations:records", "operations.records.title", "", _keeps_records),
    ("accounts:people", "nav.people", "", _may("accounts.see_people")),
    ("accounts:organisations", "accounts.organisations.title", "", _may("accounts.see_organisations")),
    ("accounts:audit", "accounts.audit.title", "", _may("accounts.see_audit_log")),
)
