"""Rubrics: dimensions, indicators, criteria and levels of a scoring table, and their validation."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any, Literal, get_args

from zhiping.domain.errors import Problem
from zhiping.domain.exact import number_text
from zhiping.domain.transparency.canonical import sha256

Channel = Literal["both", "offline", "online"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)
CapReading = Literal["lenient", "strict"]
CAP_READINGS: tuple[CapReading, ...] = get_args(CapReading)
MARKS_LIMIT = 1000  # legal marks of one level: more is a typo, or an attack on memory


@dataclass(frozen=True, slots=True)
class Text:
    """A text in Chinese and English; a table read from a Chinese standard has no English."""

    zh: str
    en: str = ""

    def __getitem__(self, language: str) -> str:
        """Return the text in a language ("zh" or "en"), falling back to Chinese."""
        return (self.en or self.zh) if language == "en" else self.zh


@dataclass(frozen=True, slots=True)
class Level:
    """One printed branch of a criterion: an exact mark (`low == high`) or a range of marks.

    `step` is set if the table itself fixes one ("each missing item costs 0.5"); else the policy's applies.
    """

    low: Fraction
    high: Fraction
    text: Text
    step: Fraction | None = None

    @property
    def exact(self) -> bool:
        """Return whether the level consists of a single mark."""
        return self.low == self.high

    def marks(self, step: Fraction) -> tuple[Fraction, ...]:
        """Return the legal marks of this level in ascending order, in points."""
        width = self.step or step
        return tuple(self.low + width * i for i in range(int((self.high - self.low) / width) + 1))


@dataclass(frozen=True)
class Criterion:
    """An item to score. `id` is a string, because "12.10" is not "12.1"."""

    id: str
    text: Text
    max: Fraction
    levels: tuple[Level, ...]  # best first, as printed
    bonus: bool = False
    place: str = ""  # its place in the standard
    name: Text = field(default_factory=lambda: Text(""))  # a short title, for tables outside the rubric

    @property
    def title(self) -> Text:
        """Return the short title, else the whole text."""
        return self.name if self.name.zh else self.text

    @property
    def cliff(self) -> bool:
        """Return whether only the maximum earns points, so that any shortfall yields 0."""
        return self.marks(Fraction(1, 2)) == (Fraction(0), self.max)

    def marks(self, step: Fraction) -> tuple[Fraction, ...]:
        """Return all legal marks in ascending order; a bonus criterion always includes 0."""
        return tuple(self._legal(step).values())

    def _legal(self, step: Fraction) -> dict[tuple[int, int], Fraction]:
        """Return the legal marks keyed by numerator and denominator: tuples hash faster than fractions."""
        known = self._by_step.get(step.as_integer_ratio())
        if known is None:
            legal = {mark for level in self.levels for mark in level.marks(step)}
            ordered = sorted(legal | {Fraction(0)} if self.bonus else legal)
            known = self._by_step[step.as_integer_ratio()] = {m.as_integer_ratio(): m for m in ordered}
        return known

    @cached_property
    def _by_step(self) -> dict[tuple[int, int], dict[tuple[int, int], Fraction]]:
        return {}

    def position(self, mark: Fraction) -> int | None:
        """Return the position of a mark's level; None for an unearned bonus or a mark in no level."""
        key = mark.as_integer_ratio()
        if key not in self._positions:
            inside = (i for i, level in enumerate(self.levels) if level.low <= mark <= level.high)
            self._positions[key] = next(inside, None)
        return self._positions[key]

    @cached_property
    def _positions(self) -> dict[tuple[int, int], int | None]:
        return {}

    def level(self, mark: Fraction) -> Level | None:
        """Return the level of a mark; None for an unearned bonus or a mark in no level."""
        position = self.position(mark)
        return None if position is None else self.levels[position]

    def admits(self, mark: Fraction, step: Fraction) -> bool:
        """Return whether a mark is legal."""
        return mark.as_integer_ratio() in self._legal(step)


@dataclass(frozen=True, slots=True)
class Indicator:
    """A second-level indicator; its maximum is the sum of those of its criteria."""

    id: str
    name: Text
    focus: Text  # the table's content requirement
    max: Fraction
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True)
class Dimension:
    """A first-level indicator, or the bonus group."""

    id: str
    name: Text
    max: Fraction
    indicators: tuple[Indicator, ...]
    bonus: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """A grade and the lowest exact score that earns it (8.2)."""

    grade: str
    name: Text
    lower: Fraction
    meaning: Text


@dataclass(frozen=True, slots=True)
class Cap:
    """The maximum a platform of one channel (`offline` or `online`) can earn for a criterion, in points.

    A cap with `reading` `lenient` applies to both readings, because the wording of the table excludes more
    points. A `strict` cap applies to the strict reading only, which scores the lower mark where the table is
    silent. A criterion has at most one cap per channel.
    """

    channel: str
    reading: str
    criterion: str
    max: Fraction


