"""How the levels of one item are written, and what they mean: exact marks, ranges, deductions, awards."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import gcd, lcm

from zhiping.documents.standard.scores import LONGEST, Score, bare, scores
from zhiping.domain.doubt import Note
from zhiping.domain.exact import number_text
from zhiping.domain.rubric import MARKS_LIMIT, Level, Text

MOST_LEVELS = 40  # points in one item; more is no item of a scored table
ONE, ZERO = Fraction(1), Fraction(0)
ELSE, FULL = "否则", "不扣分"  # the genre's own words, for a branch the table does not print
_LEAD = re.compile(r".*(?:其中|[:：])([^:：]+)$", re.DOTALL)
_PART_END = re.compile(r"[；;。]")


@dataclass(frozen=True, slots=True)
class Reading:
    """What an item's words say: its text, its levels best first, and what stays doubtful.

    No levels: the words name no points that could be understood.
    """

    text: str
    levels: tuple[Level, ...]
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class _Draft:
    """Levels as written, before it is asked whether they fit together."""

    text: str
    levels: list[Level]
    notes: list[Note]
    deducts: bool = False  # what deductions leave need not reach 0


def read_levels(words: str, *, printed: Fraction | None = None, bonus: bool = False) -> Reading:
    """Read one item, in its own words without its number; `printed` is a maximum printed elsewhere."""
    found = tuple(scores(words)) if len(words) <= LONGEST else ()
    found = found if len(found) <= MOST_LEVELS else ()
    stated = [score.high for score in found if score.kind == "total"]
    top = printed if printed is not None else next(iter(stated), None)
    draft = _draft(words, found, top)
    notes = [*draft.notes, *([Note("veto", "否决", "")] if "否决" in words else [])]
    if not any(level.high for level in draft.levels) or any(map(_too_many, draft.levels)):
        return Reading(words, (), tuple(notes))
    levels = _disjoint(draft.levels, notes)
    if any(map(_gap, levels, levels[1:])):
        notes.append(Note("gap", shown(levels), shown(levels)))
    if levels[-1].low > 0 and not bonus and not draft.deducts:
        notes.append(Note("no_zero", shown(levels), f"0（{ELSE}）"))
        levels.append(Level(ZERO, ZERO, Text(ELSE)))
    best = levels[0].high
    if top is not None and top != best:
        notes.append(Note("maximum", f"{number_text(top)} ≠ {number_text(best)}", number_text(best)))
    return Reading(draft.text, tuple(levels), tuple(notes))


def shown(levels: Iterable[Level]) -> str:
    """Write levels as a table prints them: "4 / 0~3"; with a step of the table's own "0~3.5 (0.5)"."""
    return " / ".join(map(_shown, levels))


def _shown(level: Level) -> str:
    ends = dict.fromkeys((number_text(level.low), number_text(level.high)))
    return "~".join(ends) + (f" ({number_text(level.step)})" if level.step else "")


def _draft(words: str, found: Sequence[Score], top: Fraction | None) -> _Draft:
    """Detect how the levels are written, and read them."""
    kinds = {score.kind for score in found}
    marks = [score for score in found if score.kind in ("mark", "total")]
    if "deduct" in kinds:
        return _deducted(words, found, top)
    if "each" in kinds:
        return _awarded(words, found, top)
    if len(marks) > 1 and (marks[0].kind == "total" or not marks[0].words) and _said_again(marks):
        marks = marks[1:]
    return _marked(words, marks, top)


def _said_again(marks: Sequence[Score]) -> bool:
    """Whether a first, wordless number is the item's maximum, repeated at its best level."""
    return any(score.high == marks[0].high for score in marks[1:])


def _too_many(level: Level) -> bool:
    return (level.high - level.low) / (level.step or ONE) >= MARKS_LIMIT


def _gap(better: Level, worse: Level) -> bool:
    """Whether marks beside a range belong to no level: "4分；0~2分" leaves 3 out."""
    ranges = not (better.exact and worse.exact)
    return ranges and better.low - worse.high > max(ONE, better.step or ONE, worse.step or ONE)


