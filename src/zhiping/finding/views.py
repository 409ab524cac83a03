"""The page of the search."""

from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render

from zhiping.accounts.http import Request
from zhiping.finding import queries
from zhiping.finding.forms import SearchForm
from zhiping.web.listing import page_links
from zhiping.web.texts import say

PAGE_SIZE = 20


def search(request: Request) -> HttpResponse:
    """Show what has the words looked for, of what the user may see."""
    form = SearchForm(request.GET)
    asked = {name: value for name, value in form.cleaned_data.items() if value} if form.is_valid() else {}
    found = queries.search(request.user, **asked)
    page = Paginator(found.keys, PAGE_SIZE).get_page(request.GET.get("page"))
    shown = {
        "hits": queries.hits(found, list(page)),
        "pages": page_links(page, lambda n: f"?{urlencode(asked | {'page': n})}"),
        "heading": say("finding.title"),
    }
    context = {"form": form, "found": found, "page": page, **shown}
    return render(request, "finding/search.html", context, status=200)
