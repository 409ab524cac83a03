"""Texts of pages, in the language of the request."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.functional import lazystr
from django.utils.translation import get_language

from zhiping.texts.catalogue import language, say, speaking
from zhiping.texts.catalogue import problem_text as problem

__all__ = ["language", "lazy", "one_language", "problem", "say"]


def one_language(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Look the language up once per request: a page has 400 texts, and Django's look-up costs 10 µs each."""

    def answer(request: HttpRequest) -> HttpResponse:
        with speaking("en" if (get_language() or "").startswith("en") else "zh"):
            return get_response(request)

    return answer


def lazy(key: str) -> Any:
    """Return a text that is looked up when it is shown."""
    return lazystr(_Later(key))


class _Later:
    def __init__(self, key: str) -> None:
        self.key = key

    def __str__(self) -> str:
        return say(self.key)