# ── branches that each name their points ───────────────────────────────────────────────────────────────


def _marked(words: str, marks: Sequence[Score], top: Fraction | None) -> _Draft:
    """Read "甲，2分；乙，1分；否则0分"."""
    whole, phrases = _phrases(words, marks)
    total = sum((score.high for score in marks), ZERO)
    if len(marks) > 1 and top == total and all(score.exact and score.high for score in marks):
        return _added_up(words, [score.high for score in marks])
    levels = [
        _level(score.low, score.high, said or bare(words)) for score, said in zip(marks, phrases, strict=True)
    ]
    notes = [Note("half_step", shown([level]), number_text(level.step)) for level in levels if level.step]
    notes += [
        Note("no_words", shown([level]), level.text.zh)
        for level, said in zip(levels, phrases, strict=True)
        if not said
    ]
    notes += _same_words(levels, phrases)
    best = max(levels, key=lambda level: level.high).text.zh if levels else words
    return _Draft(words if whole else best, levels, notes)


def _same_words(levels: Sequence[Level], phrases: Sequence[str]) -> Iterator[Note]:
    """Note branches that say the same and differ in points only."""
    for said in dict.fromkeys(filter(None, phrases)):
        same = [level for level, words in zip(levels, phrases, strict=True) if words == said]
        if len(same) > 1:
            yield Note("same_words", f"{shown(same)}：{said}", "")


def _level(low: Fraction, high: Fraction, words: str) -> Level:
    """Return a level; ends that no whole steps join have the step that joins them."""
    pieces = (high - low).denominator
    return Level(low, high, Text(words), Fraction(1, pieces) if pieces > 1 else None)


def _added_up(words: str, parts: Sequence[Fraction]) -> _Draft:
    """Read "甲，1分；乙，1分" beside a maximum of 2: the parts are earned one by one."""
    level = Level(ZERO, sum(parts, ZERO), Text(words), _common(parts))
    return _Draft(words, [level], [Note("added_up", "+".join(map(number_text, parts)), shown([level]))])


def _phrases(words: str, marks: Sequence[Score]) -> tuple[bool, list[str]]:
    """Return each level's own words, and whether the item has words that belong to no single level."""
    if not marks:
        return True, []
    if not marks[0].words and words[marks[0].end :][:1] in tuple("：:，,—）)】]"):
        ends = [score.start for score in marks[1:]] + [len(words)]
        return False, [bare(words[score.end : end]) for score, end in zip(marks, ends, strict=True)]
    phrases = [score.words for score in marks]
    lead = _LEAD.match(phrases[0])
    listed = [score for score in _in_one_sentence(words, marks) if score.attached]
    if lead and len(listed) > 1:
        return True, [bare(lead[1]), *phrases[1:]]
    return bool(bare(words[marks[-1].end :])), phrases


def _in_one_sentence(words: str, marks: Sequence[Score]) -> Iterator[Score]:
    """Yield the levels that stand in one sentence with the first."""
    for score in marks:
        if _PART_END.search(words, marks[0].end, score.start):
            return
        yield score


# ── deductions and awards ──────────────────────────────────────────────────────────────────────────────


