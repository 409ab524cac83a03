"""The scoring sheet back: filled spreadsheets become sheets of marks, or every fault with its cell."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from os import PathLike

from zhiping.documents.form.fields import INFO, TYPED
from zhiping.documents.form.rows import criterion_rows
from zhiping.documents.workbook import (
    Book,
    Cell,
    blank,
    cell_name,
    columns,
    number,
    plain,
    read,
    spellings,
    text,
)
from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.evaluation import KINDS, Kind
from zhiping.domain.policy import STEPS
from zhiping.domain.rubric import Criterion, Rubric
from zhiping.domain.sheet import Mark, Sheet, allowed, problems, with_level_reasons
from zhiping.domain.transparency import number_text

LONGEST_ECHO = 40  # characters of a wrong cell that are told back
COLUMN_NAMES = {name: spellings(f"form.columns.{name}") for name in ("id", *TYPED)}
TABLE, ABOUT = spellings("form.worksheet"), spellings("form.about")
LABELS = {name: spellings(f"form.info.{name}") for name in INFO}
LABEL_NAMES = {plain(word): name for name, words in LABELS.items() for word in words}
KIND_NAMES: dict[str, Kind] = {plain(word): k for k in KINDS for word in spellings(f"form.kind.{k}")}
NO_LEVEL = spellings("form.no_level")
SEPARATOR = re.compile(r"\s*[：:，,。.；;、-]?\s*")  # between that phrase and what is written after it
NEEDED = ("platform", "name", "date", "step", "scale")
# In which column a fault of a mark is mended, if not in the mark itself.
MENDED = {"mark.no_reason": "reason", "mark.no_level_reason": "reason", "mark.unnamed_bonus": "note"}


@dataclass(frozen=True, slots=True)
class _About:
    """The second worksheet: the text beside each label, and the cell where it stands."""

    worksheet: str
    texts: Mapping[str, str]
    cells: Mapping[str, str]

    def fault(self, code: str, name: str, **data: str) -> Problem:
        return Problem(f"form.{code}", data, (self.worksheet, *self.cells.get(name, "").split()))


@dataclass(frozen=True, slots=True)
class Heading:
    """What a scoring sheet says it is for; `kind` is None where it says none that is known."""

    platform: str
    kind: Kind | None
    step: Fraction


def read_heading(path: str | PathLike[str]) -> Heading:
    """Read what a sheet is for, where nothing else says it; raises Invalid as `read_forms` does."""
    book = read(path)
    try:
        texts = _read_about(book).texts
    except Invalid as e:
        raise Invalid([problem.at(book.source) for problem in e.problems]) from e
    kind = KIND_NAMES.get(plain(texts.get("kind", "")))
    step = number(texts.get("step", ""))
    return Heading(texts.get("platform", ""), kind, step if step in STEPS else Fraction(1))


def read_form(
    path: str | PathLike[str],
    rubric: Rubric,
    step: Fraction = Fraction(1),
    *,
    platform: str | None = None,
    kind: str | None = None,
    language: str = "zh",
) -> Sheet:
    """Read one filled scoring sheet; the same as `read_forms` of one."""
    return read_forms([path], rubric, step, platform=platform, kind=kind, language=language)[0]


def read_forms(
    paths: Sequence[str | PathLike[str]],
    rubric: Rubric,
    step: Fraction = Fraction(1),
    *,
    platform: str | None = None,
    kind: str | None = None,
    language: str = "zh",
) -> list[Sheet]:
    """Read the filled scoring sheets of one evaluation in the order given, each legal and complete.

    An empty reason of an exact printed level takes the level's wording in `language`; a blank bonus is 0.
    `platform`: its name; None: the sheets must agree on one. `kind`: "authority" or "self"; None: any.
    Raises Invalid with every fault of every file, each at (file, worksheet, cell).
    """
    sheets: list[Sheet] = []
    wrong: list[Problem] = []
    experts: dict[str, str] = {}
    for path in paths:
        try:
            book = read(path)
            about = _read_about(book)
            found, faults = _read_table(book, about, rubric, step, language)
        except Invalid as e:
            wrong += e.problems
            continue
        expected = platform or (sheets[0].platform if sheets else found.platform)
        faults += _about_faults(about, rubric, step, expected, kind)
        if first := experts.get(found.expert_id):
            faults.append(about.fault("double_expert", "name", id=found.expert_id, file=first))
        experts.setdefault(found.expert_id, book.source)
        wrong += [fault.at(book.source) for fault in faults]
        sheets.append(found)
    if wrong:
        raise Invalid(wrong)
    return sheets


def _worksheet(book: Book, names: Sequence[str]) -> str:
    found = {plain(name): name for name in book.worksheets}
    for name in names:
        if plain(name) in found:
            return found[plain(name)]
    raise Invalid([Problem("form.no_worksheet", {"name": names[0]}, (book.source,))])


def _read_about(book: Book) -> _About:
    name = _worksheet(book, ABOUT)
    texts: dict[str, str] = {}
    cells: dict[str, str] = {}
    for row, line in enumerate(book.worksheets[name].rows):
        for column, cell in enumerate(line[:-1]):
            label = (
                LABEL_NAMES.get(plain(cell))
                if cell and isinstance(cell, str) and len(cell) < LONGEST_ECHO
                else None
            )
            if label and label not in texts:
                texts[label], cells[label] = text(line[column + 1]), cell_name(row, column + 1)
    return _About(name, texts, cells)


def _about_faults(
    about: _About, rubric: Rubric, step: Fraction, platform: str, kind: str | None
) -> list[Problem]:
    """Say what the second worksheet lacks, and in what it does not belong to this evaluation."""
    texts = about.texts
    faults = [
        about.fault("unfilled" if name in texts else "no_info", name, label=LABELS[name][0])
        for name in NEEDED
        if not texts.get(name)
    ]
    if texts.get("platform") and plain(texts["platform"]) != plain(platform):
        faults.append(about.fault("platform", "platform", found=texts["platform"], expected=platform))
    if texts.get("step") and number(texts["step"]) != step:
        faults.append(about.fault("step", "step", found=texts["step"], expected=number_text(step)))
    if texts.get("scale") and texts["scale"].lower() != rubric.scale_sha256:
        faults.append(about.fault("scale", "scale", expected=f"{rubric.id} {rubric.version}"))
    stated = KIND_NAMES.get(plain(texts.get("kind", "")))
    if kind and stated and stated != kind:
        faults.append(about.fault("kind", "kind", found=texts["kind"]))
    return faults


def _read_table(
    book: Book, about: _About, rubric: Rubric, step: Fraction, language: str
) -> tuple[Sheet, list[Problem]]:
    """Read the marks, and say what is wrong with them; nothing is said of marks for another table."""
    worksheet = _worksheet(book, TABLE)
    rows, formulas = book.worksheets[worksheet].rows, book.worksheets[worksheet].formulas
    try:
        header, place = columns(rows, COLUMN_NAMES, optional=("advice", "note"))
    except Invalid as e:
        raise Invalid([problem.at(book.source, worksheet) for problem in e.problems]) from e
    at, faults = criterion_rows(rows, place, header + 1, rubric)
    marks: dict[str, Mark] = {}
    told = {name for name in rubric.criteria if at.get(name, -1) < 0}  # a fault is told once
    spots = [place.get(column) for column in TYPED]
    live = {row for row, column in formulas if column in spots}
    for name, row in at.items():
        if name in told:
            continue
        cells = [rows[row][spot] if spot is not None else "" for spot in spots]
        calculated = [c for c in TYPED if (row, place.get(c)) in formulas] if row in live else []
        mark, wrong = _mark(rubric.criteria[name], cells, calculated, step)
        if mark:
            marks[name] = mark
        if wrong:
            told.add(name)
            faults += [(row, problem.at(cell_name(row, place[column]))) for column, problem in wrong]
    sheet = with_level_reasons(rubric, _sheet(book, about, marks), language)
    for problem in problems(rubric, sheet, step):
        criterion_id = problem.data["id"]
        if criterion_id not in told:
            column = place.get(MENDED.get(problem.code, "mark"), place["mark"])
            faults.append((at[criterion_id], problem.at(cell_name(at[criterion_id], column))))
    if about.texts.get("scale", rubric.scale_sha256).lower() != rubric.scale_sha256:
        return sheet, []
    return sheet, [problem.at(worksheet) for _, problem in sorted(faults, key=lambda fault: fault[0])]


def _mark(
    criterion: Criterion, cells: Sequence[Cell], calculated: Sequence[str], step: Fraction
) -> tuple[Mark | None, list[tuple[str, Problem]]]:
    """Read one row's cells in the order of TYPED; None for a blank mark. Faults come with their column."""
    if calculated:
        return None, [(name, Problem("form.formula", {"id": criterion.id})) for name in calculated]
    points, *words = cells
    found = number(points)
    if found is not None and not any(words):
        return _bare(found), []
    reason, advice, note = map(text, words)
    if blank(points):
        if not (criterion.bonus and (reason or advice or note)):
            return None, []
        found = Fraction(0)
    if found is None:
        data = {"id": criterion.id, "found": text(points)[:LONGEST_ECHO], "allowed": allowed(criterion, step)}
        return None, [("mark", Problem("form.not_number", data))]
    note, no_level = _without_phrase(note)
    return Mark(found, reason, advice, note, no_level), []


_bare = lru_cache(maxsize=256)(Mark)  # most marks come without words


def _without_phrase(note: str) -> tuple[str, bool]:
    """Return what a note says besides "no level fits", and whether it says that."""
    phrase = next((phrase for phrase in NO_LEVEL if note.lower().startswith(phrase)), "")
    return SEPARATOR.sub("", note[len(phrase) :], count=1) if phrase else note, bool(phrase)


def _sheet(book: Book, about: _About, marks: Mapping[str, Mark]) -> Sheet:
    texts = about.texts
    name = texts.get("name", "")
    return Sheet(
        texts.get("expert_id") or name,
        name,
        marks,
        date=texts.get("date", ""),
        platform=texts.get("platform", ""),
        source=book.source,
        sha256=book.sha256,
        wording_sha256=texts.get("wording", "").lower(),
    )
