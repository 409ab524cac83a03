"""One way to choose from a filtered list: everything the filter leaves, or some of a page."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect

from zhiping.domain.errors import Invalid, Problem
from zhiping.ledger.act import Act
from zhiping.web.forms import Form
from zhiping.web.listing import PAGE_SIZE, Listing
from zhiping.web.pages import render_form
from zhiping.web.texts import say


@dataclass(frozen=True, slots=True)
class Choice:
    """A list to choose from, what is asked beside it, and the way back."""

    listing: Listing
    form: Form
    context: dict[str, object]
    template: str = "web/choose.html"

    def answer(self, action: Callable[..., object], target: str) -> HttpResponse:
        """Show the list, or act on what was chosen and go on; what is refused is shown above the list."""
        request = self.listing.request
        if request.method == "POST" and self.form.run(action, Act.of(request)):
            return redirect(target)
        rows = list(zip(self.listing.keys, self.listing.rows, strict=True))
        texts = self.listing.texts
        words = {name: say(f"{texts}.{name}") for name in ("some", "all")}
        shown = {"listing": self.listing, "form": self.form, "rows": rows, "words": words}
        shown |= {"heading": self.listing.title} | self.context
        return render_form(request, self.template, shown)


def chosen(choice: Choice) -> QuerySet[Any]:
    """Return what was chosen: everything the filter leaves, or the ticked rows of a page.

    Raises Invalid `evaluations.nothing_chosen`.
    """
    post = choice.listing.request.POST
    if post.get("scope") == "all":
        return choice.listing.found
    keys = [key for key in map(_uuid, post.getlist("chosen")[:PAGE_SIZE]) if key]
    if not keys:
        raise Invalid([Problem("evaluations.nothing_chosen")])
    return choice.listing.found.filter(pk__in=keys)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
