"""Lists: one way to filter, sort, page and export a queryset, described as data.

The statements of a list are compiled once (`statements.py`), its rows are plain tuples, and its HTML is
written in one pass: models and templates take five times as long for a page of fifty rows.
"""

import datetime as dt
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from html import escape
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlencode

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import CharField, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

from zhiping.documents.spreadsheets.workbook.writing import looks, paper, put_row, writing
from zhiping.statements import Compiled, Given, counting, kept, key_of, paged
from zhiping.web.downloads import exported_spreadsheet, is_asked_here
from zhiping.web.forms import TextForm
from zhiping.web.tables import Heading, css_of
from zhiping.web.templatetags.web import day
from zhiping.web.texts import language, say
from zhiping.web.tones import TONES

PAGE_SIZE = 50
MOST_EXPORTED = 20_000  # rows


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a list: text, link, and the tone of a badge."""

    text: str
    url: str = ""
    badge: str = ""  # success, warning, danger, info, secondary
    label: str = ""
    numeric: bool = False


Shown = Cell | str | dt.date | int | None
Values = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """One column; its heading is the text `<table>.columns.<key>`.

    `Column("operator", "operator__name")` reads, shows and sorts by a path. `reads` are several paths, whose
    values `show` gets in this order. `order` is what it sorts by instead: other paths, or nothing if empty.
    With `beside`, `show` first gets what `Listing.beside` returned for the row.
    """

    key: str
    path: str = ""
    reads: tuple[str, ...] = ()
    show: Callable[..., Shown] | None = None
    order: tuple[str, ...] | None = None
    numeric: bool = False
    beside: bool = False

    @property
    def paths(self) -> tuple[str, ...]:
        """Return the paths it reads."""
        return self.reads or ((self.path,) if self.path else ())

    @property
    def sorts_by(self) -> tuple[str, ...]:
        """Return the paths it sorts by."""
        return self.order if self.order is not None else (self.path,) if self.path else ()


class SearchField(forms.CharField):
    """A field for words to look for; conditions may only compare its value (it is a parameter)."""

    def __init__(self) -> None:
        super().__init__(required=False, max_length=100, widget=forms.TextInput({"type": "search"}))


class Filters(TextForm):
    """The filters of a list: GET only, all optional; `conditions` maps each to a query.

    `varies` returns the rows of the database its drop-downs show, from the arguments of the form: its HTML is
    kept as long as these are the same. Without it the form is drawn for every page. `shown` are these rows
    where they were read already.
    """

    conditions: Mapping[str, Callable[[Any], Q]] = {}
    varies: ClassVar[Callable[..., tuple[Hashable, ...]] | None] = None

    def __init__(self, *args: Any, shown: tuple[Any, ...] = (), **options: Any) -> None:
        self.shown = shown
        super().__init__(*args, **options)

    def filled(self) -> dict[str, Any]:
        """Return the values of filled filters by name; a filter that makes no sense asks for nothing."""
        values = self.cleaned_data.items() if self.is_valid() else ()
        return {name: value for name, value in values if value not in (None, "", [])}

    def condition(self, values: Mapping[str, Any]) -> Q:
        """Return what filters ask for that have these values."""
        wanted = Q()
        for name, value in values.items():
            wanted &= self.conditions[name](value)
        return wanted


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a list."""

    url: str
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Compiling:
    """The two statements of a list, and what the page's one returns."""

    count: Compiled | None
    page: Compiled | None


def unchanged(queryset: QuerySet[Any]) -> QuerySet[Any]:
    """Return the same queryset."""
    return queryset


