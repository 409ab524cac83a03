"""Addresses of things' own pages: found once, then filled in, for lists show hundreds of them."""

from collections.abc import Callable
from functools import cache
from uuid import UUID

from django.db.models import Model
from django.urls import reverse

ANY = UUID(int=0)


def page_of(name: str) -> Callable[[Model], str]:
    """Return what tells where a thing's page is, by the name of an address that takes its id alone."""

    @cache
    def around() -> list[str]:
        return reverse(name, args=[ANY]).split(str(ANY))

    def address(thing: Model) -> str:
        before, after = around()
        return f"{before}{thing.pk}{after}"

    return address
