"""The report's facts fit for print, as plain data for its template: null is a fact nobody stated."""

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, cast

from zhiping.documents.papers import charts, fonts
from zhiping.documents.papers.facts.evaluation import Blank, Facts
from zhiping.documents.papers.facts.report import report_facts
from zhiping.domain.evaluation import Evaluation
from zhiping.domain.exact import number_text
from zhiping.domain.result_document import Result
from zhiping.domain.rubric import Rubric
from zhiping.texts.catalogue import area, language, say, translated

_LONG_WORD = re.compile(r"[!-~]{24,}")  # one that may be wider than its column


def contents(result: Result, rubric: Rubric, evaluation: Evaluation) -> Facts:
    """Return the report's contents, fit for print."""
    title = say("report.title", platform=evaluation.platform.name)
    known = report_facts(result, rubric, evaluation)
    embedded = known.pop("embedded")
    found = {
        **known,
        "label": area(language(), "report")["label"],
        "language": language(),
        "draft": result["status"] == "open",
        "title": title,
        "running": _cut(title, 48),
        "number": _cut(evaluation.report.number, 20),
        "bar": _bar(result, rubric),
    }
    lacking = fonts.missing("".join(_texts(found)))
    replaced = sorted({*result["replaced_characters"], *(f"U+{ord(c):04X}" for c in lacking)})
    fit = cast("Facts", _fit(found, fonts.substitutes(lacking)))
    return fit | {"replaced": replaced, "embedded": embedded, "charts": _charts(result)}


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - any tree of plain data
    """Yield every text of plain data."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, str):
            yield found
        elif isinstance(found, dict):
            waiting += found.values()
        elif isinstance(found, list | tuple):
            waiting += found


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


def _charts(result: Result) -> dict[str, Facts] | None:
    """Return the charts with their captions and words; null while a criterion is open."""
    if result["status"] != "concluded":
        return None
    drawn = {"radar": (122, charts.radar(result)), "losses": (140, charts.losses(result))}
    return {
        name: {"svg": chart.svg, "width": millimetres, "caption": chart.title, "alt": chart.words}
        for name, (millimetres, chart) in drawn.items()
    }


def _bar(result: Result, rubric: Rubric) -> Facts | None:
    """Return the graded score against the bounds, as shares of all points; null while open."""
    graded, full = result["score"]["graded"], rubric.base_max + rubric.bonus_max
    if graded is None:
        return None
    bounds = [
        {
            "share": float(band.lower / full),
            "text": say("report.alt.bound", name=translated(band.name), lower=number_text(band.lower)),
        }
        for band in reversed(rubric.bands)
        if band.lower > 0
    ]
    shown = result["shown"]["graded"]
    texts = say("wording.comma").join(str(bound["text"]) for bound in bounds)
    return {
        "share": float(Fraction(graded) / full),
        "shown": shown,
        "bounds": bounds,
        "alt": say("report.alt.bar", score=shown, bounds=texts),
    }
