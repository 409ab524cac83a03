"""Permission checks: the predicates of each app's `rules.py`, asked by name.

A permission is named after its app and its action: "registry.add_platform".
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import rules

from zhiping.domain import lifecycle
from zhiping.domain.errors import NotAllowed
from zhiping.domain.lifecycle import Move

Predicate = Callable[[Any, Any], bool]

_CLOCK: set[str] = set()


class Actor(Protocol):
    """A person who acts: an account of `accounts`, which stands above."""

    @property
    def pk(self) -> Any: ...  # noqa: ANN401, D102 - Django's own

    @property
    def is_active(self) -> bool: ...  # noqa: D102 - Django's own


def may(user: Actor, permission: str, subject: object = None) -> bool:
    """Return whether a person has a permission for a subject: asked before a page offers an action.

    Raises LookupError for an unknown permission, which would otherwise silently refuse everybody.
    """
    if not rules.perm_exists(permission):
        raise LookupError(permission)
    return bool(user.is_active and rules.has_perm(permission, user, subject))


def require(user: Actor | None, permission: str, subject: object = None) -> None:
    """Raise NotAllowed `accounts.not_allowed` unless the person has the permission.

    Without a person the system itself acts, which has the permissions listed by `allow_clock` only.
    """
    if not (permission in _CLOCK if user is None else may(user, permission, subject)):
        raise NotAllowed.of("accounts.not_allowed", permission=permission)


def allow_clock(*permissions: str) -> None:
    """List permissions of the system itself: what the clock, the worker and the set-up of a system do."""
    _CLOCK.update(permissions)


def clock_permissions() -> frozenset[str]:
    """Return the permissions of the system itself."""
    return frozenset(_CLOCK)


def bind(
    stage: str, kind: str, seats: Mapping[str, Predicate], *, but: Mapping[str, Predicate] | None = None
) -> None:
    """Derive the permissions of a stage's moves with a kind of thing from the seats of domain.lifecycle.

    `seats`: the predicate for each seat. `but`: a further condition on a move, by its name.
    """
    for row in lifecycle.of_stage(stage)[kind]:
        if not rules.perm_exists(row.permission):  # a move with several rows has the same seats in each
            rules.add_perm(row.permission, _holds_seat(row, seats, (but or {}).get(row.name)))


def _holds_seat(row: Move, seats: Mapping[str, Predicate], but: Predicate | None) -> Any:  # noqa: ANN401 - rules has no types
    @rules.predicate(row.name)
    def holds(user: Actor, subject: Any) -> bool:  # noqa: ANN401 - a thing of any app
        if subject is None:
            return False
        kind = getattr(getattr(subject, "evaluation", subject), "kind", "")
        named = (seat for together in row.seats(kind) for seat in together)
        return any(seats[seat](user, subject) for seat in named) and (but is None or but(user, subject))

    return holds
