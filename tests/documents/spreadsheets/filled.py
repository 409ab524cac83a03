"""Filled scoring sheets for tests: legal random sheets, and a file's parts changed on purpose."""

import io
import random
import tempfile
import zipfile
from fractions import Fraction
from functools import cache
from pathlib import Path

import openpyxl
from hypothesis import strategies as st

from zhiping.documents.files.rubric_file import bundled
from zhiping.documents.spreadsheets.form.reading import read_forms
from zhiping.documents.spreadsheets.form.writing import write_form
from zhiping.domain.sheet import Mark, Sheet
from zhiping.texts.catalogue import speaking

RUBRIC = bundled()
PLATFORM = "草原质量服务平台"
HEADER_ROW = 4  # as spreadsheets count
ROW = {}  # the row of each criterion in an untouched form
_row = HEADER_ROW
for _dimension in RUBRIC.dimensions:
    for _indicator in _dimension.indicators:
        for _criterion in _indicator.criteria:
            _row += 1
            ROW[_criterion.id] = _row
    _row += 1  # its subtotal


def full_sheet(**changes):
    """A sheet with every maximum, changed as given: id → Mark or points."""
    marks = {c.id: Mark(c.max) for c in RUBRIC.base}
    marks |= {name: m if isinstance(m, Mark) else Mark(Fraction(m), "理由") for name, m in changes.items()}
    return Sheet("E1", "乌兰", marks, date="2026-05-12", platform=PLATFORM)


def read_form(path, rubric=RUBRIC, *step, **options):
    """The one sheet of one file."""
    [sheet] = read_forms([path], rubric, *step, **options)
    return sheet


@cache
def form_bytes(language="zh"):
    """The bytes of a filled form with every maximum."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "f.xlsx"
        with speaking(language):
            write_form(RUBRIC, path, sheet=full_sheet(), kind="authority")
        return path.read_bytes()


def parts_of(data):
    """The parts of a zip file, in order."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {entry.filename: archive.read(entry) for entry in archive.infolist()}


def zipped(parts, **options):
    """Parts as a zip file again."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return file.getvalue()


def edited(path, edit):
    """Change a file as a person would in a spreadsheet program: `edit(table, about)`."""
    book = openpyxl.load_workbook(path)
    edit(*book.worksheets)
    book.save(path)


PHRASES = ("无对应档次", "no level fits")  # a note beginning so means more than its words
WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co")), min_size=1, max_size=30)


@st.composite
def legal_marks(draw, step=Fraction(1)):
    """Marks for every criterion that may be handed in, with whatever people write beside them."""
    words = [word.strip() for word in draw(st.lists(WORDS, min_size=4, max_size=8))]
    notes = ["", *(word for word in words if not word.lower().startswith(PHRASES))]
    choose = random.Random(draw(st.integers(0, 2**32))).choice
    return {
        c.id: Mark(
            points=choose(c.marks(step)),
            reason=choose(words) or "理由",
            advice=choose(["", *words]),
            note=choose(notes),
            no_level=choose([False, False, True]),
        )
        for c in RUBRIC.criteria.values()
    }
