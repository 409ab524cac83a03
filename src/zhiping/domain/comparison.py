"""What changed from one version of a rubric to another, part by part: the scale, or only the words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from zhiping.domain.rubric import Band, Cap, Criterion, Dimension, Indicator, Rubric

Part = Rubric | Dimension | Indicator | Criterion | Band | Cap


@dataclass(frozen=True, slots=True)
class Change:
    """One part that is not the same in two versions.

    `part`: table, dimension, indicator, criterion, grade or cap. `what`: added (no `before`), removed (no
    `after`), scale (marks, maxima, bounds or what it consists of; perhaps words too), wording (words alone),
    or order (of all parts of this kind: neither before nor after).
    """

    part: str
    id: str
    what: str
    before: Any  # a Part
    after: Any  # a Part


def changes(old: Rubric, new: Rubric) -> tuple[Change, ...]:
    """Return every difference, in table order; what is gone comes after what is there.

    There is none exactly where both versions have the same wording hash.
    """
    return tuple(
        change
        for part, (parts, scale, wording) in _PARTS.items()
        for change in _between(part, parts(old), parts(new), scale, wording)
    )


def _between(
    part: str, old: Mapping[str, Any], new: Mapping[str, Any], scale: "_Of", wording: "_Of"
) -> list[Change]:
    found = []
    for name in dict.fromkeys((*new, *old)):
        before, after = old.get(name), new.get(name)
        if before is None:
            found.append(Change(part, name, "added", None, after))
        elif after is None:
            found.append(Change(part, name, "removed", before, None))
        elif scale(before) != scale(after):
            found.append(Change(part, name, "scale", before, after))
        elif wording(before) != wording(after):
            found.append(Change(part, name, "wording", before, after))
    if [name for name in old if name in new] != [name for name in new if name in old]:
        found.append(Change(part, "", "order", None, None))
    return found


_Of = Callable[[Any], object]


def _levels(criterion: Criterion) -> list[tuple[object, ...]]:
    return [(level.low, level.high, level.step) for level in criterion.levels]


# What each kind of part is made of: the parts by id, what makes its scale, what its words are.
_PARTS: dict[str, tuple[Callable[[Rubric], Mapping[str, Any]], _Of, _Of]] = {
    "table": (
        lambda rubric: {"": rubric},
        lambda _: None,
        lambda rubric: (rubric.id, rubric.version, rubric.title, rubric.source),
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
        lambda criterion: (criterion.text, criterion.place, [level.text for level in criterion.levels]),
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
