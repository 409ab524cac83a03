"""The rubric as printed: rows for the screen, a spreadsheet for paper."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from zhiping.documents.spreadsheets.workbook import writing
from zhiping.domain.exact import number_text
from zhiping.domain.rubric import Dimension, Indicator, Rubric
from zhiping.texts.catalogue import say, translated
from zhiping.texts.wording import level_text

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet as Page


class Printed(NamedTuple):
    """A row of the table as printed; dimension and indicator have their maximum."""

    dimension: str
    indicator: str
    focus: str
    id: str
    text: str
    levels: str  # one level a line, best first
    max: str
    place: str


def as_printed(rubric: Rubric) -> list[Printed]:
    """Return the header row, then a row per criterion in table order, for the screen and for paper."""

    def part(whole: Dimension | Indicator) -> str:
        return say("rubric.show.part", name=translated(whole.name), max=number_text(whole.max))

    header = Printed(*(say(f"rubric.show.{name}") for name in Printed._fields))
    return [header] + [
        Printed(
            part(dimension),
            part(indicator),
            translated(indicator.focus),
            criterion.id,
            translated(criterion.text),
            "\n".join(level_text(level) for level in criterion.levels),
            number_text(criterion.max),
            criterion.place,
        )
        for dimension in rubric.dimensions
        for indicator in dimension.indicators
        for criterion in indicator.criteria
    ]


def notes_printed(rubric: Rubric) -> list[str]:
    """Return the lines below a printed table: sums, grades, identity with both hashes."""
    base, bonus = number_text(rubric.base_max), number_text(rubric.bonus_max)
    uppers = ["", *(number_text(band.lower) for band in rubric.bands)]
    grades = [
        say(
            f"rubric.show.{'lowest' if not band.lower else 'middle' if upper else 'best'}",
            name=translated(band.name),
            lower=number_text(band.lower),
            upper=upper,
            meaning=translated(band.meaning),
        )
        for band, upper in zip(rubric.bands, uppers, strict=False)
    ]
    hashes = {"scale": rubric.scale_sha256[:16], "wording": rubric.wording_sha256[:16]}
    identity = say("rubric.show.identity", id=rubric.id, version=rubric.version, **hashes)
    source = [translated(rubric.source)] if rubric.source.zh else []
    return [say("rubric.show.total", base=base, bonus=bonus), *grades, *source, identity]


_LOOKS = Printed("group", "group", "text", "centre", "text", "text", "number", "text")
_WIDTHS = Printed("11", "13", "18", "6", "34", "46", "6", "16")
_SHARED = 3  # columns whose cells are merged over the rows they hold for


def export_xlsx(rubric: Rubric, path: Path) -> None:
    """Write the table as printed into a spreadsheet for A4: shared cells merged, grades and hashes below."""
    header, *rows = as_printed(rubric)
    last = len(_WIDTHS) - 1
    with writing.writing(path, title=translated(rubric.title)) as book:
        page = book.add_worksheet(say("words.rubric"))
        look = writing.looks(book)
        writing.put_across(page, (0, 0, 0, last), translated(rubric.title), look["title"])
        page.set_row(0, 30)
        writing.put_row(page, 1, header, look["head"])
        for column, name in enumerate(_LOOKS):
            page.set_column(column, column, float(_WIDTHS[column]))
            _column(page, column, rows, look[name])
        for number, row in enumerate(rows, 2):
            texts = zip(row[_SHARED:], map(float, _WIDTHS[_SHARED:]), strict=True)
            page.set_row(number, writing.height(list(texts)))
        for number, note in enumerate(notes_printed(rubric), len(rows) + 2):
            writing.put_across(page, (number, 0, number, last), note, look["field"])
        writing.paper(page, repeat=1, footer=say("rubric.show.page"))


def _column(page: "Page", column: int, rows: Sequence[Printed], look: "Format") -> None:
    """Write a column from the third row on; cells shared by neighbouring criteria become one."""
    row = 2
    for _, same in groupby(rows, key=lambda r: r[: column + 1] if column < _SHARED else r):
        group = list(same)
        words = group[0][column]
        value = Fraction(words) if column == Printed._fields.index("max") else words
        writing.put_across(page, (row, column, row + len(group) - 1, column), value, look)
        row += len(group)
