"""The scored table as groups: dimensions, indicators, items, with their printed maxima and places."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from zhiping.documents.standard.bands import Notes
from zhiping.documents.standard.headers import WEIGHT, compact
from zhiping.documents.standard.items import Label, Piece, label, pieces, points
from zhiping.documents.standard.levels import Reading, read_columns, read_levels
from zhiping.documents.standard.scores import scores
from zhiping.documents.standard.table import Line, Place, filled
from zhiping.domain.doubt import Note
from zhiping.domain.errors import Invalid, Problem

ITEMS_LIMIT = 1000
_BONUS = re.compile(r"加分|附加分|奖励分")
_PENALTY = re.compile(r"减分|扣分项|倒扣|负面|否决|罚分")
_NEGATIVE = re.compile(r"[-－−‐‑–]\s*\d")
SECTION = re.compile(r"[（(]?[一二三四五六七八九十]{1,3}[)）、.．]")
BONUS = "加分项"  # the genre's own words, for a bonus table without a dimension
TOTAL = re.compile(r"(?:合|总|小)计|总分")
_SENTENCE = re.compile(r"[，,；;。]")
_REMARK = re.compile(r"(?:备?注|说明)\d*[:：]")


@dataclass
class Item:
    """One scored item as printed; `title` has a column of its own beside the levels."""

    number: int | None
    words: str
    place: Place
    title: str = ""
    printed: Fraction | None = None
    zero: bool = False  # whether a bonus needs its level of 0 written out: its table is one of its own
    columns: tuple[tuple[str, str], ...] = ()  # levels with columns of their own: the heading and the cell
    reading: Reading = field(default_factory=lambda: Reading("", (), ()))
    guess: Fraction = Fraction(1)  # replaces points that are nowhere printed

    @property
    def max(self) -> Fraction:
        """The best mark read; without levels the maximum that is printed or stated, else 0."""
        return self.reading.levels[0].high if self.reading.levels else self.reading.top or Fraction(0)


@dataclass
class Group:
    """An indicator as printed: `focuses` and `printed_rows` hold what its rows say beside the items."""

    name: str
    printed: Fraction | None
    place: Place
    bonus: bool
    items: list[Item] = field(default_factory=list)
    focuses: list[str] = field(default_factory=list)
    rows: list[tuple[list[Item], Fraction]] = field(default_factory=list)


@dataclass
class Part:
    """A dimension as printed."""

    name: str
    printed: Fraction | None
    place: Place
    bonus: bool
    groups: list[Group] = field(default_factory=list)


@dataclass
class Tree:
    """Everything the scored table prints: its groups, and the sums of its last row."""

    parts: list[Part] = field(default_factory=list)
    totals: list[tuple[Place, Fraction]] = field(default_factory=list)
    penalties: tuple[bool, bool] = (False, False)  # whether the dimension, the indicator deducts points

    @property
    def groups(self) -> list[Group]:
        """All indicators in table order."""
        return [group for part in self.parts for group in part.groups]


def grow(lines: Iterable[Line], notes: Notes) -> Tree:
    """Put the rows of the scored table into groups, as their cells say, and read every item's levels."""
    tree = Tree()
    for line in filled(lines):
        if not _aside(tree, line, notes):
            _row(tree, _upright(_headed(line), notes), notes)
    if sum(len(group.items) for group in tree.groups) > ITEMS_LIMIT:  # to read their levels takes long
        raise Invalid([Problem("reader.too_large")])
    for group in tree.groups:
        _share_points(group)
        _share_focus(group)
        for item in group.items:
            bonus = group.bonus and not item.zero
            item.reading = (
                read_columns(item.columns, item.words, printed=item.printed, bonus=bonus)
                if item.columns
                else read_levels(item.words, printed=item.printed, bonus=bonus)
            )
    return tree


def _aside(tree: Tree, line: Line, notes: Notes) -> bool:
    """Whether a row holds no items: a sum, or a remark under the table."""
    first = compact(next((cell for cell in (*line.cells.values(), line.rest) if cell), ""))
    if TOTAL.match(first):
        total = next((number for cell in line.cells.values() if (number := points(cell)) is not None), None)
        total = label(first).max if total is None else total
        if first.startswith("小") and tree.parts:
            tree.parts[-1].printed = total if tree.parts[-1].printed is None else tree.parts[-1].printed
        elif total is not None:
            tree.totals.append((line.place, total))
        return True
    if _REMARK.match(first):
        notes.append((line.place, Note("remark", first, "")))
        return True
    return False


def _headed(line: Line) -> Line:
    """Return a row that only holds the title of a section, such as "一、基础（50分）", as its dimension's."""
    cells = [cell for cell in (*line.cells.values(), line.rest) if cell]
    words = compact(cells[0]) if len(cells) == 1 and not line.levels else ""
    if not words or _SENTENCE.search(words) or line["dimension"] or line["scoring"]:
        return line
    if not (SECTION.match(words) or (label(words).max is not None and label(words).name)):
        return line
    names = {"dimension": "", **line.names}
    return Line({**dict.fromkeys(line.cells, ""), "dimension": cells[0]}, "", line.place, names)


def _upright(line: Line, notes: Notes) -> Line:
    """Return a row whose only cell names levels with that cell where levels belong."""
    cells = [part for part, cell in line.cells.items() if cell]
    if len(cells) != 1 or cells[0] == "scoring":
        return line
    words = compact(line[cells[0]])
    if not (_SENTENCE.search(words) and any(True for _ in scores(words))):
        return line
    notes.append((line.at(cells[0]), Note("shifted", words, line.names["scoring"])))
    return Line({**line.cells, cells[0]: "", "scoring": line[cells[0]]}, line.rest, line.place, line.names)