@dataclass(frozen=True)
class Rubric:
    """A version of a scoring table. Bands are ordered best first; the lower bound of the last is 0.

    `urgent`: criteria (safety, secrecy) on which any loss must be remedied at once.
    """

    id: str
    version: str
    title: Text
    dimensions: tuple[Dimension, ...]
    bands: tuple[Band, ...]
    caps: tuple[Cap, ...] = ()
    urgent: tuple[str, ...] = ()
    source: Text = field(default_factory=lambda: Text(""))
    number: str = ""  # of the standard, as DB15/T 1234—2025

    @cached_property
    def indicators(self) -> tuple[Indicator, ...]:
        """Return all indicators in table order, bonus last."""
        return tuple(i for d in self.dimensions for i in d.indicators)

    @cached_property
    def criteria(self) -> Mapping[str, Criterion]:
        """Return all criteria by id, in table order."""
        return {c.id: c for i in self.indicators for c in i.criteria}

    @cached_property
    def base(self) -> tuple[Criterion, ...]:
        """Return the criteria of the base score."""
        return tuple(c for c in self.criteria.values() if not c.bonus)

    @cached_property
    def denominators(self) -> frozenset[int]:
        """Return the denominators of all maxima, for scaling points to integers."""
        return frozenset(c.max.denominator for c in self.criteria.values())

    @cached_property
    def base_max(self) -> Fraction:
        """Return the maximum of the base score, in points."""
        return sum((d.max for d in self.dimensions if not d.bonus), Fraction(0))

    @cached_property
    def bonus_max(self) -> Fraction:
        """Return the maximum of the bonus, in points."""
        return sum((d.max for d in self.dimensions if d.bonus), Fraction(0))

    @cached_property
    def scale_sha256(self) -> str:
        """Return the hash of ids, maxima, levels and bands; sheets with equal hashes can be combined."""
        return sha256({**_tree(self, _scale), "bands": [[b.grade, b.lower] for b in self.bands]})

    @cached_property
    def wording_sha256(self) -> str:
        """Return the hash of everything including texts; a difference is noted in the report."""
        return sha256(as_data(self))


def _scale(criterion: Criterion) -> dict[str, Any]:
    levels = [[level.low, level.high, level.step] for level in criterion.levels]
    return {"id": criterion.id, "max": criterion.max, "levels": levels}


def _words(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en} if text.en else {"zh": text.zh}


def _criterion(criterion: Criterion) -> dict[str, Any]:
    data: dict[str, Any] = {"id": criterion.id, "text": _words(criterion.text), "max": criterion.max}
    if criterion.name.zh:
        data["name"] = _words(criterion.name)
    if criterion.place:
        data["place"] = criterion.place
    data["levels"] = [
        ({"mark": lv.low} if lv.exact else {"low": lv.low, "high": lv.high})
        | ({"step": lv.step} if lv.step else {})
        | {"text": _words(lv.text)}
        for lv in criterion.levels
    ]
    return data


def _tree(rubric: Rubric, leaf: Any) -> dict[str, Any]:  # noqa: ANN401 - one of the two functions above
    return {
        "dimensions": [
            {
                "id": d.id,
                "max": d.max,
                "bonus": d.bonus,
                "indicators": [
                    {"id": i.id, "max": i.max, "criteria": [leaf(c) for c in i.criteria]}
                    for i in d.indicators
                ],
            }
            for d in rubric.dimensions
        ]
    }


def as_data(rubric: Rubric) -> dict[str, Any]:
    """Return a rubric as plain data in the shape of a rubric file, with exact numbers."""
    tree = _tree(rubric, _criterion)
    for d, dimension in zip(tree["dimensions"], rubric.dimensions, strict=True):
        d["name"] = _words(dimension.name)
        for i, indicator in zip(d["indicators"], dimension.indicators, strict=True):
            i["name"], i["focus"] = _words(indicator.name), _words(indicator.focus)
    return {
        "id": rubric.id,
        "version": rubric.version,
        "title": _words(rubric.title),
        "source": _words(rubric.source),
        "bands": [
            {"grade": b.grade, "name": _words(b.name), "lower": b.lower, "meaning": _words(b.meaning)}
            for b in rubric.bands
        ],
        "caps": [
            {"channel": c.channel, "reading": c.reading, "criterion": c.criterion, "max": c.max}
            for c in rubric.caps
        ],
        **({"number": rubric.number} if rubric.number else {}),
        **({"urgent": list(rubric.urgent)} if rubric.urgent else {}),  # tables without keep their hash
        **tree,
    }


