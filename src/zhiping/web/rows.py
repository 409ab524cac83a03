"""Rows of a list as light things: only what its columns read, and no model is made of them.

Models take five times as long for a page of fifty rows with the names around them, and a field that somebody
forgets is fetched anew for each; here it is an error.
"""

from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any

from django.db.models import QuerySet

Make = Callable[[tuple[Any, ...]], Any]


def light(found: QuerySet[Any], reads: Sequence[str]) -> Iterator[Any]:
    """Return things with `pk` and what is named: `trip__name` is read as `thing.trip.name`.

    Where there is no trip, `thing.trip` is None.
    """
    tree: dict[str, Any] = {}
    for position, name in enumerate(("pk", *reads)):
        *parents, last = name.split("__")
        at = tree
        for parent in parents:
            at = at.setdefault(parent, {})
        at[last] = position
    return map(_maker(tree), found.values_list("pk", *reads).iterator(chunk_size=500))


def _maker(tree: dict[str, Any]) -> Make:
    plain = [(name, at) for name, at in tree.items() if isinstance(at, int)]
    deep = [(name, _maker(at)) for name, at in tree.items() if not isinstance(at, int)]

    def make(values: tuple[Any, ...]) -> Any:
        own = {name: values[at] for name, at in plain}
        own.update((name, part(values)) for name, part in deep)
        return SimpleNamespace(**own) if any(value is not None for value in own.values()) else None

    return make