@dataclass
class Listing:
    """A list for a page. `texts`: its table in the catalogue, with `title`, `columns`, `empty`, `hint`.

    `source` and `filters` are functions with their arguments (`partial`), called only where no statement is
    kept for these arguments. `dress` adds to the rows of the page what is read and is no field. `beside`
    returns by key what the statement cannot, for the keys of the page.
    """

    request: HttpRequest
    source: partial[QuerySet[Any]]
    columns: Sequence[Column]
    texts: str
    url: Callable[[Any], str]
    filters: "partial[Any] | None" = None
    order: str = ""  # column key, with "-" in front when descending
    empty_url: str = ""
    url_path: str = "pk"  # what `url` gets
    dress: Callable[[QuerySet[Any]], QuerySet[Any]] = unchanged
    beside: Callable[[list[Any]], Mapping[Any, Any]] | None = None

    def response(self, template: str = "web/listing_page.html", **context: Any) -> HttpResponse:
        """Return the page, or the spreadsheet where its button was pressed."""
        if self.exports:
            return exported_spreadsheet(self.request, self.title, self._write)
        return render(self.request, template, {"listing": self, "heading": self.title, **context})

    @property
    def exports(self) -> bool:
        """Return whether the list is asked for as a spreadsheet, by its button or by `?export=xlsx`."""
        asked = self.request.POST if self.request.method == "POST" else self.request.GET
        return asked.get("export") == "xlsx" and is_asked_here(self.request)

    @cached_property
    def found(self) -> QuerySet[Any]:
        """Everything the filters leave, in order."""
        return self._sorted(self.source().filter(self._condition(self._values)))

    def _sorted(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        key = self._sort.removeprefix("-")
        order = next((c.sorts_by for c in self.columns if c.key == key), ())
        fields = [f"-{f}" if self._sort.startswith("-") else f for f in order]
        return queryset.order_by(*fields, "pk")

    @cached_property
    def _sort(self) -> str:
        asked = self.request.GET.get("sort", self.order)
        known = {c.key for c in self.columns if c.sorts_by}
        return asked if asked.removeprefix("-") in known else self.order

    # Filters

    @cached_property
    def form(self) -> Filters | None:
        """The filters as a form."""
        return self.filters(self.request.GET) if self.filters else None

    @cached_property
    def _asked(self) -> bool:
        """Return whether some filter has something in it."""
        names = self.filters.func.base_fields if self.filters else ()  # type: ignore[attr-defined] # a form
        return any(self.request.GET.get(name) for name in names)

    @cached_property
    def _values(self) -> dict[str, Any]:
        return self.form.filled() if self._asked and self.form else {}

    def _condition(self, values: Mapping[str, Any]) -> Q:
        return self.form.condition(values) if values and self.form else Q()

    @property
    def filterable(self) -> bool:
        """Return whether it has filters."""
        return self.filters is not None

    @property
    def filtered(self) -> bool:
        """Return whether some filter is filled."""
        return bool(self._values)

    @property
    def filter_fields(self) -> SafeString:
        """The fields of the filters; those of an empty form are kept."""
        varies = getattr(self.filters and self.filters.func, "varies", None)
        if self._asked or self.filters is None or varies is None:
            return _fields(self.form)
        varying = varies(**self.filters.keywords)
        key = key_of(self.filters), language(), varying
        html = _drawn.get(key)
        if html is None:
            html = _fields(self.filters(self.request.GET, shown=varying))
            if len(_drawn) >= MOST_DRAWN:
                _drawn.clear()  # another thread may do so at any time: nothing is read from it after this
            _drawn[key] = html
        return html

    # Rows

    @cached_property
    def _reads(self) -> tuple[str, ...]:
        """The paths the statement reads, each once; the key of a row comes first."""
        return tuple(dict.fromkeys(("pk", self.url_path, *(p for c in self.columns for p in c.paths))))

    @cached_property
    def _compiled(self) -> Compiling:
        marks = {n: Given(n, CharField()) if self._is_text(n) else value for n, value in self._values.items()}
        shape = tuple(
            (n, "given" if self._is_text(n) else key_of(value)) for n, value in self._values.items()
        )
        key = (key_of(self.source), key_of(self.filters) if shape else (), shape)

        def found() -> QuerySet[Any]:
            return self.source().filter(self._condition(marks))

        def page() -> QuerySet[Any]:
            """Find the keys of the page alone, and join only to these what is shown of them."""
            ids = paged(self._sorted(found()).values("pk"), PAGE_SIZE)
            rows = self.dress(ids.model.objects.filter(pk__in=ids))
            return self._sorted(rows).values_list(*self._reads)

        shown = (key, self._sort, self._reads, key_of(self.dress))
        return Compiling(kept(("count", key), found, counting), kept(("page", shown), page))

    def _is_text(self, name: str) -> bool:
        return self.form is not None and isinstance(self.form.fields[name], SearchField)

    @cached_property
    def page(self) -> Page[Any]:
        """The page asked for, the nearest where there is no such page."""
        count = self._compiled.count
        total = count.rows(self._values)[0][0] if count else 0
        return Paginator(range(total), PAGE_SIZE).get_page(self.request.GET.get("page"))

    @property
    def total(self) -> int:
        """Return the number of rows that match the filters."""
        return self.page.paginator.count

    @cached_property
    def _rows(self) -> list[Values]:
        """The rows of the page as the statement returns them."""
        page = self._compiled.page
        if page is None or not self.total:
            return []
        return page.rows({**self._values, "offset": (self.page.number - 1) * PAGE_SIZE})

    @property
    def keys(self) -> list[Any]:
        """The keys of the rows of the page."""
        return [row[0] for row in self._rows]

    def _shown(self, rows: Sequence[Values]) -> Iterator[tuple[str, list[Shown]]]:
        """Give the address and the cells of each row."""
        beside = self.beside([row[0] for row in rows]) if self.beside else {}
        at = {path: n for n, path in enumerate(self._reads)}
        link = at[self.url_path]
        plan = [(c.show, [at[path] for path in c.paths], c.beside) for c in self.columns]
        for row in rows:
            yield (
                self.url(row[link]),
                [
                    row[places[0]]
                    if show is None
                    else show(beside.get(row[0]), *(row[n] for n in places))
                    if needs
                    else show(*(row[n] for n in places))
                    for show, places, needs in plan
                ],
            )

    @property
    def rows(self) -> list[Row]:
        """The rows of the page, cell by cell."""
        return [
            Row(
                url,
                [_cell(c, value, self._labels[c.key]) for c, value in zip(self.columns, cells, strict=True)],
            )
            for url, cells in self._shown(self._rows)
        ]

    @property
    def body(self) -> SafeString:
        """The rows as HTML."""
        return rows_html([(self._labels[c.key], c.numeric) for c in self.columns], self._shown(self._rows))

    # The page around the rows

    @property
    def title(self) -> str:
        """The list's name."""
        return say(f"{self.texts}.title")

    @property
    def empty_title(self) -> str:
        """The title of an empty list."""
        return say("web.listing.nothing_found" if self.filtered else f"{self.texts}.empty")

    @property
    def empty_hint(self) -> str:
        """Return the hint of an empty list."""
        return say("web.listing.change_filters" if self.filtered else f"{self.texts}.hint")

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
        url = self._address(sort=target, page=None) if column.sorts_by else ""
        return Heading(self._labels[column.key], url, sorted_, css="numeric" if column.numeric else "")

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
        """Return the URL that the button of the export posts to: the same list, with its filters."""
        return self._address(page=None)

    def _address(self, **changes: Any) -> str:
        query = {k: v for k, v in self.request.GET.items() if v} | changes
        return "?" + urlencode({k: v for k, v in query.items() if v is not None})

    def _write(self, path: Path) -> None:
        name = self.title
        rows = list(self.dress(self.found)[:MOST_EXPORTED].values_list(*self._reads))
        with writing(path, title=name) as book:
            page, look = book.add_worksheet(name[:31]), looks(book)
            put_row(page, 0, list(self._labels.values()), look["head"])
            page.set_column(0, len(self.columns) - 1, 18)
            paper(page, repeat=0)
            for n, (_, cells) in enumerate(self._shown(rows), 1):
                put_row(page, n, list(map(_text, cells)), look["text"])


class _Writer:
    """Writes the cells of one column."""

    def __init__(self, label: str, *, numeric: bool, first: bool) -> None:
        self._start = f'<td role="cell" data-label="{escape(label)}" class="'
        looks = [name for name, holds in (("first", first), ("numeric", numeric)) if holds]
        self._looks = {size: " ".join((*looks, *filter(None, (size,)))) for size in ("empty", "short", "")}
        self._first = first

    def cell(self, value: Shown, url: str) -> str:
        """Write a cell; the first of a row leads to the row's page."""
        text = plain = _text(value)
        text = escape(text)
        cell = value if isinstance(value, Cell) else None
        if self._first and url:
            text = f'<a class="row-link" href="{escape(url)}">{text}</a>'
        elif cell and cell.badge:
            text = f'<span class="badge tone-{cell.badge}">{text}</span>'
        elif cell and cell.url:
            text = f'<a href="{escape(cell.url)}">{text}</a>'
        return f'{self._start}{self._looks[css_of(plain)]}">{text}</td>'


def rows_html(columns: Iterable[tuple[str, bool]], rows: Iterable[tuple[str, Sequence[Shown]]]) -> SafeString:
    """Write rows in one pass: the URL and the cells of each; of columns the label, and if numeric."""
    plan = [_Writer(label, numeric=numeric, first=n == 0) for n, (label, numeric) in enumerate(columns)]
    lines = (
        f'<tr role="row">{"".join([write.cell(v, url) for write, v in zip(plan, cells, strict=True)])}</tr>'
        for url, cells in rows
    )
    return mark_safe("\n".join(lines))  # noqa: S308 - each cell is escaped


def _text(value: Shown) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Cell):
        return value.text
    return day(value) if isinstance(value, dt.date) else "" if value is None else str(value)


