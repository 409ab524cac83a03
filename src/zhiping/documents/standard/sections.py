"""The sections of a document's scored tables: those of one rubric, and what is left out with a doubt."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from zhiping.documents.standard.bands import NOWHERE, Notes, names_grade, said_grades
from zhiping.documents.standard.certainty import vetoes
from zhiping.documents.standard.headers import compact
from zhiping.documents.standard.items import label
from zhiping.documents.standard.table import Line, Place, Row, Section, Sentence, filled
from zhiping.documents.standard.tree import Tree, grow
from zhiping.domain.doubt import Note
from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.exact import number_text

MOST_RULES = 40  # lines of text below the tables that are shown as doubts
_RULE = re.compile(
    r"^(?:备?注|说明)\d*[:：]|[扣加减得计满]分(?!值|标准|表|细则)|折算|换算|按比例|不涉及|不适用|缺项|虚假|封顶"
    r"|[0-9０-９]\s*分(?!钟)|不合格|一票"
)
_BOUND = re.compile(r"最[高多]|不超过|上限|封顶")
_NUMBERED = re.compile(r"^(?:附?表)\s*[A-Z]?[.．]?\d+(?:[.．-]\d+)*\s*")
_TABLE = re.compile(r"(?:评分|评价|考核|打分|计分)?(?:标准|细则)?表$")
_NUMBER = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,2})?")
_SUMS = re.compile(rf"(?:(?:基[本础]分|加分项?|总分|满分|合计)[为：:共]?{_NUMBER.pattern}分[，,；;。]?)+")
_CAPTION = re.compile(r"^(?:附?表|图|附\s*录|第.{1,3}[章节条])\s*[A-Z]?[.．]?\d*|^[\[（(]?\d+[\])）.．]")


def one_rubric(sections: Sequence[Section], notes: Notes) -> list[Line]:
    """Return the rows of the first rubric of a document; note penalties and the tables of other objects."""
    lines: list[Line] = []
    before, other = _Before(), False
    parts = len({section.caption for section in sections if section.kind == "base"}) > 1
    for section in sections:
        if section.kind == "penalty":
            notes += [(line.place, Note("penalty", _words(line), "")) for line in filled(section.lines)]
            continue
        tree = grow(section.lines, [])
        other = other or (section.kind == "base" and not section.continued and before.complete(tree))
        if other:
            words = section.caption or " ".join(map(_words, section.lines[:1]))
            notes.append((section.place, Note("several_tables", words, "")))
        else:
            lines += _titled(section) if parts else section.lines
            before.add(tree)
    return lines


def _titled(section: Section) -> tuple[Line, ...]:
    """Return the rows of a table that is one dimension, under its caption: "表2 运行管理评分表（70分）"."""
    name, printed = label(_NUMBERED.sub("", section.caption))
    if (
        printed is None
        or not section.lines
        or "dimension" in section.lines[0].cells
        or section.kind != "base"
    ):
        return section.lines
    words = f"{_TABLE.sub('', name) or name}（{number_text(printed)}分）"
    head = Line({"dimension": words}, "", section.place, {"dimension": ""})
    return (head, *section.lines)


@dataclass
class _Before:
    """What the sections taken so far hold: base points, and the names of dimensions and indicators."""

    base: Fraction = Fraction(0)
    names: set[str] = field(default_factory=set)
    part: str = ""  # the last dimension and the last indicator: a section may go on with them
    group: str = ""

    def add(self, tree: Tree) -> None:
        """Count a section in."""
        for part in tree.parts:
            groups = () if part.bonus else part.groups
            self.base += sum((item.max for group in groups for item in group.items), Fraction(0))
            self.names |= {part.name, *(group.name for group in part.groups)} - {""}
            self.part = part.name or self.part
            self.group = part.groups[-1].name if part.groups else self.group

    def complete(self, tree: Tree) -> bool:
        """Whether a section starts the table of another object: its labels come again, or 100 are reached."""
        if not self.names or not tree.parts or tree.parts[0].bonus:
            return False
        first = next(filter(None, (tree.parts[0].name, *(group.name for group in tree.groups))), "")
        return self.base == 100 or (first in self.names and first not in (self.part, self.group))


def _words(line: Line) -> str:
    return " ".join(filter(None, (*map(compact, line.cells.values()), line.rest)))


def check_weights(sections: Sequence[Section], notes: Notes, *, fits: bool) -> None:
    """Refuse weights that are no points of their own; where they are, say so."""
    weighted = [section for section in sections if section.weights]
    names = "、".join(dict.fromkeys(name for section in weighted for name in section.weights))
    if weighted and not fits:
        raise Invalid([Problem("reader.weights", {"columns": names})])
    notes += [(section.place, Note("weights", "、".join(section.weights), "")) for section in weighted]


def unread_tables(others: Sequence[Row], notes: Notes) -> None:
    """Note tables of points whose header is not known."""
    notes += [(NOWHERE, Note("table_unread", f"{row.place}：{heading(row)}", "")) for row in others]


def heading(row: Row) -> str:
    """Return the first row of a table as a person reads it."""
    return " | ".join(filter(None, map(compact, row.cells)))


def outside_rules(
    sentences: Sequence[Sentence], sections: Sequence[Section], sums: Collection[Fraction], notes: Notes
) -> None:
    """Note lines of text that may affect the score: any below the scored table, and vetoes anywhere.

    A line that only repeats the rubric's `sums` is none.
    """
    first = min(section.table for section in sections)
    rules = [s for s in sentences if _affects(compact(s.words), sums, below=s.after > first)]
    for n, sentence in enumerate(rules[:MOST_RULES]):
        place = Place(NOWHERE.order - MOST_RULES + n, sentence.place)
        notes.append((place, Note("rule", compact(sentence.words), "")))


def _affects(words: str, sums: Collection[Fraction], *, below: bool) -> bool:
    caption = _CAPTION.match(words) and not _BOUND.search(words)
    if not (vetoes(words) or (below and _RULE.search(words) and not caption)):
        return False
    if _SUMS.fullmatch(words) and all(Fraction(number) in sums for number in _NUMBER.findall(words)):
        return False
    return not (said_grades(words) or names_grade(words))
