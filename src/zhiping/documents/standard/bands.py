"""The grades of a standard, from the ranges its table prints."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from zhiping.documents.standard.headers import compact
from zhiping.documents.standard.scores import LONGEST, folded
from zhiping.documents.standard.table import Line, Place, Sentence, filled
from zhiping.domain.doubt import Note
from zhiping.domain.exact import number_text
from zhiping.domain.rubric import Band, Text

_GRADES = {"优秀": "excellent", "良好": "good", "合格": "qualified", "不合格": "unqualified"}
_USUAL = (("优秀", Fraction(9, 10)), ("合格", Fraction(8, 10)), ("不合格", Fraction(0)))  # 8.2
_NUMBER = re.compile(r"\d{1,4}(?:\.\d{1,2})?")
_BELOW = re.compile(r"^[^\d]*(?:[<≤]|低于|不足|小于|不满|不到)|以下")
_OPEN = re.compile(r"不含|[<>](?!=)|\[.*\)|低于|不足|小于|不满|不到|(?<!及)以下")


_NAMED = (
    r"(?P<name>不(?:合格|达标|通过)|基本(?:合格|达标)|(?<!不)(?<!基本)(?:合格|达标)|优秀|良好|中等|一般|较差"
    r"|[A-Ea-e]级|[一二三四五]星级|[一二三四五]级)"
)
_SIGN = r"(?:[<>≥≤]=?)"
_SCORE = r"(?:得分|总分|分值|分数|评分|综合得分|总得分|[A-Za-z])"
_HELD = r"(?:\(不?含[^)]{0,8}\))?"
_ENDS = (
    rf"(?P<range>(?:[<>≥≤]=?|低于|不足|小于|不满|不到)?\d{{1,3}}(?:\.\d{{1,2}})?分?{_HELD}"
    rf"(?:(?:[~至到]|{_SIGN}{_SCORE}{_SIGN})\d{{1,3}}(?:\.\d{{1,2}})?分?{_HELD})?"
    rf"(?:\(?(?:及|含)?\)?以[上下])?{_HELD})"
)
_SAID = (
    re.compile(rf"{_NAMED}(?:等级|级)?[(:,]?(?:为|是|指)?(?:得分|分值|总分|评分)?(?:在|为)?{_ENDS}"),
    re.compile(rf"{_ENDS}[,)]?(?:的|者)?,?(?:评|定|判)?(?:为|定为|属于|是)?{_NAMED}"),
)
_LISTED = re.compile(
    rf"(?:\(?[a-z0-9一二三四五]{{1,2}}[).、])?{_NAMED}(?:等级|级)?[(:,为~]*(?:总?得分)?(?:在|为)?{_ENDS}"
)


@dataclass(frozen=True, slots=True)
class _Range:
    """One row of the table of grades: from `lower` to `upper`, which is part of it or not."""

    name: str
    lower: Fraction
    upper: Fraction | None
    closed: bool
    meaning: str
    place: Place


Notes = list[tuple[Place, Note]]
NOWHERE = Place(10**9, "")


def read_bands(
    lines: Sequence[Line], sentences: Iterable[Sentence], base: Fraction, notes: Notes
) -> tuple[Band, ...]:
    """Return the grades, best first: from their table, else from a sentence, else the shares of 8.2."""
    ranges = [found for line in filled(lines) if (found := _range(line, notes))]
    said = _said(sentences) if not ranges else ""
    if said:
        ranges = [found for line in said_grades(said) if (found := _range(line, notes))]
        words = " / ".join(f"{found.name} {number_text(found.lower)}" for found in ranges)
        notes.append((NOWHERE, Note("bands_said", said, words)))
        names = dict.fromkeys(match["name"] for match in re.finditer(_NAMED, folded(said)))
        unread = names.keys() - {found.name for found in ranges}
        notes += [(NOWHERE, Note("band_unread", name, "")) for name in names if name in unread]
    ranges.sort(key=lambda found: -found.lower)
    if not ranges:
        usual = [(name, base * share) for name, share in _USUAL]
        words = " / ".join(f"{name} {number_text(lower)}" for name, lower in usual)
        notes.append((NOWHERE, Note("no_bands", "", words)))
        return tuple(Band(_GRADES[name], Text(name), lower, Text(name)) for name, lower in usual)
    for better, worse in pairwise(ranges):
        _seam(better, worse, notes)
    return _bands(_unlike(ranges, notes), notes)


def _said(sentences: Iterable[Sentence]) -> str:
    """Return the sentence that names the grades, or the lines in a row that each name one."""
    listed: list[str] = []
    for sentence in sentences:
        words = compact(sentence.words)
        if said_grades(words):
            return words
        if names_grade(words):
            listed.append(words)
        elif len(listed) > 1:
            break
        elif words:
            listed = []
    joined = "；".join(listed)
    return joined if said_grades(joined) else ""


def names_grade(words: str) -> bool:
    """Whether a line is one grade of a list: "a) 优秀：90分及以上"."""
    return bool(_LISTED.match(folded(words[:LONGEST])))


def said_grades(sentence: str) -> list[Line]:
    """Return a sentence's grades as rows: "优秀90~100分，合格60~89分" or "90分以上为优秀，60~89分为合格"."""
    plain = folded(sentence) if len(sentence) <= LONGEST else ""
    ways = [found for pattern in _SAID if (found := list(pattern.finditer(plain)))]
    found = min(ways, key=lambda way: way[0].start(), default=[])
    rows = {match["name"]: match["range"] for match in found}
    if len(rows) < 2:
        return []
    return [Line({"grade": name, "range": ends}, "", NOWHERE, {}) for name, ends in rows.items()]