def _cell(column: Column, value: Shown, label: str) -> Cell:
    url, badge = (value.url, value.badge) if isinstance(value, Cell) else ("", "")
    return Cell(_text(value), url, badge, label, column.numeric)


MOST_DRAWN = 500  # of about 10 KB each
_drawn: dict[Hashable, SafeString] = {}


def _fields(form: Filters | None) -> SafeString:
    fields = form.visible_fields() if form else ()
    return mark_safe("".join(map(_field, fields)))  # noqa: S308 - a form escapes what it draws


def _field(field: forms.BoundField) -> str:
    wide = ' class="wide"' if isinstance(field.field, SearchField) else ""
    label = f'<label for="{field.id_for_label}">{conditional_escape(field.label)}</label>'
    return f"<div{wide}>{label}{field}</div>"


def page_links(page: Page[Any], url: Callable[[int], str]) -> list[dict[str, Any]]:
    """Return the pages near one, as `web/pager.html` shows them; a gap has no address."""
    near = page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    return [{"n": n, "url": url(n) if isinstance(n, int) else "", "current": n == page.number} for n in near]


def state_cell(table: str, code: str) -> Cell:
    """Return a state as a badge in its tone: its text is `<table>.<code>`."""
    return Cell(say(f"{table}.{code}"), badge=TONES[code])


def search_field() -> SearchField:
    """Return the field in which one looks for words."""
    return SearchField()
