"""The page 信息 of a filled spreadsheet: its identity, compared with this evaluation."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from zhiping.documents.spreadsheets.workbook.cells import cell_name, plain, spellings, text
from zhiping.documents.spreadsheets.workbook.reading import Book
from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.rubric import Rubric

LONGEST_ECHO = 40  # characters of a wrong cell that are quoted

Labels = Mapping[str, Sequence[str]]  # what each line's label may read, by name


@dataclass(frozen=True, slots=True)
class Info:
    """The text beside each label, by name, and its cell."""

    worksheet: str
    labels: Labels
    texts: Mapping[str, str]
    cells: Mapping[str, str]
    calculated: frozenset[str] = frozenset()  # the lines whose text a formula gives

    def fault(self, code: str, line: str, **data: str) -> Problem:
        """Return a problem at the cell of a line, by name; at the worksheet where that has none."""
        return Problem(code, data, (self.worksheet, *self.cells.get(line, "").split()))


def labels(area: str, names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the labels of lines that the catalogue holds under `area`."""
    return {name: spellings(f"{area}.{name}") for name in names}


def worksheet(book: Book, names: Sequence[str]) -> str:
    """Return the name of the first worksheet called one of `names`; raise Invalid (`form.no_worksheet`)."""
    found = {plain(name): name for name in reversed(book.worksheets)}
    for name in map(plain, names):
        if name in found:
            return found[name]
    raise Invalid([Problem("form.no_worksheet", {"name": names[0]}, (book.source,))])


def read_info(book: Book, names: Sequence[str], wanted: Labels) -> Info:
    """Read the cell to the right of each label on the worksheet called one of `names`."""
    name = worksheet(book, names)
    known = {plain(word): label for label, words in wanted.items() for word in words}
    texts: dict[str, str] = {}
    cells: dict[str, str] = {}
    calculated = set()
    for row, line in enumerate(book.worksheets[name].rows):
        for column, cell in enumerate(line[:-1]):
            if not cell or not isinstance(cell, str) or len(cell) >= LONGEST_ECHO:
                continue
            label = known.get(plain(cell))
            if label and label not in texts:
                texts[label], cells[label] = text(line[column + 1]), cell_name(row, column + 1)
                if (row, column + 1) in book.worksheets[name].formulas:
                    calculated.add(label)
    return Info(name, wanted, texts, cells, frozenset(calculated))


def belongs(info: Info, needed: Collection[str], rubric: Rubric, platform: str) -> list[Problem]:
    """Say what the page lacks, and whether it is of another platform or scale; `platform` "" is any."""
    texts = info.texts
    faults = [
        info.fault("form.unfilled" if name in texts else "form.no_info", name, label=info.labels[name][0])
        for name in needed
        if not texts.get(name) and name not in info.calculated
    ]
    faults += [
        info.fault("form.info_formula", name, label=info.labels[name][0]) for name in sorted(info.calculated)
    ]
    found = texts.get("platform", "")
    if found and platform and plain(found) != plain(platform):
        faults.append(info.fault("form.platform", "platform", found=found, expected=platform))
    if texts.get("scale") and texts["scale"].lower() != rubric.scale_sha256:
        faults.append(info.fault("form.scale", "scale", expected=f"{rubric.id} {rubric.version}"))
    return faults