def _unlike(ranges: Iterable[_Range], notes: Notes) -> list[_Range]:
    """Leave out a grade named a second time, and one that starts where a better one does."""
    kept: list[_Range] = []
    for found in ranges:
        if any(found.name == other.name for other in kept):
            notes.append((found.place, Note("band_twice", found.name, "")))
        elif not kept or found.lower < kept[-1].lower:
            kept.append(found)
    return kept


def _bands(ranges: Sequence[_Range], notes: Notes) -> tuple[Band, ...]:
    lowest = ranges[-1]
    if lowest.lower > 0:
        notes.append((lowest.place, Note("band_floor", f"{lowest.name} {number_text(lowest.lower)}", "0")))
    return tuple(
        Band(
            _GRADES.get(found.name, f"grade-{n}"),
            Text(found.name),
            Fraction(0) if found is lowest else found.lower,
            Text(found.meaning),
        )
        for n, found in enumerate(ranges, 1)
    )


def _range(line: Line, notes: Notes) -> _Range | None:
    """Read "≥90分", "80～89分", "80≤x<90", "80分以下"."""
    name, printed = compact(line["grade"]), compact(line["range"])
    plain = folded(printed).replace("≥", ">=").replace("≤", "<=")
    ends = sorted(Fraction(number) for number in _NUMBER.findall(plain))
    if not ends or not name:
        notes.append((line.at("range"), Note("band_unread", f"{name} {printed}".strip(), "")))
        return None
    below = len(ends) == 1 and _BELOW.search(plain)
    lower = Fraction(0) if below else ends[0]
    upper = ends[-1] if below or len(ends) > 1 else None
    meaning = compact(line["meaning"]) or printed
    return _Range(name, lower, upper, not _OPEN.search(plain), meaning, line.at("range"))


def _seam(better: _Range, worse: _Range, notes: Notes) -> None:
    """Note scores between two grades that belong to neither, or to both."""
    if worse.upper is None:
        gap, both = False, worse.lower == better.lower
    else:
        gap = worse.upper < better.lower
        both = worse.upper > better.lower or (worse.upper == better.lower and worse.closed)
    if gap:
        found = f"{number_text(worse.upper or Fraction(0))} < x < {number_text(better.lower)}"
        notes.append((worse.place, Note("band_gap", found, worse.name)))
    if both:
        notes.append((worse.place, Note("band_overlap", number_text(better.lower), better.name)))
