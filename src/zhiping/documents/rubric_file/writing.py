"""A rubric, or a draft with its doubts, written as a TOML file a person can edit."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from zhiping.documents import texts
from zhiping.documents.toml_file import written
from zhiping.domain import rubric as rubrics
from zhiping.domain.doubt import Doubt
from zhiping.domain.rubric import Rubric


def dumps(rubric: Rubric, doubts: Sequence[Doubt] = ()) -> str:
    """Write a rubric, or a draft with its doubts, as a TOML file a person can edit; `loads` reads it back."""
    data = rubrics.as_data(rubric)
    says = [texts.lookup(language, "rubric.file") for language in texts.LANGUAGES]
    lines = [f"# {line}" for say in says for line in say["head"].strip().split("\n")]
    lines += [f"{key} = {written(data[key])}" for key in ("id", "version", "title")]
    lines += [f"source = {written(data['source'])}"] if rubric.source.zh else []
    for key in ("bands", "caps"):
        lines += ["", *(f"# {say[key]}" for say in says), *_rows(key, data[key])]
    if doubts:
        lines += ["", *(f"# {say['doubts']}" for say in says)]
    for doubt in doubts:
        lines += ["", "[[doubts]]", *_pairs(asdict(doubt))]
    for dimension in data["dimensions"]:
        lines += _dimension_lines(dimension)
    return "\n".join(lines) + "\n"


def _pairs(table: Mapping[str, Any], *keys: str) -> Iterator[str]:
    return (f"{key} = {written(table[key])}" for key in (keys or table) if key in table)


def _rows(key: str, rows: Sequence[Any]) -> list[str]:
    """Write a list with one row a line."""
    return [f"{key} = [", *(f"  {written(row)}," for row in rows), "]"]


def _dimension_lines(dimension: Mapping[str, Any]) -> Iterator[str]:
    bonus = ("bonus",) if dimension["bonus"] else ()
    yield from ("", "", "[[dimensions]]", *_pairs(dimension, "id", "name", "max", *bonus))
    for indicator in dimension["indicators"]:
        title = "".join(c if c.isprintable() else " " for c in f"{indicator['id']} {indicator['name']['zh']}")
        yield from ("", f"# ── {title} ──", "[[dimensions.indicators]]")
        yield from _pairs(indicator, "id", "name", "focus", "max")
        for criterion in indicator["criteria"]:
            yield from ("", "[[dimensions.indicators.criteria]]")
            yield from _pairs(criterion, "id", "text", "max", "place")
            yield from _rows("levels", criterion["levels"])
