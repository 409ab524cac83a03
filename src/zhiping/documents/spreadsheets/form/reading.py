"""The scoring sheet back: filled spreadsheets become sheets of marks, or every fault with its cell."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from os import PathLike

from zhiping.documents.spreadsheets.form.fields import INFO, TYPED
from zhiping.documents.spreadsheets.returned.info import (
    LONGEST_ECHO,
    Info,
    belongs,
    labels,
    read_info,
    worksheet,
)
from zhiping.documents.spreadsheets.returned.marks import not_a_mark
from zhiping.documents.spreadsheets.returned.rows import criterion_rows, second_tables
from zhiping.documents.spreadsheets.workbook.cells import (
    Cell,
    blank,
    cell_name,
    columns,
    is_date,
    iso_date,
    number,
    plain,
    spellings,
    text,
)
from zhiping.documents.spreadsheets.workbook.reading import Book, read
from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.evaluation import KINDS, Kind
from zhiping.domain.exact import number_text
from zhiping.domain.identity import folded
from zhiping.domain.policy import STEPS
from zhiping.domain.rubric import Criterion, Rubric
from zhiping.domain.sheet import Mark, Sheet, content_sha256, problems, with_level_reasons
from zhiping.texts.catalogue import language

COLUMN_NAMES = {name: spellings(f"form.columns.{name}") for name in ("id", *TYPED)}
OPTIONAL = ("advice", "note")
TABLE, ABOUT = spellings("form.worksheet"), spellings("form.about")
LABELS = labels("form.info", INFO)
KIND_NAMES: dict[str, Kind] = {plain(word): k for k in KINDS for word in spellings(f"form.kind.{k}")}
NO_LEVEL = spellings("form.no_level")
SEPARATOR = re.compile(r"\s*[：:，,。.；;、-]?\s*")  # between that phrase and what is written after it
NEEDED = ("platform", "name", "date", "step", "scale")
# In which column a fault of a mark is mended, if not in the mark itself.
MENDED = {"mark.no_reason": "reason", "mark.no_level_reason": "reason", "mark.unnamed_bonus": "note"}


@dataclass(frozen=True, slots=True)
class Heading:
    """The evaluation a scoring sheet names; `kind` is None where it names no known one."""

    platform: str
    kind: Kind | None
    step: Fraction


def read_heading(path: str | PathLike[str]) -> Heading:
    """Read the evaluation a sheet names; raises Invalid as `read_forms` does."""
    book = read(path)
    try:
        texts = read_info(book, ABOUT, LABELS).texts
    except Invalid as e:
        raise Invalid([problem.at(book.source) for problem in e.problems]) from e
    kind = KIND_NAMES.get(plain(texts.get("kind", "")))
    step = number(texts.get("step", ""))
    return Heading(texts.get("platform", ""), kind, step if step in STEPS else Fraction(1))


def read_forms(
    paths: Sequence[str | PathLike[str]],
    rubric: Rubric,
    step: Fraction = Fraction(1),
    *,
    platform: str | None = None,
    kind: str | None = None,
) -> list[Sheet]:
    """Read the filled scoring sheets of one evaluation in the order given, each legal and complete.

    An empty reason of an exact printed level becomes the level's wording; a blank bonus is 0.
    `platform`: its name; None: the sheets must agree on one. `kind`: "authority" or "self"; None: any.
    Raises Invalid with every fault of every file, each at (file, worksheet, cell).
    """
    sheets: list[Sheet] = []
    wrong: list[Problem] = []
    experts: dict[str, str] = {}
    for path in paths:
        try:
            book = read(path)
            about = read_info(book, ABOUT, LABELS)
            found, faults = _read_table(book, about, rubric, step)
        except Invalid as e:
            wrong += e.problems
            continue
        expected = platform or (sheets[0].platform if sheets else found.platform)
        faults += _about_faults(about, rubric, step, expected, kind)
        faults += second_tables(book.worksheets, worksheet(book, TABLE), COLUMN_NAMES, OPTIONAL)
        if first := experts.get(folded(found.expert_id)):
            faults.append(_double(about, found, first))
        experts.setdefault(folded(found.expert_id), book.source)
        wrong += [fault.at(book.source) for fault in faults]
        sheets.append(found)
    if wrong:
        raise Invalid(wrong)
    return sheets


def _about_faults(
    about: Info, rubric: Rubric, step: Fraction, platform: str, kind: str | None
) -> list[Problem]:
    """Say what the second worksheet lacks, and in what it does not belong to this evaluation."""
    texts = about.texts
    faults = belongs(about, NEEDED, rubric, platform)
    if texts.get("date") and iso_date(texts["date"]) is None:
        code = "form.no_day" if is_date(texts["date"]) else "form.not_date"
        faults.append(about.fault(code, "date", found=texts["date"][:LONGEST_ECHO]))
    if texts.get("step") and number(texts["step"]) != step:
        faults.append(about.fault("form.step", "step", found=texts["step"], expected=number_text(step)))
    stated = KIND_NAMES.get(plain(texts.get("kind", "")))
    if kind and stated and stated != kind:
        faults.append(about.fault("form.kind", "kind", found=texts["kind"]))
    return faults


def _double(about: Info, found: Sheet, first: str) -> Problem:
    """Report that an expert has a sheet already, at the id, else the name."""
    if about.texts.get("expert_id"):
        said = {"id": found.expert_id, "name": found.name}
        return about.fault("form.double_expert", "expert_id", **said, file=first)
    return about.fault("form.double_name", "name", name=found.name, file=first)


def _read_table(book: Book, about: Info, rubric: Rubric, step: Fraction) -> tuple[Sheet, list[Problem]]:
    """Read the marks and check them; marks for another table are not checked."""
    table = worksheet(book, TABLE)
    page = book.worksheets[table]
    rows, formulas = page.rows, page.formulas
    try:
        header, place = columns(rows, COLUMN_NAMES, optional=OPTIONAL)
    except Invalid as e:
        raise Invalid([problem.at(book.source, table) for problem in e.problems]) from e
    at, faults = criterion_rows(rows, place, header + 1, rubric)
    marks: dict[str, Mark] = {}
    reported = {name for name in rubric.criteria if at.get(name, -1) < 0}  # a problem is reported once
    spots = [place.get(column) for column in TYPED]
    live = {row for row, column in formulas if column in spots}
    for name, row in at.items():
        if name in reported:
            continue
        words = [page.shared(row, spot) if spot is not None else "" for spot in spots[1:]]
        calculated = [c for c in TYPED if (row, place.get(c)) in formulas] if row in live else []
        mark, wrong = _mark(rubric.criteria[name], [rows[row][place["mark"]], *words], calculated, step)
        if mark:
            marks[name] = mark
        if wrong:
            reported.add(name)
            faults += [(row, problem.at(cell_name(row, place[column]))) for column, problem in wrong]
    given = _sheet(book, about, marks)
    # The hash is of what was handed in: neither the file's bytes nor the language of reading change it.
    sheet = replace(with_level_reasons(rubric, given, language()), sha256=content_sha256(given))
    for problem in problems(rubric, sheet, step):
        criterion_id = problem.data.get("id", "")
        if not criterion_id:  # about the sheet as a whole
            faults.append((header, problem))
        elif criterion_id not in reported:
            column = place.get(MENDED.get(problem.code, "mark"), place["mark"])
            faults.append((at[criterion_id], problem.at(cell_name(at[criterion_id], column))))
    if about.texts.get("scale", rubric.scale_sha256).lower() != rubric.scale_sha256:
        return sheet, []
    return sheet, [problem.at(table) for _, problem in sorted(faults, key=lambda fault: fault[0])]


def _mark(
    criterion: Criterion, cells: Sequence[Cell], calculated: Sequence[str], step: Fraction
) -> tuple[Mark | None, list[tuple[str, Problem]]]:
    """Read one row's cells in the order of TYPED; None for a blank mark. Faults come with their column."""
    if calculated:
        return None, [(name, Problem("form.formula", {"id": criterion.id})) for name in calculated]
    points, *words = cells
    if not any(words) and (bare := _bare(points)):
        return bare, []
    found = number(points)
    reason, advice, note = map(text, words)
    if blank(points):
        if not (criterion.bonus and (reason or advice or note)):
            return None, []
        found = Fraction(0)
    if found is None:
        return None, [("mark", not_a_mark(criterion, points, step))]
    note, no_level = _without_phrase(note)
    return Mark(found, reason, advice, note, no_level), []


@lru_cache(maxsize=256, typed=True)  # most marks are one of a few numbers, without words
def _bare(points: Cell) -> Mark | None:
    found = number(points)
    return None if found is None else Mark(found)


def _without_phrase(note: str) -> tuple[str, bool]:
    """Return a note without "no level fits", and whether it had that."""
    first = next((at for at, sign in enumerate(note) if not blank(sign)), 0)
    seen = note[first:]
    phrase = next((phrase for phrase in NO_LEVEL if seen.lower().startswith(phrase)), "")
    return SEPARATOR.sub("", seen[len(phrase) :], count=1) if phrase else note, bool(phrase)


def _sheet(book: Book, about: Info, marks: Mapping[str, Mark]) -> Sheet:
    texts = about.texts
    name = texts.get("name", "")
    return Sheet(
        texts.get("expert_id") or name,
        name,
        marks,
        date=iso_date(texts.get("date", "")) or "",
        platform=texts.get("platform", ""),
        source=book.source,
        wording_sha256=texts.get("wording", "").lower(),
    )
