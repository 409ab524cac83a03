"""A rubric as its pages print it: in one language or in both, line by line."""

from collections.abc import Callable, Iterable
from typing import Any

from zhiping.documents.wording import level_text
from zhiping.domain.comparison import Change
from zhiping.domain.exact import number_text
from zhiping.domain.rubric import Band, Cap, Criterion, Dimension, Indicator, Rubric, Text
from zhiping.web.texts import language, say

Words = list[tuple[str, str]]  # language and words


def languages(rubric: Rubric, asked: str) -> tuple[str, ...]:
    """Return which languages to print: the one asked for or `both`; Chinese where there is no other."""
    if not rubric.title.en:
        return ("zh",)
    return {"zh": ("zh",), "en": ("en",), "both": ("zh", "en")}.get(asked, (language(),))


def table(rubric: Rubric, spoken: Iterable[str]) -> list[dict[str, Any]]:
    """Return dimensions with their indicators, criteria and levels, words in each language."""
    spoken = tuple(spoken)

    def words(text: Text) -> Words:
        return [(name, text[name]) for name in spoken]

    def criterion(item: Criterion) -> dict[str, Any]:
        levels = [[(name, level_text(name, level)) for name in spoken] for level in item.levels]
        found = {"id": item.id, "text": words(item.text), "levels": levels}
        return found | {"max": number_text(item.max), "place": item.place}

    def indicator(item: Indicator) -> dict[str, Any]:
        found = {"id": item.id, "name": words(item.name), "focus": words(item.focus)}
        return found | {"max": number_text(item.max), "criteria": list(map(criterion, item.criteria))}

    return [
        {
            "id": dimension.id,
            "name": words(dimension.name),
            "max": number_text(dimension.max),
            "indicators": list(map(indicator, dimension.indicators)),
        }
        for dimension in rubric.dimensions
    ]


def change(found: Change) -> dict[str, Any]:
    """Return a change with the lines of the part before and after, in the reader's language."""
    lines = _LINES[found.part]
    return {
        "part": found.part,
        "id": found.id if found.part in ("indicator", "criterion") else "",
        "what": found.what,
        "before": lines(found.before, language()) if found.before else [],
        "after": lines(found.after, language()) if found.after else [],
    }


def _table_lines(rubric: Rubric, spoken: str) -> list[str]:
    return [f"{rubric.title[spoken]} {rubric.id} {rubric.version}", rubric.source[spoken]]


def _part_lines(part: Dimension | Indicator, spoken: str) -> list[str]:
    name = say("rubrics.part", name=part.name[spoken], max=number_text(part.max))
    return [name, part.focus[spoken]] if isinstance(part, Indicator) else [name]


def _criterion_lines(item: Criterion, spoken: str) -> list[str]:
    name = say("rubrics.part", name=item.text[spoken], max=number_text(item.max))
    return [name, *(level_text(spoken, level) for level in item.levels), item.place]


def _grade_lines(band: Band, spoken: str) -> list[str]:
    lower = number_text(band.lower)
    return [say("rubrics.bound", name=band.name[spoken], lower=lower), band.meaning[spoken]]


def _cap_lines(cap: Cap, _: str) -> list[str]:
    names = {kind: say(f"rubrics.{kind}s.{getattr(cap, kind)}") for kind in ("channel", "reading")}
    return [say("rubrics.cap", id=cap.criterion, max=number_text(cap.max), **names)]


_LINES: dict[str, Callable[[Any, str], list[str]]] = {
    "table": _table_lines,
    "dimension": _part_lines,
    "indicator": _part_lines,
    "criterion": _criterion_lines,
    "grade": _grade_lines,
    "cap": _cap_lines,
}
