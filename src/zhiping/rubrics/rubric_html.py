"""Rubrics as HTML, in one language or both."""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

from django.template.loader import render_to_string
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from zhiping.documents.spreadsheets.rubric_table import notes_printed
from zhiping.domain.comparison import Change
from zhiping.domain.exact import number_text
from zhiping.domain.rubric import Band, Cap, Criterion, Dimension, Indicator, Level, Rubric, Text
from zhiping.rubrics.models import table_of
from zhiping.texts.catalogue import language, say, speaking, translated
from zhiping.texts.wording import level_text

LINE = '<span class="line" lang="{}">{}</span>'
TAGS = {"zh": "zh-Hans", "en": "en"}


def languages(rubric: Rubric, asked: str) -> tuple[str, ...]:
    """Return the languages to show: the one asked for, or both for `both`; Chinese if it is the only one."""
    if not rubric.title.en:
        return ("zh",)
    return {"zh": ("zh",), "en": ("en",), "both": ("zh", "en")}.get(asked, (language(),))


@lru_cache(maxsize=32)
def published(wording_sha256: str, spoken: tuple[str, ...], shown: str) -> SafeString:  # noqa: ARG001 - a key
    """Return a published table as HTML, cached because it is immutable. `shown`: language of the headings."""
    return page(table_of(wording_sha256), spoken)


def page(rubric: Rubric, spoken: tuple[str, ...]) -> SafeString:
    """Render a table as HTML: dimensions, indicators, criteria with their levels, and notes."""
    notes = [(TAGS[name], _notes(rubric, name)) for name in spoken]
    return render_to_string("rubrics/table.html", {"dimensions": _dimensions(rubric, spoken), "notes": notes})


def _dimensions(rubric: Rubric, spoken: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the template's context of the dimensions; each text is HTML with a line per language."""

    def lines(say: Callable[[str], str]) -> SafeString:
        return format_html_join(" ", LINE, [(TAGS[name], say(name)) for name in spoken if say(name)])

    def words(text: Text) -> SafeString:
        return lines(text.__getitem__)

    def criterion(item: Criterion) -> dict[str, Any]:
        levels = [lines(partial(_level, level)) for level in item.levels]
        texts = {"id": item.id, "text": words(item.text), "levels": levels}
        return texts | {"max": number_text(item.max), "place": item.place}

    def indicator(item: Indicator) -> dict[str, Any]:
        texts = {"id": item.id, "name": words(item.name), "focus": words(item.focus)}
        return texts | {"max": number_text(item.max), "criteria": list(map(criterion, item.criteria))}

    return [
        {
            "id": dimension.id,
            "name": words(dimension.name),
            "max": number_text(dimension.max),
            "indicators": list(map(indicator, dimension.indicators)),
        }
        for dimension in rubric.dimensions
    ]


def _level(level: Level, spoken: str) -> str:
    with speaking(spoken):
        return level_text(level)


def _notes(rubric: Rubric, spoken: str) -> list[str]:
    with speaking(spoken):
        return notes_printed(rubric)


def change(difference: Change) -> dict[str, Any]:
    """Return the template's context of a change: lines of the part before and after it."""
    lines = _LINES[difference.part]
    return {
        "part": difference.part,
        "id": difference.id if difference.part in ("indicator", "criterion") else "",
        "what": difference.what,
        "before": lines(difference.before) if difference.before else [],
        "after": lines(difference.after) if difference.after else [],
    }


def _table_lines(rubric: Rubric) -> list[str]:
    return [f"{translated(rubric.title)} {rubric.id} {rubric.version}", translated(rubric.source)]


def _part_lines(part: Dimension | Indicator) -> list[str]:
    name = say("tables.of_max", name=translated(part.name), max=number_text(part.max))
    return [name, translated(part.focus)] if isinstance(part, Indicator) else [name]


def _criterion_lines(item: Criterion) -> list[str]:
    name = say("tables.of_max", name=translated(item.text), max=number_text(item.max))
    return [name, *(level_text(level) for level in item.levels), item.place]


def _grade_lines(band: Band) -> list[str]:
    lower = number_text(band.lower)
    return [say("rubrics.bound", name=translated(band.name), lower=lower), translated(band.meaning)]


def _cap_lines(cap: Cap) -> list[str]:
    names = {kind: say(f"rubrics.{kind}s.{getattr(cap, kind)}") for kind in ("channel", "reading")}
    return [say("rubrics.cap", id=cap.criterion, max=number_text(cap.max), **names)]


_LINES: dict[str, Callable[[Any], list[str]]] = {
    "table": _table_lines,
    "dimension": _part_lines,
    "indicator": _part_lines,
    "criterion": _criterion_lines,
    "grade": _grade_lines,
    "cap": _cap_lines,
}
