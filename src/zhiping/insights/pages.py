"""The figures as tables: the same on the page and in the spreadsheet, each cell with the list behind it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from zhiping.documents.papers import charts
from zhiping.documents.spreadsheets.workbook.writing import looks, paper, put_row, writing
from zhiping.domain.grading import shown
from zhiping.domain.register import GRADES
from zhiping.domain.spread import LEAST, Spread
from zhiping.insights.queries import Improved, Insights, Loss, Progress, Row, Year
from zhiping.texts.catalogue import say, translated
from zhiping.web.tables import Heading, headings


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table: its text, and the list behind it."""

    text: str
    url: str = ""
    css: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the page; `key` names its texts. `notes`: what must be known to read it."""

    key: str
    headings: list[Heading]
    rows: list[list[Cell]]
    notes: list[str] = field(default_factory=list)
    chart: SafeString | str = ""

    @property
    def of_year(self) -> bool:
        """Whether it is of the year looked at alone."""
        return self.key in ("grid", "losses", "progress")

    @property
    def title(self) -> str:
        """The title."""
        return say(f"insights.{self.key}.title")


@dataclass(frozen=True, slots=True)
class Page:
    """What the page shows: the year and the region looked at, the years there are, and the tables."""

    year: int | None
    region: str
    years: list[tuple[int, str]]
    tables: list[Table]


def page(found: Insights, improved: Sequence[Improved], progress: Sequence[Progress], region: str) -> Page:
    """Return the figures as tables."""
    tables = [_years(found.years, region)] if found.years else []
    if found.rubric and found.rows:
        known = {one.id: one for d in found.rubric.dimensions for one in d.indicators}
        names = {name: translated(known[name].name) for name in found.ids}
        tables += [_grid(found, names, region), _losses(found, region)]
    tables += [_agreement(found.years)] if found.years else []
    tables += [_improvement(improved, region)] if improved else []
    tables += [_progress(progress)] if progress else []
    here = reverse("insights:overview")
    years = [(one.year, _address(here, year=one.year, region=region)) for one in found.years]
    return Page(found.year, region, years, tables)


def _address(url: str, **query: Any) -> str:
    filled = {name: value for name, value in query.items() if value}
    return f"{url}?{urlencode(filled)}" if filled else url


def _results(**query: Any) -> str:
    return _address(reverse("insights:results"), **query)


def percent(share: Fraction) -> str:
    """Write a share as a percentage, cut to two decimals as every score is."""
    return f"{shown(share * 100)}%"


def _years(years: Sequence[Year], region: str) -> Table:
    grades = [Heading(say(f"registry.grades.{grade}"), css="numeric") for grade in GRADES]
    rows = [
        [
            Cell(str(one.year), _results(year=one.year, region=region)),
            Cell(str(one.count), _results(year=one.year, region=region)),
            Cell(shown(one.mean)),
            *(
                Cell(str(one.grades[grade]), _results(year=one.year, region=region, grade=grade))
                for grade in GRADES
            ),
        ]
        for one in years
    ]
    drawn = charts.means(
        "years", say("insights.years.chart"), [(str(y.year), "", y.mean / 100) for y in years], charts.SCREEN
    )
    return Table(
        "years",
        [*headings("insights.years.columns", "year count:numeric mean:numeric"), *grades],
        rows,
        chart=_svg(drawn),
    )


def _svg(chart: charts.Chart) -> SafeString:
    return mark_safe(chart.svg)  # noqa: S308 - made by us, texts escaped


def _grid(found: Insights, names: dict[str, str], region: str) -> Table:
    """Return regions by indicators: the share of the points earned."""
    heads = [Heading(f"{id_} {name}", css="numeric") for id_, name in names.items()]
    rows = [_line(row, found.year, region) for row in found.rows]
    notes = [say("insights.grid.note")]
    if found.others:
        notes.append(say("insights.grid.others", n=found.others))
    shares = zip(names.items(), found.rows[0].cells, strict=True)
    drawn = charts.means(
        "grid", say("insights.grid.chart"), [(i, name, share) for (i, name), share in shares], charts.SCREEN
    )
    columns = [*headings("insights.grid.columns", "region count:numeric mean:numeric"), *heads]
    return Table("grid", columns, rows, notes, _svg(drawn))


def _line(row: Row, year: int | None, region: str) -> list[Cell]:
    below = _address(reverse("insights:overview"), year=year, region=row.code)
    behind = _results(year=year, region=row.code or region)
    first = Cell(row.name, below, "text-nowrap") if row.code else Cell(say("insights.grid.all"))
    return [
        first, Cell(str(row.count), behind), Cell(shown(row.mean), behind),
        *(Cell(percent(share), behind) for share in row.cells),
    ]  # fmt: skip


def _losses(found: Insights, region: str) -> Table:
    titles = {c.id: translated(c.title) for c in found.rubric.criteria.values()} if found.rubric else {}
    rows = [_loss(one, titles, found.year, region) for one in found.losses]
    return Table(
        "losses", headings("insights.losses.columns", "criterion count:numeric points:numeric reasons"), rows
    )


def _loss(one: Loss, titles: dict[str, str], year: int | None, region: str) -> list[Cell]:
    behind = _results(year=year, region=region, criterion=one.id)
    said = [say("insights.losses.reason", text=text, n=count) for text, count in one.reasons]
    title = f"{one.id} {titles.get(one.id, '')}".strip()
    return [
        Cell(title, behind), Cell(str(one.count), behind), Cell(shown(one.points)),
        Cell(say("wording.semicolon").join(said)),
    ]  # fmt: skip


def _agreement(years: Sequence[Year]) -> Table:
    """Return agreement and severity by year; an interval only where there are sheets enough."""
    rows = [
        [Cell(str(y.year), _results(year=y.year)), Cell(str(y.sheets)), *map(Cell, _middle(y, y.alpha)),
         *map(Cell, _middle(y, y.severity))]
        for y in years
    ]  # fmt: skip
    columns = headings(
        "insights.agreement.columns",
        "year sheets:numeric alpha:numeric alpha_range:numeric severity:numeric severity_range:numeric",
    )
    notes = [say("insights.agreement.note"), say("insights.agreement.interval", n=LEAST)]
    return Table("agreement", columns, rows, notes)


def _middle(year: Year, found: Spread | None) -> tuple[str, str]:
    """Return a median and its interval as texts; too few sheets are said to be so."""
    if found is None:
        return "", ""
    if year.sheets < LEAST or found.low is None or found.high is None:
        return shown(found.median), say("insights.agreement.few")
    return shown(found.median), say("insights.agreement.range", low=shown(found.low), high=shown(found.high))


def _improvement(improved: Sequence[Improved], region: str) -> Table:
    """Return the findings with a measure by year, and the shares that were done and accepted."""
    rows = [
        [
            Cell(str(one.year), _results(year=one.year, region=region)),
            Cell(str(one.count), _results(year=one.year, region=region)),
            Cell(str(one.done)), Cell(percent(Fraction(one.done, one.count))),
            Cell(str(one.accepted)), Cell(percent(Fraction(one.accepted, one.count))),
        ]
        for one in improved
    ]  # fmt: skip
    columns = "year count:numeric done:numeric done_share:numeric accepted:numeric accepted_share:numeric"
    notes = [say("insights.improvement.note")]
    return Table("improvement", headings("insights.improvement.columns", columns), rows, notes)


def _progress(progress: Sequence[Progress]) -> Table:
    listed = reverse("evaluations:evaluations")
    rows = [
        [
            Cell(one.name, _address(listed, programme=one.id)),
            Cell(str(one.total), _address(listed, programme=one.id)),
            Cell(say("lifecycle.states." + state), _address(listed, programme=one.id, state=state)),
            Cell(str(count), _address(listed, programme=one.id, state=state)),
        ]
        for one in progress
        for state, count in one.states
    ]
    return Table(
        "progress", headings("insights.progress.columns", "programme total:numeric state count:numeric"), rows
    )


def write(page: Page, path: Path) -> None:
    """Write the tables into a spreadsheet, one a sheet."""
    with writing(path, title=say("insights.title")) as book:
        look = looks(book)
        for table in page.tables:
            sheet = book.add_worksheet(table.title[:31])
            put_row(sheet, 0, [one.label for one in table.headings], look["head"])
            for n, row in enumerate(table.rows, 1):
                put_row(sheet, n, [cell.text for cell in row], look["text"])
            for n, note in enumerate(table.notes, len(table.rows) + 2):
                put_row(sheet, n, [note], look["text"])
            sheet.set_column(0, 0, 24)
            sheet.set_column(1, len(table.headings) - 1, 14)
            paper(sheet, repeat=0)


def lost(criterion: str, facts: dict[str, Any]) -> str:
    """Return the points a result lost in a criterion."""
    return shown(Fraction(facts["lost"][criterion][0])) if criterion in facts["lost"] else ""


def reasons(criterion: str, facts: dict[str, Any]) -> str:
    """Return the reasons of a result for a criterion."""
    return say("wording.semicolon").join(facts["lost"].get(criterion, ("", ()))[1])
