"""Generate the spreadsheets of the examples from marks.toml: `.venv/bin/python examples/make.py`."""

import tomllib
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from zhiping.documents.files import evaluation_file, rubric_file
from zhiping.documents.spreadsheets import deliberation
from zhiping.documents.spreadsheets.form import reading, writing
from zhiping.domain.consensus import Agreed
from zhiping.domain.evaluation import Evaluation
from zhiping.domain.panel import Expert
from zhiping.domain.result import evaluate
from zhiping.domain.result_document import Result
from zhiping.domain.rubric import Rubric
from zhiping.domain.sheet import Mark, Sheet, with_level_reasons

HERE = Path(__file__).parent


def make(folder: Path, target: Path) -> None:
    """Write the filled sheets of an example, and its filled deliberation if marks were agreed."""
    rubric = rubric_file.bundled()
    about = evaluation_file.load(folder / "evaluation.toml", rubric)
    marks = tomllib.loads((folder / "marks.toml").read_text(encoding="utf-8"))
    date = marks.pop("date")
    common = about.policy.method == "panel"
    members = (Expert("", "评价组"),) if common else about.panel or ()
    paths = []
    (target / "sheets").mkdir(parents=True, exist_ok=True)
    for j, expert in enumerate(members):
        sheet = with_level_reasons(rubric, _sheet(rubric, about, expert, marks, j))
        paths.append(target / "sheets" / f"{expert.name}.xlsx")
        writing.write_form(
            rubric, paths[-1], step=about.policy.step, kind=about.kind, sheet=replace(sheet, date=date)
        )
    agreed = {
        k: Agreed(Fraction(m["agreed"][0]), m["agreed"][1], m.get("dissent", ""))
        for k, m in marks.items()
        if "agreed" in m
    }
    if agreed:
        _deliberate(rubric, about, paths, agreed, target / "deliberation.xlsx")


def _sheet(rubric: Rubric, about: Evaluation, expert: Expert, marks: dict[str, Any], j: int) -> Sheet:
    def mark(name: str) -> Mark:
        entry = marks.get(name)
        criterion = rubric.criteria[name]
        if entry is None:
            return Mark(Fraction(0) if criterion.bonus else criterion.max)
        blank = [""] * (j + 1)
        texts = (entry.get(key, blank)[j] for key in ("reason", "advice", "note"))
        return Mark(
            Fraction(entry["points"][j]), *texts, no_level=entry.get("no_level", [False] * (j + 1))[j]
        )

    filled = {name: mark(name) for name in rubric.criteria}
    return Sheet(expert.id, expert.name, filled, platform=about.platform.name)


def _deliberate(
    rubric: Rubric, about: Evaluation, paths: list[Path], agreed: dict[str, Agreed], path: Path
) -> None:
    sheets = reading.read_forms(paths, rubric, about.policy.step)
    result: Result = evaluate(rubric, about, sheets, agreed)
    deliberation.write_deliberation(result, rubric, path, guidance=about.guidance, panel=about.panel or ())


if __name__ == "__main__":
    for folder in sorted(p.parent for p in HERE.glob("*/marks.toml")):
        make(folder, folder)
