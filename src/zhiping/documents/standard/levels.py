"""How the levels of one item are written, and what they mean: exact marks, ranges, deductions, awards."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from zhiping.documents.standard.branches import ONE, ZERO, Branches, common, shown, whole_steps
from zhiping.documents.standard.certainty import formula, left_over, vetoes
from zhiping.documents.standard.deductions import awarded, deducted
from zhiping.documents.standard.phrases import clause, phrases
from zhiping.documents.standard.scores import LONGEST, Score, bare, folded, sightings
from zhiping.domain.doubt import Note
from zhiping.domain.exact import number_text
from zhiping.domain.rubric import MARKS_LIMIT, Level, Text

MOST_LEVELS = 40  # points in one item; more is no item of a scored table
_BRACKETS = re.compile(r"[（(【\[].*?[)）】\]]")
_SPAN = re.compile(r"(\d{1,4}(?:\.\d{1,2})?)分?(?:~{1,2}(\d{1,4}(?:\.\d{1,2})?))?分?")
ELSE = "否则"  # the genre's own word, for a branch the table does not print


@dataclass(frozen=True, slots=True)
class Reading:
    """What an item's words say: its text, its levels best first, and what stays doubtful.

    No levels: the words name no points that could be understood; `top` is the maximum even so, where one is
    printed or stated.
    """

    text: str
    levels: tuple[Level, ...]
    notes: tuple[Note, ...]
    top: Fraction | None = None


def read_levels(words: str, *, printed: Fraction | None = None, bonus: bool = False) -> Reading:
    """Read one item, in its own words without its number; `printed` is a maximum printed elsewhere."""
    found, top = _sighted(words, printed)
    notes = [Note("veto", "否决", "")] if vetoes(words) else []
    if formula(words):
        most = max((score.high for score in found if score.kind in ("mark", "cap", "total")), default=None)
        return Reading(words, (), (*notes, Note("formula", words, "")), most if top is None else top)
    shares = [score for score in found if score.kind == "share"]
    marks = _without_shares(found, top)
    branches = _branches(words, marks, top)
    notes = [*branches.notes, *notes, *_shared(words, shares, marks), *left_over(words, marks, top)]
    caps = [score for score in marks if score.kind == "cap"]
    if not any(level.high for level in branches.levels) or any(map(_too_many, branches.levels)):
        cap = min((score.high for score in caps), default=None)
        return Reading(words, (), tuple(dict.fromkeys(notes)), cap if top is None else top)
    best = max(level.high for level in branches.levels)
    if printed not in (None, best) and any(note.code in ("left_over", "condition") for note in notes):
        return Reading(words, (), tuple(dict.fromkeys(notes)), printed)
    fitted = _fitted(branches, notes, top, bonus=bonus)
    notes += [
        Note("left_over", clause(words, c.start, c.end), "") for c in caps if c.high not in (0, best, top)
    ]
    return Reading(branches.text, fitted, tuple(dict.fromkeys(notes)), top)


def read_columns(
    cells: Sequence[tuple[str, str]], words: str, *, printed: Fraction | None, bonus: bool = False
) -> Reading:
    """Read an item whose levels have columns of their own: the heading and the cell of each."""
    levels = [_in_column(name, cell) for name, cell in cells]
    unread = [f"{name} {cell}" for (name, cell), level in zip(cells, levels, strict=True) if level is None]
    notes = [Note("left_over", said, "") for said in unread]
    known = [level for level in levels if level is not None]
    if unread or not any(level.high for level in known) or any(map(_too_many, known)):
        return Reading(words, (), tuple(notes), printed)
    notes += [Note("half_step", shown([level]), number_text(level.step)) for level in known if level.step]
    fitted = _fitted(Branches(words, known, []), notes, printed, bonus=bonus)
    return Reading(words, fitted, tuple(notes), printed)


def _in_column(name: str, cell: str) -> Level | None:
    """Return the level of one column: its points are in the cell, else in the heading."""
    for source in (cell, name):
        plain = folded(source)
        found = [score for score in sightings(plain, None) if score.kind == "mark"]
        span = _SPAN.fullmatch(plain)
        if span:
            ends = sorted(Fraction(end) for end in span.groups() if end)
            return whole_steps(ends[0], ends[-1], _BRACKETS.sub("", name) or name)
        if len(found) > 1:
            return None
        for score in found:
            own = bare(cell[: score.start]) + bare(cell[score.end :]) if source is cell else cell
            short = _BRACKETS.sub("", name) or name
            return whole_steps(score.low, score.high, f"{short}：{own}" if own else short)
    return None


def _fitted(branches: Branches, notes: list[Note], top: Fraction | None, *, bonus: bool) -> tuple[Level, ...]:
    """Return levels that fit together, best first with a 0; whatever had to be changed is noted."""
    levels = _disjoint(branches.levels, notes)
    if any(map(_gap, levels, levels[1:])):
        notes.append(Note("gap", shown(levels), shown(levels)))
    if levels[-1].low > 0 and not bonus and not branches.deducts:
        notes.append(Note("no_zero", shown(levels), f"0（{ELSE}）"))
        levels.append(Level(ZERO, ZERO, Text(ELSE)))
    best = levels[0].high
    if top is not None and top != best:
        notes.append(Note("maximum", f"{number_text(top)} ≠ {number_text(best)}", number_text(best)))
    return tuple(levels)


def _sighted(words: str, printed: Fraction | None) -> tuple[tuple[Score, ...], Fraction | None]:
    """Return the points an item names and its maximum: the printed one, else the one it states itself."""
    found = tuple(sightings(words, printed)) if len(words) <= LONGEST else ()
    found = found if len(found) <= MOST_LEVELS else ()
    stated = next((score.high for score in found if score.kind == "total"), None)
    if printed is None and stated is not None:
        return tuple(sightings(words, stated)), stated
    return found, printed


def _without_shares(found: Sequence[Score], top: Fraction | None) -> list[Score]:
    """Return the points with shares of the maximum, such as "一半", as points of their own.

    A share that is no decimal of two places (a third of 4 points) stays a share: nothing is rounded.
    """
    most = max((score.high for score in found if score.kind == "mark"), default=None) if top is None else top
    return [
        replace(score, kind="mark", low=score.low * most, high=score.high * most)
        if score.kind == "share" and most and (100 * score.low * most).denominator == 1
        else score
        for score in found
    ]


def _shared(words: str, shares: Sequence[Score], marks: Sequence[Score]) -> Iterator[Note]:
    """Note the points that a share of the maximum was taken for; all or nothing of it is no guess."""
    points = {score.start: score for score in marks if score.kind == "mark"}
    for share in shares:
        if share.high not in (0, 1) and share.start in points:
            said = clause(words, share.start, share.end)
            yield Note("share", said, number_text(points[share.start].high))


def _branches(words: str, found: Sequence[Score], top: Fraction | None) -> Branches:
    """Detect how the levels are written, and read them."""
    kinds = {score.kind for score in found}
    marks = [score for score in found if score.kind in ("mark", "total")]
    if "deduct" in kinds:
        return deducted(words, found, top)
    if "each" in kinds:
        return awarded(words, found, top)
    if "cap" in kinds and len(marks) == 1 and marks[0].repeated:
        return awarded(words, [replace(s, kind="each") if s is marks[0] else s for s in found], top)
    if len(marks) == 1 and marks[0].kind == "total" and not marks[0].words:
        return Branches(words, [], [])
    if len(marks) > 1 and (marks[0].kind == "total" or not marks[0].words):
        if _said_again(marks):
            marks = marks[1:]
        elif marks[0].kind == "total" and _sum_up(marks[1:], marks[0].high):
            return _added_up(words, [score.high for score in marks[1:] if score.high])
    return _marked(words, marks, top)


def _said_again(marks: Sequence[Score]) -> bool:
    """Whether a first, wordless number is the item's maximum, repeated at its best level."""
    return any(score.high == marks[0].high for score in marks[1:])


