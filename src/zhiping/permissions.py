"""Permission checks: the predicates of each app's `rules.py`, asked by name.

A permission is named after its app and its action: "registry.add_platform".
"""

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import or_
from typing import Any, Protocol

import rules

from zhiping.domain.errors import NotAllowed
from zhiping.domain.lifecycle import Move

Predicate = rules.predicates.Predicate

_CLOCK: set[str] = set()


class Actor(Protocol):
    """A person who acts: an account of `accounts`, a higher layer."""

    @property
    def pk(self) -> Any: ...  # noqa: ANN401, D102 - Django's own

    @property
    def is_active(self) -> bool: ...  # noqa: D102 - Django's own


def may(user: Actor, permission: str, subject: object = None) -> bool:
    """Return whether a person has a permission for a subject: asked before a page offers an action.

    Raises LookupError for an unknown permission, which would otherwise silently refuse all users.
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
    """Grant permissions to the system itself: periodic jobs, the worker, the set-up of a system."""
    _CLOCK.update(permissions)


def clock_permissions() -> frozenset[str]:
    """Return the permissions of the system itself."""
    return frozenset(_CLOCK)


def bind(
    moves: Iterable[Move], seats: Mapping[str, Predicate], *, but: Mapping[str, Predicate] | None = None
) -> None:
    """Derive the permissions of moves from their seats (domain.lifecycle).

    `seats`: the predicate of `rules` for each seat. `but`: a further condition on a move, by its name.
    """
    for row in {row.permission: row for row in moves}.values():  # the rows of a move have the same seats
        names = dict.fromkeys(seat for together in (*row.by, *row.by_self) for seat in together)
        holds = reduce(or_, (seats[name] for name in names))
        rules.add_perm(row.permission, holds & but[row.name] if but and row.name in but else holds)
