"""The draft: groups become a sound rubric; whatever the text leaves open becomes a doubt."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import count

from zhiping.documents.standard.bands import NOWHERE, Notes, read_bands
from zhiping.documents.standard.branches import shown
from zhiping.documents.standard.items import label
from zhiping.documents.standard.numbering import gather, mend
from zhiping.documents.standard.sections import (
    check_weights,
    heading,
    one_rubric,
    outside_rules,
    unread_tables,
)
from zhiping.documents.standard.table import Line, Row, Sentence, filled, tables
from zhiping.documents.standard.tree import Group, Item, Part, Tree, grow
from zhiping.domain.doubt import Doubt, Note
from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.exact import number_text
from zhiping.domain.rubric import Criterion, Dimension, Indicator, Level, Rubric, Text

TEXT_LIMIT = 200_000  # characters of the scored table
SUM_LIMIT = 10_000
ZERO, HALF = Fraction(0), Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Draft:
    """A rubric read from a standard, sound as far as it goes, and what a person must settle first."""

    rubric: Rubric
    doubts: tuple[Doubt, ...]


def read(
    found: Iterable[Sequence[Row]],
    *,
    name: str,
    version: str,
    title: str,
    source: str = "",
    sentences: Sequence[Sentence] = (),
) -> Draft:
    """Read a document's tables, in its order, into a draft.

    Criteria are numbered `<indicator>.<item>` in the order of the scored table; bonus indicators are "B",
    "B2", … Every level keeps its printed words. Where the text does not agree with itself, the draft holds
    the proposal of that doubt. `sentences`: the document's other lines, in which the grades may
    stand. Raises Invalid where no table with points per level is found.
    """
    rows = tables(found, sentences)
    if not rows.sections:
        raise Invalid([_no_table(rows.others)])
    scored = [line for section in rows.sections for line in section.lines]
    if sum(len(cell) for line in scored for cell in line.cells.values()) > TEXT_LIMIT:
        raise Invalid([Problem("reader.too_large")])
    notes: Notes = []
    tree = grow(one_rubric(rows.sections, notes), notes)
    unread_tables(rows.others, notes)
    _drop_empty(tree, notes)
    items = [item for group in tree.groups for item in group.items]
    if not any(item.reading.levels for item in items) or all(group.bonus for group in tree.groups):
        raise Invalid([Problem("reader.no_points")])
    check_weights(rows.sections, notes, fits=_fits(tree))
    names = _names((group.bonus for group in tree.groups), "", "B")
    mend(tree.groups, names, notes)
    gather(tree, notes)
    _share_rest(tree)
    rubric = Rubric(
        name, version, Text(title), _dimensions(tree, names, title, notes), (), source=Text(source)
    )
    total = rubric.base_max + rubric.bonus_max
    if total > SUM_LIMIT:
        raise Invalid([Problem("reader.no_points")])
    outside_rules(sentences, rows.sections, (rubric.base_max, rubric.bonus_max, total), notes)
    _check_totals(tree, rubric.base_max, total, notes)
    _check_overview(tree.groups, rows.overview, notes)
    rubric = replace(rubric, bands=read_bands(rows.grades, sentences, rubric.base_max, notes))
    return Draft(rubric, _doubts(notes))


def _fits(tree: Tree) -> bool:
    """Whether every printed maximum is the sum of the points under it."""
    sums = [(item.printed, item.max) for group in tree.groups for item in group.items]
    sums += [(group.printed, sum((i.max for i in group.items), ZERO)) for group in tree.groups]
    sums += [(p.printed, sum((i.max for g in p.groups for i in g.items), ZERO)) for p in tree.parts]
    return all(printed in (None, found) for printed, found in sums) and any(printed for printed, _ in sums)


def _no_table(others: Sequence[Row]) -> Problem:
    """Return the refusal of a document without a known header; one that may be a header is quoted."""
    if not others:
        return Problem("reader.no_table")
    return Problem("reader.unknown_header", {"place": others[0].place, "found": _cut(heading(others[0]))})


def _doubts(notes: Notes) -> tuple[Doubt, ...]:
    """Number doubts in the order of the document."""
    ordered = sorted(notes, key=lambda note: note[0].order)
    return tuple(
        Doubt(f"D{n}", note.code, place.words, _cut(note.found), _cut(note.proposed))
        for n, (place, note) in enumerate(ordered, 1)
    )


def _cut(words: str) -> str:
    return words.strip() if len(words) <= 80 else words[:79].strip() + "…"


def _drop_empty(tree: Tree, notes: Notes) -> None:
    """Leave out groups without items; each is a doubt."""
    for part in tree.parts:
        empty = [group for group in part.groups if not group.items]
        notes += [(group.place, Note("no_items", group.name, "")) for group in empty]
        part.groups = [group for group in part.groups if group.items]
    notes += [(part.place, Note("no_items", part.name, "")) for part in tree.parts if not part.groups]
    tree.parts = [part for part in tree.parts if part.groups]


def _names(bonuses: Iterable[bool], plain: str, bonus: str) -> list[str]:
    """Number groups in order, the bonus ones apart: their first has no number."""
    numbers = {False: count(1), True: count(1)}
    pairs = [(is_bonus, next(numbers[is_bonus])) for is_bonus in bonuses]
    return [
        f"{plain}{number}" if not is_bonus else bonus + (str(number) if number > 1 else "")
        for is_bonus, number in pairs
    ]


# ── the rubric's tree ──────────────────────────────────────────────────────────────────────────────────


def _dimensions(tree: Tree, names: Iterable[str], title: str, notes: Notes) -> tuple[Dimension, ...]:
    ids = iter(names)
    made = []
    for part, name in zip(tree.parts, _names((p.bonus for p in tree.parts), "D", "bonus"), strict=True):
        indicators = tuple(_indicator(group, next(ids), notes) for group in part.groups)
        found = sum((indicator.max for indicator in indicators), ZERO)
        _check_sum(part, found, [indicator.max for indicator in indicators], notes)
        if part.printed is None and not tree.totals and any(map(_unprinted, part.groups)):
            notes.append((part.place, Note("no_maximum", part.name, number_text(found))))
        if not part.name and part.printed is not None:
            notes.append((part.place, Note("no_name", number_text(part.printed), title)))
        made.append(Dimension(name, Text(part.name or title), found, indicators, part.bonus))
    return tuple(made)


def _unprinted(group: Group) -> bool:
    """Whether neither an indicator nor each of its items has its maximum printed."""
    return group.printed is None and any(item.printed is None for item in group.items)


def _check_sum(group: Group | Part, found: Fraction, parts: Iterable[Fraction], notes: Notes) -> None:
    if group.printed not in (None, found):
        said = f"{group.name} {number_text(group.printed or ZERO)}"
        sums = "+".join(map(number_text, parts))
        notes.append((group.place, Note("sum", f"{said} ≠ {sums}", number_text(found))))


def _indicator(group: Group, name: str, notes: Notes) -> Indicator:
    criteria = tuple(
        _criterion(item, f"{name}.{n}", item.max or item.guess, notes, bonus=group.bonus)
        for n, item in enumerate(group.items, 1)
    )
    found = sum((criterion.max for criterion in criteria), ZERO)
    _check_sum(group, found, [criterion.max for criterion in criteria], notes)
    words = group.name or criteria[0].text.zh[:20]
    if not group.name:
        notes.append((group.place, Note("no_name", name, words)))
    return Indicator(name, Text(words), Text("；".join(group.focuses) or words), found, criteria)


def _share_rest(tree: Tree) -> None:
    """Give the items without any points what the others leave of the printed sums, in whole parts."""
    for part in tree.parts:
        for group in part.groups:
            _guess(group.items, group.printed)
        open_groups = [group for group in part.groups if group.printed is None]
        others = sum((g.printed for g in part.groups if g.printed is not None), ZERO)
        rest = None if part.printed is None else part.printed - others
        _guess([item for group in open_groups for item in group.items], rest)


def _guess(items: Sequence[Item], printed: Fraction | None) -> None:
    missing = [item for item in items if not item.max]
    rest = (printed or ZERO) - sum((item.max for item in items), ZERO)
    part = Fraction(rest // len(missing)) if missing else ZERO
    for item in missing if part > 0 else ():
        item.guess = rest - part * (len(missing) - 1) if item is missing[0] else part


def _criterion(item: Item, name: str, most: Fraction, notes: Notes, *, bonus: bool) -> Criterion:
    levels = item.reading.levels
    if not levels:
        levels = (Level(ZERO, most, Text(item.words), None if most.denominator == 1 else HALF),)
        if all(note.code != "formula" for note in item.reading.notes):
            notes.append((item.place, Note("unread", f"{name}：{item.words}", shown(levels))))
    notes += [
        (item.place, n._replace(found=f"{name}：{n.found}", proposed=n.proposed or _stand_in(n, levels)))
        for n in item.reading.notes
    ]
    text = Text(item.title or item.reading.text)
    return Criterion(name, text, levels[0].high, levels, bonus, item.place.words)


def _stand_in(note: Note, levels: Sequence[Level]) -> str:
    return shown(levels) if note.code == "formula" else ""


# ── the rest of the document ───────────────────────────────────────────────────────────────────────────


def _check_totals(tree: Tree, base: Fraction, total: Fraction, notes: Notes) -> None:
    """Note a printed sum that is neither the base nor base and bonus; without one, a base that is not 100."""
    for place, printed in tree.totals:
        if printed not in (base, total):
            notes.append((place, Note("total", number_text(printed), number_text(base))))
    if not tree.totals and base != 100:
        notes.append((NOWHERE, Note("not_hundred", number_text(base), number_text(base))))


def _check_overview(groups: Sequence[Group], lines: Sequence[Line], notes: Notes) -> None:
    """Note where the standard's list of indicators and its scored table name different ones."""
    listed = [line for line in filled(lines) if line["indicator"]]
    plain = [group for group in groups if not group.bonus]
    if listed and len(listed) not in (len(plain), len(groups)):
        found = f"{len(listed)} ≠ {len(plain)}"
        notes.append((listed[0].place, Note("indicator_count", found, str(len(plain)))))
        return
    for n, (line, group) in enumerate(zip(listed, groups, strict=False), 1):
        name = label(line["indicator"]).name
        if name != group.name:
            notes.append((line.at("indicator"), Note("indicator_name", f"{n} {name}", group.name)))