def _sum_up(marks: Sequence[Score], top: Fraction | None) -> bool:
    """Whether several exact points, "0分" aside, add up to the maximum."""
    parts = [score.high for score in marks if score.high]
    return len(parts) > 1 and all(score.exact for score in marks) and sum(parts, ZERO) == top


def _too_many(level: Level) -> bool:
    return (level.high - level.low) / (level.step or ONE) >= MARKS_LIMIT


def _gap(better: Level, worse: Level) -> bool:
    """Whether marks beside a range belong to no level: "4分；0~2分" leaves 3 out."""
    ranges = not (better.exact and worse.exact)
    return ranges and better.low - worse.high > max(ONE, better.step or ONE, worse.step or ONE)


# ── branches that each name their points ───────────────────────────────────────────────────────────────


def _marked(words: str, marks: Sequence[Score], top: Fraction | None) -> Branches:
    """Read "甲，2分；乙，1分；否则0分"."""
    if _sum_up(marks, top):
        return _added_up(words, [score.high for score in marks if score.high])
    said = phrases(words, marks)
    levels = [
        whole_steps(score.low, score.high, own or bare(words))
        for score, own in zip(marks, said.words, strict=True)
    ]
    notes = [Note("half_step", shown([level]), number_text(level.step)) for level in levels if level.step]
    notes += [
        Note("no_words", shown([level]), level.text.zh)
        for level, own in zip(levels, said.words, strict=True)
        if not own
    ]
    notes += [*_same_words(levels, said.words), *said.notes]
    best = max(levels, key=lambda level: level.high).text.zh if levels else words
    return Branches(words if said.whole else best, levels, notes)


def _same_words(levels: Sequence[Level], phrases: Sequence[str]) -> Iterator[Note]:
    """Note branches that say the same and differ in points only."""
    for said in dict.fromkeys(filter(None, phrases)):
        same = [level for level, words in zip(levels, phrases, strict=True) if words == said]
        if len(same) > 1:
            yield Note("same_words", f"{shown(same)}：{said}", "")


def _added_up(words: str, parts: Sequence[Fraction]) -> Branches:
    """Read "甲，1分；乙，1分" beside a maximum of 2: the parts are earned one by one."""
    level = Level(ZERO, sum(parts, ZERO), Text(words), common(parts))
    return Branches(words, [level], [Note("added_up", "+".join(map(number_text, parts)), shown([level]))])


# ── levels that do not fit together ────────────────────────────────────────────────────────────────────


def _disjoint(levels: Iterable[Level], notes: list[Note]) -> list[Level]:
    """Return levels best first with no mark in two of them; each change is noted."""
    best_first = sorted(levels, key=lambda level: (level.high, level.low), reverse=True)
    kept = best_first[:1]
    for level in best_first[1:]:
        better = kept[-1]
        if level.high < better.low:
            kept.append(level)
            continue
        mended = _below(better, level)
        if mended is None:
            kept[-1] = replace(better, text=Text(f"{better.text.zh}；{level.text.zh}"))
        else:
            kept.append(mended)
        notes.append(Note("overlap", shown([better, level]), shown(kept[-2:] if mended else kept[-1:])))
    return kept


def _below(better: Level, level: Level) -> Level | None:
    """Return the rest of a level under a better one that covers some of its marks."""
    high = better.low - (level.step or ONE)
    return whole_steps(level.low, high, level.text.zh) if high >= level.low else None
