"""The catalogue in the language of the person who is asking."""

from typing import Any

from django.utils.functional import lazystr
from django.utils.translation import get_language

from zhiping.domain.errors import Problem
from zhiping.texts import catalogue


def language() -> str:
    """Return `zh` or `en`, as the request asks."""
    return "en" if (get_language() or "").startswith("en") else "zh"


def say(key: str, /, **data: Any) -> str:
    """Say a text of the catalogue now."""
    return catalogue.sayer(language())(key, **data)


def lazy(key: str) -> Any:
    """Return a text that is said when it is shown."""
    return lazystr(_Later(key))


class _Later:
    def __init__(self, key: str) -> None:
        self.key = key

    def __str__(self) -> str:
        return say(self.key)


def problem(found: Problem) -> str:
    """Say a problem in full."""
    return catalogue.problem_text(language(), found)
