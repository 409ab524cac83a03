"""Tasks: what a stage offers to the desk of a user."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Self

MOST = 10  # tasks of one kind; the lists have the rest


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do: the key of its sentence, what the sentence needs, where to do it, by when.

    `urged`: the day on which an office asked for it.
    """

    code: str
    data: dict[str, Any]
    url: str
    due: dt.date | None = None
    late: bool = False
    urged: dt.date | None = None

    @classmethod
    def until(
        cls, due: dt.date | None, today: dt.date, code: str, url: str, *,
        urged: dt.date | None = None, **data: Any,
    ) -> Self:  # fmt: skip
        """Return a task with a deadline, which is late after it."""
        return cls(code, data, url, due, late=due is not None and due < today, urged=urged)


Tasks = Callable[[Any, dt.date], Iterator[Task]]  # of a user, today
