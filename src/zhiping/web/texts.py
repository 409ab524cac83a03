"""Texts of the catalogue in the language of the request."""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.functional import lazystr
from django.utils.translation import get_language

from zhiping.domain.errors import Problem
from zhiping.texts import catalogue

_of_request: ContextVar[str] = ContextVar("language of the request", default="")


def language() -> str:
    """Return `zh` or `en`, the language of the request."""
    return _of_request.get() or _active()


def _active() -> str:
    return "en" if (get_language() or "").startswith("en") else "zh"


def one_language(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Look the language up once per request: a page has 400 texts, and Django's look-up costs 10 µs each."""

    def answer(request: HttpRequest) -> HttpResponse:
        token = _of_request.set(_active())
        try:
            return get_response(request)
        finally:
            _of_request.reset(token)

    return answer


def say(key: str, /, **data: Any) -> str:
    """Return a text of the catalogue."""
    return catalogue.sayer(language())(key, **data)


def lazy(key: str) -> Any:
    """Return a text that is looked up when it is shown."""
    return lazystr(_Later(key))


class _Later:
    def __init__(self, key: str) -> None:
        self.key = key

    def __str__(self) -> str:
        return say(self.key)


def problem(found: Problem) -> str:
    """Return the sentence of a problem."""
    return catalogue.problem_text(language(), found)