def _deducted(words: str, found: Sequence[Score], top: Fraction | None) -> _Draft:
    """Read "4分；每缺一项扣0.5分，扣完为止": the maximum, then what the deductions leave of it."""
    cuts = [score for score in found if score.kind == "deduct" and score.high]
    marks = [score for score in found if score.kind == "mark" and score.high]
    none = [score for score in found if score.kind == "mark" and not score.high][:1]
    top = max(score.high for score in marks) if top is None and marks else top
    if not cuts or not top:
        return _Draft(words, [], [])
    earns_none = [bare(_PART_END.split(score.words)[-1]) for score in none]
    head, clause = _head(_without(words, earns_none, [*marks, *cuts]), [*marks, cuts[0]])
    best = Level(top, top, Text(head or FULL))
    most = min((score.high for score in found if score.kind == "deduct_cap"), default=top)
    left = _left(top, max(top - most, ZERO), cuts, clause)
    if none:
        above = [level for level in map(_above_zero, left) if level]
        left = [*above, Level(ZERO, ZERO, Text(earns_none[0] or clause))]
    mixed = len({_said(score) for score in cuts}) > 1 or len(marks) > 1
    note = Note("mixed", " / ".join(map(_said, (*marks, *cuts))), shown([best, *left]))
    return _Draft(words, [best, *left], [note] if mixed else [], deducts=True)


def _without(words: str, earns_none: Sequence[str], others: Sequence[Score]) -> str:
    """Return the words before a branch that earns nothing, where it comes last."""
    at = words.rfind(earns_none[0]) if earns_none else 0
    return words[:at] if at >= max(score.end for score in others) else words


def _left(top: Fraction, floor: Fraction, cuts: Sequence[Score], words: str) -> list[Level]:
    """Return what deductions leave: one cut that is made once leaves one level, others a ladder."""
    if len(cuts) == 1 and not cuts[0].repeated:
        return [_level(max(top - cuts[0].high, floor), max(top - cuts[0].low, floor), words)]
    return _ladder(top, floor, _common([end for cut in cuts for end in (cut.low, cut.high) if end]), words)


def _above_zero(level: Level) -> Level | None:
    """Return a level without its 0, which the table words on its own."""
    low = level.low or (level.step or ONE)
    return replace(level, low=low) if low <= level.high else None


def _said(score: Score) -> str:
    ends = dict.fromkeys((number_text(score.low), number_text(score.high)))
    return ("-" if score.kind == "deduct" else "") + "~".join(ends)


def _head(words: str, found: Sequence[Score]) -> tuple[str, str]:
    """Return the words of the best level and those of the deductions: they part at the first full stop."""
    if found[0].kind == "mark":
        return found[0].words, bare(words[found[0].end :]) or bare(words)
    stops = [stop.end() for stop in _PART_END.finditer(words, 0, found[0].start)]
    return bare(words[: stops[-1]]) if stops else "", bare(words[stops[-1] if stops else 0 :])


def _ladder(top: Fraction, floor: Fraction, step: Fraction, words: str) -> list[Level]:
    """Return the marks below a maximum in equal steps; what the last step overshoots ends on the floor."""
    low = top - (top - floor) // step * step
    levels = [Level(low, top - step, Text(words), step)] if low < top else []
    return levels if low == floor else [*levels, Level(floor, floor, Text(words))]


def _awarded(words: str, found: Sequence[Score], top: Fraction | None) -> _Draft:
    """Read "每有一项得0.5分，最高2分": from 0 to the cap in the award's steps."""
    pieces = [score for score in found if score.kind == "each" and score.high]
    cap = min((score.high for score in found if score.kind == "cap"), default=top)
    if not pieces or not cap:
        return _Draft(words, [], [])
    step = _common([end for score in pieces for end in (score.low, score.high) if end])
    high = cap // step * step
    levels = [Level(ZERO, high, Text(words), step)]
    if high < cap:
        levels.insert(0, Level(cap, cap, Text(words)))
    marks = [score for score in found if score.kind == "mark" and score.high]
    mixed = marks or len(pieces) > 1 or not pieces[0].exact
    note = Note("mixed", " / ".join(map(_said, (*marks, *pieces))), shown(levels))
    return _Draft(words, levels, [note] if mixed else [])


def _common(parts: Sequence[Fraction]) -> Fraction:
    """Return the largest step that leads to each of some points."""
    below = lcm(*(part.denominator for part in parts))
    return Fraction(gcd(*(int(part * below) for part in parts)), below)


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
    return _level(level.low, high, level.text.zh) if high >= level.low else None