def no_criterion(rubric: Rubric, names: Iterable[str], *where: str) -> Iterator[Problem]:
    """Yield the ids for which a rubric has no criterion."""
    allowed = list(rubric.criteria)
    for name in names:
        if name not in rubric.criteria:
            yield Problem("rubric.no_criterion", {"found": name, "allowed": allowed}, where)


def problems(rubric: Rubric) -> Iterator[Problem]:
    """Yield everything that makes a table inconsistent.

    Sums are checked per indicator and per dimension, because two errors can cancel in the grand total.
    """
    yield from _double_ids(rubric)
    for dimension in rubric.dimensions:
        yield from _parts(dimension.id, dimension.max, [i.max for i in dimension.indicators])
        for indicator in dimension.indicators:
            yield from _parts(indicator.id, indicator.max, [c.max for c in indicator.criteria])
            for criterion in indicator.criteria:
                yield from _unsound_levels(criterion)
                if criterion.id.rpartition(".")[0] != indicator.id:
                    yield Problem("rubric.stray", {"id": criterion.id, "indicator": indicator.id})
                if criterion.bonus != dimension.bonus:
                    yield Problem("rubric.bonus", {"id": criterion.id})
    if not rubric.base:
        yield Problem("rubric.no_base")
    yield from _unsound_bands(rubric)
    yield from _unsound_caps(rubric)
    yield from no_criterion(rubric, rubric.urgent, "urgent")


def _double_ids(rubric: Rubric) -> Iterator[Problem]:
    seen: set[str] = set()
    every = [d.id for d in rubric.dimensions] + [i.id for i in rubric.indicators]
    every += [c.id for i in rubric.indicators for c in i.criteria]
    for name in every:
        if name in seen:
            yield Problem("rubric.double_id", {"id": name})
        seen.add(name)


def _parts(name: str, printed: Fraction, parts: Sequence[Fraction]) -> Iterator[Problem]:
    total = sum(parts, Fraction(0))
    if not parts:
        yield Problem("rubric.empty", {"id": name})
    elif total != printed:
        yield Problem(
            "rubric.sum", {"id": name, "printed": number_text(printed), "found": number_text(total)}
        )


def _possible(level: Level) -> bool:
    """Whether the marks of a level are not negative, reach both ends in equal steps, and are few enough."""
    width = Fraction(1) if level.step is None else level.step
    if width <= 0 or not 0 <= level.low <= level.high:
        return False
    steps = (level.high - level.low) / width
    return steps.denominator == 1 and steps < MARKS_LIMIT


def _unsound_levels(criterion: Criterion) -> Iterator[Problem]:
    levels = sorted(criterion.levels, key=lambda level: (level.low, level.high))
    place = {"id": criterion.id}
    if not levels:
        yield Problem("rubric.no_levels", place)
        return
    impossible = [level for level in levels if not _possible(level)]
    for level in impossible:
        text = f"{number_text(level.low)}~{number_text(level.high)}"
        yield Problem("rubric.level", {**place, "found": text})
    if impossible:
        return
    for lower, upper in pairwise(levels):
        if upper.low <= lower.high:
            yield Problem("rubric.overlap", {**place, "found": number_text(upper.low)})
    best = max(level.high for level in levels)
    if best != criterion.max:
        yield Problem("rubric.max", {**place, "max": number_text(criterion.max), "found": number_text(best)})


def _unsound_caps(rubric: Rubric) -> Iterator[Problem]:
    seen = set()
    for cap in rubric.caps:
        known = rubric.criteria.get(cap.criterion)
        if known is None or not _earnable(known, cap.max):
            yield Problem("rubric.cap", {"id": cap.criterion, "max": number_text(cap.max)})
        if cap.channel not in CHANNELS[1:] or cap.reading not in CAP_READINGS:
            yield Problem("rubric.cap_kind", {"id": cap.criterion, "found": f"{cap.channel}/{cap.reading}"})
        if (cap.channel, cap.criterion) in seen:
            yield Problem("rubric.double_cap", {"id": cap.criterion, "channel": cap.channel})
        seen.add((cap.channel, cap.criterion))


def _earnable(criterion: Criterion, mark: Fraction) -> bool:
    return all(map(_possible, criterion.levels)) and mark in criterion.marks(Fraction(1))


def _unsound_bands(rubric: Rubric) -> Iterator[Problem]:
    if not rubric.bands:
        yield Problem("rubric.no_bands")
        return
    for better, worse in pairwise(rubric.bands):
        if better.lower <= worse.lower:
            yield Problem("rubric.band_order", {"id": worse.grade})
    if rubric.bands[-1].lower != 0:
        yield Problem("rubric.band_floor", {"id": rubric.bands[-1].grade})
    if len({b.grade for b in rubric.bands}) != len(rubric.bands):
        yield Problem("rubric.double_id", {"id": "bands"})
