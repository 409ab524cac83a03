"""Lists: one way to filter, sort, page and export any queryset, told as data."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

from zhiping.documents.spreadsheets.workbook.writing import looks, paper, put_row, writing
from zhiping.web.downloads import spreadsheet
from zhiping.web.forms import TextForm
from zhiping.web.rows import light
from zhiping.web.tables import Heading, css_of
from zhiping.web.templatetags.web import day
from zhiping.web.texts import language, say
from zhiping.web.tones import TONES

PAGE_SIZE = 50
MOST_EXPORTED = 20_000  # rows


@dataclass(frozen=True, slots=True)
class Cell:
    """What a list shows of one thing: text, where it leads, a tone where it is a badge."""

    text: str
    url: str = ""
    badge: str = ""  # success, warning, danger, info, secondary
    label: str = ""
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its text is `<table>.<key>`; `order` the fields it sorts by; `cell` what it shows."""

    key: str
    cell: Callable[[Any], Cell | str | dt.date | int | None]
    order: tuple[str, ...] = ()
    numeric: bool = False


class Filters(TextForm):
    """The filters of a list: GET only, all optional; `conditions` says what each means."""

    conditions: Mapping[str, Callable[[Any], Q]] = {}

    def condition(self) -> Q:
        """Return what the filled filters ask for; a filter that makes no sense asks for nothing."""
        found = Q()
        if self.is_valid():
            for name, value in self.cleaned_data.items():
                if value not in (None, "", []):
                    found &= self.conditions[name](value)
        return found


@dataclass(frozen=True, slots=True)
class Row:
    """One thing of the list."""

    url: str
    cells: list[Cell]


@dataclass
class Listing:
    """A list for a page. `texts`: its table in the catalogue, with `title`, `columns`, `empty`, `hint`.

    With `reads`, the names of what the columns read, its things are no models (`zhiping.web.rows`). `dress`
    adds what is read and is no field, once the things of the page are found.
    """

    request: HttpRequest
    queryset: QuerySet[Any]
    columns: Sequence[Column]
    texts: str
    url: Callable[[Any], str]
    filters: Filters | None = None
    order: str = ""  # column key, with "-" in front when descending
    empty_url: str = ""
    reads: Sequence[str] = ()
    dress: Callable[[QuerySet[Any]], QuerySet[Any]] = lambda found: found

    def response(self, template: str = "web/listing_page.html", **context: Any) -> HttpResponse:
        """Return the page, or the spreadsheet where `export=xlsx` is asked."""
        if self.request.GET.get("export") == "xlsx":
            return self._spreadsheet()
        return render(self.request, template, {"listing": self, **context})

    @cached_property
    def found(self) -> QuerySet[Any]:
        """Everything the filters leave, in order."""
        rows = self.queryset.filter(self.filters.condition()) if self.filters else self.queryset
        key = self._sort.removeprefix("-")
        order = next((c.order for c in self.columns if c.key == key), ())
        fields = [f"-{f}" if self._sort.startswith("-") else f for f in order]
        return rows.order_by(*fields, "pk")

    @property
    def _sort(self) -> str:
        asked = self.request.GET.get("sort", self.order)
        known = {c.key for c in self.columns if c.order}
        return asked if asked.removeprefix("-") in known else self.order

    @cached_property
    def page(self) -> Page[Any]:
        """The page asked for, the nearest where there is no such page."""
        return Paginator(self.found, PAGE_SIZE).get_page(self.request.GET.get("page"))

    @property
    def filterable(self) -> bool:
        """Whether it has filters."""
        return self.filters is not None

    @property
    def filter_fields(self) -> SafeString:
        """The fields of the filters."""
        return format_html_join(
            "",
            '<div{}><label for="{}">{}</label>{}</div>',
            (
                (
                    mark_safe(' class="wide"')
                    if getattr(f.field.widget, "input_type", "") == "search"
                    else "",
                    f.id_for_label,
                    f.label,
                    f,
                )
                for f in (self.filters.visible_fields() if self.filters else ())
            ),
        )

    @property
    def total(self) -> int:
        """How many things the filters leave."""
        return self.page.paginator.count

    @property
    def title(self) -> str:
        """The list's name."""
        return say(f"{self.texts}.title")

    @property
    def empty_title(self) -> str:
        """What an empty list says."""
        return say("web.listing.nothing_found" if self.filtered else f"{self.texts}.empty")

    @property
    def empty_hint(self) -> str:
        """What to do first."""
        return say("web.listing.change_filters" if self.filtered else f"{self.texts}.hint")

    @property
    def rows(self) -> list[Row]:
        """The rows of the page."""
        return [Row(self.url(thing), self._cells(thing)) for thing in self._things(self._shown())]

    def _shown(self) -> QuerySet[Any]:
        """The things of the page: found by their ids alone, and only then joined to what is said of them."""
        shown: Any = self.page.object_list  # a slice of `found`
        start = self.queryset.model.objects if self.reads else self.queryset
        return self.dress(start.filter(pk__in=shown.values("pk"))).order_by(*self.found.query.order_by)

    def _things(self, found: QuerySet[Any]) -> Iterable[Any]:
        return light(found, self.reads) if self.reads else found.iterator(chunk_size=500)

    @property
    def body(self) -> SafeString:
        """The rows as HTML: a template would take ten times as long for hundreds of cells."""
        return format_html_join("\n", "{}", ((_row(row),) for row in self.rows))

    def _cells(self, thing: Any) -> list[Cell]:
        return [_cell(column, column.cell(thing), self._label(column)) for column in self.columns]

    def _label(self, column: Column) -> str:
        return self._labels[column.key]

    @cached_property
    def _labels(self) -> dict[str, str]:
        return {column.key: say(f"{self.texts}.columns.{column.key}") for column in self.columns}

    @property
    def headings(self) -> list[Heading]:
        """The columns, with the address that sorts by each."""
        return [self._heading(column) for column in self.columns]

    def _heading(self, column: Column) -> Heading:
        sorted_ = {column.key: "asc", f"-{column.key}": "desc"}.get(self._sort, "")
        target = f"-{column.key}" if sorted_ == "asc" else column.key
        url = self._address(sort=target, page=None) if column.order else ""
        return Heading(self._label(column), url, sorted_, css="numeric" if column.numeric else "")

    @property
    def page_urls(self) -> list[dict[str, Any]]:
        """The pages near this one; a gap has no address."""
        return page_links(self.page, lambda n: self._address(page=n))

    @property
    def previous_url(self) -> str:
        """The page before this one."""
        return self._address(page=self.page.number - 1) if self.page.has_previous() else ""

    @property
    def next_url(self) -> str:
        """The page after this one."""
        return self._address(page=self.page.number + 1) if self.page.has_next() else ""

    @property
    def export_url(self) -> str:
        """Where the whole list is had as a spreadsheet."""
        return self._address(export="xlsx", page=None)

    @cached_property
    def filtered(self) -> bool:
        """Whether some filter is filled."""
        return bool(self.filters and self.filters.condition())

    def _address(self, **changes: Any) -> str:
        query = {k: v for k, v in self.request.GET.items() if v and k != "export"} | changes
        return "?" + urlencode({k: v for k, v in query.items() if v is not None})

    def _spreadsheet(self) -> HttpResponse:
        return spreadsheet(self.title, self._write)

    def _write(self, path: Path) -> None:
        name = self.title
        with writing(path, title=name) as book:
            page, look = book.add_worksheet(name[:31]), looks(book, language())
            put_row(page, 0, [self._label(c) for c in self.columns], look["head"])
            page.set_column(0, len(self.columns) - 1, 18)
            paper(page, repeat=0)
            for n, thing in enumerate(self._things(self.dress(self.found)[:MOST_EXPORTED]), 1):
                put_row(page, n, [c.text for c in self._cells(thing)], look["text"])


