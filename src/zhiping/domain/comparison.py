"""Comparison of two rubric versions: changes of the scale and changes of the wording, part by part."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from zhiping.domain.rubric import Band, Cap, Criterion, Dimension, Indicator, Rubric

Part = Rubric | Dimension | Indicator | Criterion | Band | Cap


@dataclass(frozen=True, slots=True)
class Change:
    """A difference between two versions in one part of the table.

    `part`: table, dimension, indicator, criterion, grade or cap. `what`: added (no `before`), removed (no
    `after`), scale (marks, maxima, bounds or children; possibly wording too), wording (only wording), or
    order (of all parts of this kind: neither before nor after).
    """

    part: str
    id: str
    what: str
    before: Any  # a Part
    after: Any  # a Part


def changes(old: Rubric, new: Rubric) -> tuple[Change, ...]:
    """Return all differences in table order, removed parts after existing ones.

    The result is empty if and only if both versions have the same wording hash.
    """
    return tuple(
        change
        for part, (parts, scale, wording) in _PARTS.items()
        for change in _between(part, parts(old), parts(new), scale, wording)
    )


def _between(
    part: str, old: Mapping[str, Any], new: Mapping[str, Any], scale: "_Of", wording: "_Of"
) -> list[Change]:
    changed = []
    for name in dict.fromkeys((*new, *old)):
        before, after = old.get(name), new.get(name)
        if before is None:
            changed.append(Change(part, name, "added", None, after))
        elif after is None:
            changed.append(Change(part, name, "removed", before, None))
        elif scale(before) != scale(after):
            changed.append(Change(part, name, "scale", before, after))
        elif wording(before) != wording(after):
            changed.append(Change(part, name, "wording", before, after))
    if [name for name in old if name in new] != [name for name in new if name in old]:
        changed.append(Change(part, "", "order", None, None))
    return changed


_Of = Callable[[Any], object]


def _levels(criterion: Criterion) -> list[tuple[object, ...]]:
    return [(level.low, level.high, level.step) for level in criterion.levels]


# For each kind of part: a function returning the parts by id, one returning the scale, one the wording.
_PARTS: dict[str, tuple[Callable[[Rubric], Mapping[str, Any]], _Of, _Of]] = {
    "table": (
        lambda rubric: {"": rubric},
        lambda _: None,
        lambda rubric: (rubric.id, rubric.version, rubric.title, rubric.source, rubric.urgent),
    ),
    "dimension": (
        lambda rubric: {dimension.id: dimension for dimension in rubric.dimensions},
        lambda dimension: (dimension.max, dimension.bonus, [i.id for i in dimension.indicators]),
        lambda dimension: dimension.name,
    ),
    "indicator": (
        lambda rubric: {indicator.id: indicator for indicator in rubric.indicators},
        lambda indicator: (indicator.max, [criterion.id for criterion in indicator.criteria]),
        lambda indicator: (indicator.name, indicator.focus),
    ),
    "criterion": (
        lambda rubric: rubric.criteria,
        lambda criterion: (criterion.max, criterion.bonus, _levels(criterion)),
        lambda criterion: (
            criterion.name,
            criterion.text,
            criterion.place,
            [level.text for level in criterion.levels],
        ),
    ),
    "grade": (
        lambda rubric: {band.grade: band for band in rubric.bands},
        lambda band: band.lower,
        lambda band: (band.name, band.meaning),
    ),
    "cap": (
        lambda rubric: {f"{cap.channel} {cap.criterion}": cap for cap in rubric.caps},
        lambda cap: (cap.reading, cap.max),
        lambda _: None,
    ),
}
