"""The report's facts fit for print, as plain data for its template: null is a fact that is not stated."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

from zhiping.documents.papers import fonts
from zhiping.documents.papers.charts import Chart
from zhiping.documents.papers.facts.evaluation import Blank, Facts
from zhiping.documents.papers.report import Report, code_points, texts
from zhiping.texts.catalogue import language, say

WIDTHS = {
    "band": 156,
    "shares": 140,
    "losses": 140,
    "changes": 140,
    "code": 25,
}  # of pictures, in millimetres
_LONG_WORD = re.compile(r"[!-~]{24,}")  # one that may be wider than its column


def contents(report: Report) -> Facts:
    """Return the report's contents, fit for print; what its fonts lack is replaced and listed."""
    result, evaluation = report.result, report.evaluation
    title = say("report.title", platform=evaluation.platform.name)
    data = {
        **{name: value for name, value in report.facts.items() if name != "embedded"},
        "label": {name: say(f"report.label.{name}") for name in labels()},
        "language": language(),
        "open_draft": report.stamp == "open",
        "title": title,
        "running": _cut(title, 48),
        "number": _cut(evaluation.report.number, 20),
    }
    lacking = fonts.missing("".join(texts(data)))
    replaced = sorted({*result["replaced_characters"], *code_points(lacking)})
    fit = cast("Facts", _fit(data, fonts.substitutes(lacking)))
    return fit | {
        "replaced": replaced,
        "embedded": report.facts["embedded"],
        "charts": _charts(report.charts),
    }


@cache
def labels() -> list[str]:
    """Return the names of the labels in the template."""
    template = Path(__file__).with_name("report.typ").read_text(encoding="utf-8")
    return sorted(set(re.findall(r"\bt\.(\w+)", template)))


def _fit(value: Any, substitutes: Mapping[int, str]) -> Any:  # noqa: ANN401 - any tree of plain data
    """Return the data fit for print: blanks are null, long words may break, every glyph is there."""
    if isinstance(value, dict):
        return {k: _fit(v, substitutes) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_fit(item, substitutes) for item in value]
    if isinstance(value, str):
        if isinstance(value, Blank) or not value.strip():
            return None
        return _LONG_WORD.sub(_breakable, value.translate(substitutes) if substitutes else value)
    return value


def _breakable(word: re.Match[str]) -> str:
    return "\u200b".join(re.findall(".{1,8}", word[0]))


def _cut(text: str, most: int) -> str:
    """Shorten a text for the head or foot of every page."""
    return text if len(text) <= most else text[: most - 1] + "…"


def _charts(drawn: Mapping[str, Chart]) -> dict[str, Facts] | None:
    """Return the charts with their captions and words; null where there are none."""
    return {
        name: {"svg": chart.svg, "width": WIDTHS[name], "caption": chart.title, "alt": chart.words}
        for name, chart in drawn.items()
    } or None