def _row(row: Row) -> SafeString:
    cells = [
        _td(cell, row.url if number == 0 else cell.url, number == 0) for number, cell in enumerate(row.cells)
    ]
    return mark_safe(f'<tr role="row">{"".join(cells)}</tr>')  # noqa: S308 - each cell is escaped


def _td(cell: Cell, url: str, first: bool) -> str:  # noqa: FBT001 - a fact, not a switch
    text = escape(cell.text)
    if first and url:
        text = f'<a class="row-link" href="{escape(url)}">{text}</a>'
    elif cell.badge:
        text = f'<span class="badge tone-{cell.badge}">{text}</span>'
    elif url:
        text = f'<a href="{escape(url)}">{text}</a>'
    looks = ("first" if first else "", "numeric" if cell.numeric else "", css_of(cell.text))
    classes = " ".join(filter(None, looks))
    return f'<td role="cell" data-label="{escape(cell.label)}" class="{classes}">{text}</td>'


def _cell(column: Column, value: Cell | str | dt.date | int | None, label: str) -> Cell:
    if isinstance(value, Cell):
        return Cell(value.text, value.url, value.badge, label, column.numeric)
    text = day(value) if isinstance(value, dt.date) else "" if value is None else str(value)
    return Cell(text, "", "", label, column.numeric)


def page_links(page: Page[Any], url: Callable[[int], str]) -> list[dict[str, Any]]:
    """Return the pages near one, as `web/pager.html` shows them; a gap has no address."""
    near = page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    return [{"n": n, "url": url(n) if isinstance(n, int) else "", "current": n == page.number} for n in near]


def state_cell(table: str, code: str) -> Cell:
    """Return a state as a badge in its tone: its text is `<table>.<code>`."""
    return Cell(say(f"{table}.{code}"), badge=TONES[code])


def search_field() -> forms.CharField:
    """Return the field in which one looks for words."""
    return forms.CharField(required=False, max_length=100, widget=forms.TextInput({"type": "search"}))
