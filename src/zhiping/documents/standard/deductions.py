"""Deductions from a maximum and awards per piece: the levels they lead to."""

import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from zhiping.documents.standard.branches import ONE, ZERO, Branches, common, shown, whole_steps
from zhiping.documents.standard.phrases import PART_END
from zhiping.documents.standard.scores import Score, bare, sightings
from zhiping.domain.doubt import Note
from zhiping.domain.exact import number_text
from zhiping.domain.rubric import Level, Text

_COMMA = re.compile("[，,]")
_FAILS = re.compile("[未没无不缺非弃拒违]")
FULL = "不扣分"  # the genre's own words, for a branch the table does not print


def deducted(words: str, found: Sequence[Score], top: Fraction | None) -> Branches:
    """Read "4分；每缺一项扣0.5分，扣完为止": the maximum, then what the deductions leave of it."""
    none = [score for score in found if score.kind == "mark" and not score.high]
    said, rest = _without(words, found, none)
    others = list(sightings(rest, top)) if none else found
    cuts = [score for score in others if score.kind == "deduct" and score.high]
    marks = [score for score in others if score.kind == "mark" and score.high]
    gains = [score for score in others if score.kind in ("each", "cap") and score.high]
    caps = [score.high for score in found if score.kind == "deduct_cap"]
    top, capped = _top(top, marks, caps)
    if not cuts or not top:
        return Branches(words, [], [])
    head, clause = _head(rest, [*marks, cuts[0]])
    best = Level(top, top, Text(head or FULL))
    most = min(caps, default=top)
    left = _left(top, max(top - most, ZERO), [*cuts, *(g for g in gains if g.kind == "each")], clause)
    if none:
        above = [level for level in map(_above_zero, left) if level]
        left = [*above, Level(ZERO, ZERO, Text("；".join(said) or clause))]
    mixed = capped or len({_said(score) for score in cuts}) > 1 or len(marks) > 1 or gains
    note = Note("mixed", " / ".join(map(_said, (*marks, *gains, *cuts))), shown([best, *left]))
    notes = [Note("word_side", phrase, "") for phrase in said if _two_sided(phrase)]
    return Branches(words, [best, *left], [*notes, *([note] if mixed else [])], deducts=True)


def _top(
    top: Fraction | None, marks: Sequence[Score], caps: Sequence[Fraction]
) -> tuple[Fraction | None, bool]:
    """Return the maximum of an item, and whether only what can be deducted ("扣完2分为止") suggests it."""
    if top is not None or not (marks or caps):
        return top, False
    return (max(score.high for score in marks), False) if marks else (max(caps), True)


def _two_sided(phrase: str) -> bool:
    """Whether words before "不得分" may hold what is wanted besides what fails: "制度健全，未建立的"."""
    first, *rest = _COMMA.split(phrase)
    return bool(rest) and not _FAILS.search(first)


def _without(words: str, found: Sequence[Score], none: Sequence[Score]) -> tuple[list[str], str]:
    """Return the words of the branches that earn nothing, and the item's words without them."""
    said, rest, last = [], "", 0
    for score in none:
        before = max((other.end for other in found if other.end <= score.start), default=0)
        start = max((stop.end() for stop in PART_END.finditer(words, before, score.start)), default=before)
        said.append(bare(PART_END.split(score.words)[-1]))
        rest, last = rest + words[last:start], score.end
    return [phrase for phrase in said if phrase], rest + words[last:]


def _left(top: Fraction, floor: Fraction, cuts: Sequence[Score], words: str) -> list[Level]:
    """Return what deductions leave: one cut that is made once leaves one level, others a ladder."""
    if len(cuts) == 1 and not cuts[0].repeated:
        return [whole_steps(max(top - cuts[0].high, floor), max(top - cuts[0].low, floor), words)]
    return _ladder(top, floor, common([end for cut in cuts for end in (cut.low, cut.high) if end]), words)


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
    stops = [stop.end() for stop in PART_END.finditer(words, 0, found[0].start)]
    return bare(words[: stops[-1]]) if stops else "", bare(words[stops[-1] if stops else 0 :])


def _ladder(top: Fraction, floor: Fraction, step: Fraction, words: str) -> list[Level]:
    """Return the marks below a maximum in equal steps; what the last step overshoots ends on the floor."""
    low = top - (top - floor) // step * step
    levels = [Level(low, top - step, Text(words), step)] if low < top else []
    return levels if low == floor else [*levels, Level(floor, floor, Text(words))]


def awarded(words: str, found: Sequence[Score], top: Fraction | None) -> Branches:
    """Read "每有一项得0.5分，最高2分": from 0 to the cap in the award's steps."""
    pieces = [score for score in found if score.kind == "each" and score.high]
    cap = min((score.high for score in found if score.kind == "cap"), default=top)
    if not pieces or not cap:
        return Branches(words, [], [])
    marks = [score for score in found if score.kind == "mark" and score.high]
    cap = top if marks and top else cap
    step = common([end for score in (*marks, *pieces) for end in (score.low, score.high) if end])
    high = cap // step * step
    levels = [Level(ZERO, high, Text(words), step)]
    if high < cap:
        levels.insert(0, Level(cap, cap, Text(words)))
    mixed = marks or len(pieces) > 1 or not pieces[0].exact
    note = Note("mixed", " / ".join(map(_said, (*marks, *pieces))), shown(levels))
    return Branches(words, levels, [note] if mixed else [])
