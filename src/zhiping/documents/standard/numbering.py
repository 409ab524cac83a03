"""Items in their right indicator: the one whose numbering they continue, if the sums then agree."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from zhiping.documents.standard.bands import Notes
from zhiping.documents.standard.table import Place
from zhiping.documents.standard.tree import Group, Item, Part, Tree
from zhiping.domain.doubt import Note


def mend(groups: Sequence[Group], names: Sequence[str], notes: Notes) -> None:
    """Move items that a page break put under a neighbour; `names` are the indicators' ids in order."""
    for (before, first), (after, second) in pairwise(zip(groups, names, strict=True)):
        items, home, split = [*before.items, *after.items], len(before.items), _split(before, after)
        if split is None:
            continue
        before.items, after.items = items[:split], items[split:]
        for k in range(home, split):
            notes.append(_moved(items[k], after, f"{first}.{k + 1} {before.name}"))
        for k in range(split, home):
            notes.append(_moved(items[k], before, f"{second}.{k - split + 1} {after.name}"))
    for group, name in zip(groups, names, strict=True):
        _note_numbers(group, name, notes)


def gather(tree: Tree, notes: Notes) -> None:
    """Move indicators that a page break put under a neighbouring dimension, if both sums then agree."""
    for before, after in pairwise(tree.parts):
        groups, home = [*before.groups, *after.groups], len(before.groups)
        fits = (n for n in range(1, len(groups)) if _sums(before, groups[:n]) and _sums(after, groups[n:]))
        split = next(fits, home)
        if before.bonus != after.bonus:
            continue
        before.groups, after.groups = groups[:split], groups[split:]
        notes += [
            (g.place, Note("moved_group", f"{after.name}：{g.name}", before.name)) for g in groups[home:split]
        ]
        notes += [
            (g.place, Note("moved_group", f"{before.name}：{g.name}", after.name)) for g in groups[split:home]
        ]


def _sums(part: Part, groups: Sequence[Group]) -> bool:
    return part.printed == sum(item.max for group in groups for item in group.items)


def _moved(item: Item, printed: Group, proposed: str) -> tuple[Place, Note]:
    return item.place, Note("moved", f"{printed.name}：{item.number or '–'}. {item.words[:20]}…", proposed)


def _split(before: Group, after: Group) -> int | None:
    """Return where two neighbours' items part so that numbers and sums agree; None to leave them."""
    items = [*before.items, *after.items]
    if _counted(before.items) and _counted(after.items):
        return None
    good = (n for n in range(1, len(items)) if _fits(before, items[:n]) and _fits(after, items[n:]))
    return next(good, None)


def _fits(group: Group, items: Sequence[Item]) -> bool:
    return _counted(items) and sum(item.max for item in items) == group.printed


def _counted(items: Sequence[Item]) -> bool:
    """Whether items are numbered from 1, or not at all."""
    numbers = [item.number for item in items]
    return numbers == list(range(1, len(items) + 1)) or not any(numbers)


def _note_numbers(group: Group, name: str, notes: Notes) -> None:
    if _counted(group.items):
        return
    printed = [str(item.number or "–") for item in group.items]
    twice = [number for number, times in Counter(printed).items() if times > 1 and number != "–"]
    code = "number_twice" if twice else "number_order"
    ids = ", ".join(f"{name}.{n}" for n in range(1, len(group.items) + 1))
    notes.append((group.items[0].place, Note(code, f"{group.name} {', '.join(printed)}", ids)))