def _row(tree: Tree, line: Line, notes: Notes) -> None:
    """Put one row's items under its labels; a blank label goes on with the one above."""
    cell = [Piece(None, compact(line["scoring"]) or line.title)] if line.levels else pieces(line["scoring"])
    if _penalty(tree, line, notes):
        return
    heading = "dimension" not in line.cells and _alone(line, "indicator")
    _open_part(tree, line, line["indicator"] if heading else line["dimension"])
    _note_asides(line, notes)
    if heading:
        return
    if not cell and not _alone(line, "indicator") and not _alone(line, "dimension"):
        words = " ".join(filter(None, map(compact, line.cells.values())))
        notes += [(line.place, Note("unread_row", words, ""))] if words else []
    if not cell and not line["indicator"]:
        return
    group = _open_group(tree, line, cell[0].number if cell else None)
    focus = compact(line["focus"])
    group.focuses += [focus] if focus and focus not in group.focuses else []
    printed = _points(line, "points")
    new = _items(group, line, cell)
    group.rows += [(new, printed)] if printed is not None else []


def _penalty(tree: Tree, line: Line, notes: Notes) -> bool:
    """Whether a row deducts points from the total, which no level can express: it is left out."""
    part, group = tree.penalties
    if line["dimension"]:
        part, group = _takes_away(line["dimension"]), False
    if line["indicator"]:
        group = _takes_away(line["indicator"])
    tree.penalties = part, group
    left_out = part or group or bool(_NEGATIVE.match(line["points"]))
    if left_out:
        words = " ".join(filter(None, map(compact, line.cells.values())))
        notes.append((line.place, Note("penalty", words, "")))
    return left_out


def _takes_away(words: str) -> bool:
    return bool(_PENALTY.search(words)) and not _BONUS.search(words)


def _items(group: Group, line: Line, cell: Sequence[Piece]) -> list[Item]:
    """Add a row's items; where the item above goes on, its words are further levels."""
    if cell and group.items and cell[0].number is None and _further_levels(group, line):
        group.items[-1].words += "".join(piece.words for piece in cell)
        return []
    title = label(line["item"]) if line["item"] else Label(compact(line["focus"]), None)
    place = line.at("scoring")
    new = [Item(p.number, p.words, place, title.name, title.max, line.bonus, line.levels) for p in cell]
    group.items += new
    return new


def _further_levels(group: Group, line: Line) -> bool:
    """Whether a row goes on with the item above, under its third-level label or its printed points."""
    if "item" in line.cells:
        return not line["item"]
    if "points" not in line.cells or any(cell for part, cell in line.cells.items() if part != "scoring"):
        return False
    items, printed = group.rows[-1] if group.rows else ([], Fraction(0))
    above = read_levels(items[0].words).levels if items == group.items[-1:] else ()
    return bool(above) and above[0].high == printed


def _note_asides(line: Line, notes: Notes) -> None:
    """Note words in columns that play no part, and points that are no number."""
    for words, place in ((line["note"], line.at("note")), (line.rest, line.place)):
        if words:
            notes.append((place, Note("remark", compact(words), "")))
    if line["points"] and _points(line, "points") is None:
        notes.append((line.at("points"), Note("points", compact(line["points"]), "–")))


def _points(line: Line, part: str) -> Fraction | None:
    """Read a cell of points; in a column of weights, "10%" may be what an item of 10 points counts."""
    weighted = WEIGHT.search(line.names.get(part, ""))
    return points(line[part].rstrip("%％ ") if weighted else line[part])


def _alone(line: Line, part: str) -> bool:
    """Whether a row has this cell only."""
    return bool(line[part]) and not any(cell for name, cell in line.cells.items() if name != part)


def _open_part(tree: Tree, line: Line, said: str) -> None:
    """Start a dimension where a row names another; a bonus indicator without one starts its own."""
    current = tree.parts[-1] if tree.parts else None
    if not said and "dimension" not in line.cells and _BONUS.search(line["indicator"]):
        said = line["indicator"]
    if not said and line.bonus and not (current and current.bonus):
        said = BONUS
    found = label(said)
    if current is None or (found != ("", None) and found.name != current.name):
        printed = found.max if found.max is not None else _points(line, "dimension_points")
        bonus = line.bonus or bool(_BONUS.search(found.name))
        tree.parts.append(Part(found.name, printed, line.at("dimension"), bonus))


def _open_group(tree: Tree, line: Line, number: int | None) -> Group:
    """Start an indicator where a row names another, or repeats a name with items numbered from one again."""
    part = tree.parts[-1]
    found = label(line["indicator"])
    current = part.groups[-1] if part.groups else None
    again = current and found.name == current.name and found.max in (None, current.printed)
    if current and (not found.name or (again and number != 1)):
        return current
    group = Group(found.name or part.name, found.max, line.at("indicator"), part.bonus)
    part.groups.append(group)
    return group


def _share_points(group: Group) -> None:
    """Give the column of points to the items, or to the indicator where it is printed once for all."""
    single = [(items[0], printed) for items, printed in group.rows if len(items) == 1]
    if len(single) == len(group.items):
        for item, printed in single:
            item.printed = printed
    elif len(group.rows) == 1 and group.printed is None:
        group.printed = group.rows[0][1]
    else:
        for item, printed in single:
            item.printed = printed


def _share_focus(group: Group) -> None:
    """Keep the content column as the items' titles only where each row has its own."""
    if len(group.focuses) < 2:
        for item in group.items:
            item.title = "" if item.title in group.focuses else item.title
