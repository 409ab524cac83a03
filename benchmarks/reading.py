"""Reading filled scoring sheets with all checks, beside the bare parsers on the same files."""

import random
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import openpyxl
from python_calamine import CalamineWorkbook

from benchmarks import Figure
from zhiping.documents.files.rubric_file import bundled
from zhiping.documents.spreadsheets.form.reading import read_forms
from zhiping.documents.spreadsheets.form.writing import write_form
from zhiping.domain.sheet import Mark, Sheet

SHEETS, ROUNDS = 200, 7
REASONS = (
    "现场查看时有两台设备没有检定标识，台账也没有及时更新",
    "制度已印发，但培训记录只有上半年的",
    "网站公示内容过期",
)
STEP = Fraction(1)


def make(folder: Path) -> list[Path]:
    """Write sheets as members fill them: most marks full, losses with reasons, some with advice."""
    rubric, chance = bundled(), random.Random(2025)
    paths = []
    for number in range(SHEETS):
        marks = {}
        for criterion in rubric.base:
            points = criterion.max if chance.random() < 0.8 else chance.choice(criterion.marks(STEP))
            lost = points < criterion.max
            advice = "建议在三个月内补齐" if lost and chance.random() < 0.5 else ""
            marks[criterion.id] = Mark(points, chance.choice(REASONS) if lost else "", advice)
        sheet = Sheet(f"E{number:03}", f"专家{number}", marks, "2026-05-12", "草原质量服务平台")
        paths.append(folder / f"{number}.xlsx")
        write_form(rubric, paths[-1], sheet=sheet, kind="authority")
    return paths


def with_calamine(paths: list[Path]) -> None:
    for path in paths:
        book = CalamineWorkbook.from_path(path)
        for name in book.sheet_names:
            book.get_sheet_by_name(name).to_python()


def with_openpyxl(paths: list[Path]) -> None:
    for path in paths:
        for sheet in openpyxl.load_workbook(path, data_only=True).worksheets:
            list(sheet.values)


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure() -> list[Figure]:
    """Time the readers in turn, ten sheets at a time, and sum the best of several rounds.

    Short turns side by side: another program that wakes up disturbs one turn, not one reader.
    """
    rubric = bundled()
    with tempfile.TemporaryDirectory() as folder:
        paths = make(Path(folder))
        tens = [paths[at : at + 10] for at in range(0, SHEETS, 10)]
        ours, calamine = [9.0] * len(tens), [9.0] * len(tens)
        for _ in range(ROUNDS):
            for at, ten in enumerate(tens):
                ours[at] = min(ours[at], seconds(lambda ten=ten: read_forms(ten, rubric)))
                calamine[at] = min(calamine[at], seconds(lambda ten=ten: with_calamine(ten)))
        slow = min(seconds(lambda: with_openpyxl(tens[0])) for _ in range(3)) * len(tens)
    best = sum(ours)
    each = f"{best / SHEETS * 1000:.2f} ms a sheet"
    return [
        Figure(f"reading {SHEETS} sheets with all checks", best, "s", note=each),
        Figure("the same ÷ python-calamine alone", best / sum(calamine), "×", 2),
        Figure("openpyxl alone ÷ the same", slow / best, "×", 5, most=False),
    ]
