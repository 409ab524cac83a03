"""Addresses of things' own pages, resolved once: lists show hundreds of them."""

from collections.abc import Callable
from functools import cache
from uuid import UUID

from django.conf import settings
from django.db.models import Model
from django.urls import reverse

ANY = UUID(int=0)


def page(kind: str, *arguments: object) -> str:
    """Return the URL of a page of a later app, by what it shows (`settings.PAGES`)."""
    if len(arguments) == 1 and isinstance(arguments[0], Model | UUID):
        return link_to(kind)(arguments[0])
    return reverse(settings.PAGES[kind], args=[getattr(value, "pk", value) for value in arguments])


@cache
def link_to(name: str) -> Callable[[Model | UUID], str]:
    """Return a function from a thing, or its id, to its page: a kind of `settings.PAGES`, or a URL's name.

    The URL has the id alone.
    """

    @cache  # at the first use: URLs are not known while views are imported
    def around() -> list[str]:
        return reverse(settings.PAGES.get(name, name), args=[ANY]).split(str(ANY))

    def link(thing: Model | UUID) -> str:
        before, after = around()
        return f"{before}{getattr(thing, 'pk', thing)}{after}"

    return link
