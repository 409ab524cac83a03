"""Addresses of things' own pages, resolved once: lists show hundreds of them."""

from collections.abc import Callable
from functools import cache
from uuid import UUID

from django.db.models import Model
from django.urls import reverse

ANY = UUID(int=0)


def link_to(name: str) -> Callable[[Model | UUID], str]:
    """Return a function from a thing, or its id, to its page: `name` is a URL that has the id alone."""

    @cache
    def around() -> list[str]:
        return reverse(name, args=[ANY]).split(str(ANY))

    def link(thing: Model | UUID) -> str:
        before, after = around()
        return f"{before}{getattr(thing, 'pk', thing)}{after}"

    return link
