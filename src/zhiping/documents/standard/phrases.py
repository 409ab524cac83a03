"""The words of each level: before its points, after them, or on both sides."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from zhiping.documents.standard.scores import Score, bare, folded
from zhiping.domain.doubt import Note

PART_END = re.compile(r"[；;。]")
_LEAD = re.compile(r".*(?:其中|[:：])([^:：]+)$", re.DOTALL)
_AFTER = tuple("：:，,—）)】]")
_LABEL = re.compile(
    r"(?:优秀?|良好?|中等?|一般|较?差|较?好|基本合格|不?合格|[A-Ea-e甲乙丙丁][级档等类]?"
    r"|第?[一二三四五1-5][级档等类]|★+|[一二三四五]星级?)"
)
_LABEL_START = re.compile(r"[；;。，,、\n]")
_BRACKET = re.compile(r"[（(【\[][^（）()【】\[\]]*[）)】\]]")
_REMARK = re.compile(r"累加|累计|重复|最高|下同|为准|为限|为止|扣完|封顶|计分|得分")


class Phrases(NamedTuple):
    """Each level's own words; `whole`: whether the item has words that belong to no single level."""

    whole: bool
    words: list[str]
    notes: tuple[Note, ...] = ()


def phrases(words: str, marks: Sequence[Score]) -> Phrases:
    """Return the words of each level; a doubt where it is not clear on which side of the points they are."""
    if not marks:
        return Phrases(whole=True, words=[])
    if not marks[0].words and words[marks[0].end :][:1] in _AFTER:
        ends = [score.start for score in marks[1:]] + [len(words)]
        own = [bare(words[score.end : end]) for score, end in zip(marks, ends, strict=True)]
        return Phrases(whole=False, words=own)
    starts = [_label_start(words, score) for score in marks]
    colons = [words[score.end : score.end + 1] in (":", "：") for score in marks]
    labels = [bare(words[start : score.start]) for start, score in zip(starts, marks, strict=True)]
    if all(colons) or (_tail(words, marks) and all(map(_LABEL.fullmatch, labels))):
        return Phrases(whole=False, words=list(_around(words, marks, starts)))
    notes = [
        Note("word_side", clause(words, score.start, score.end), "")
        for score, colon in zip(marks, colons, strict=True)
        if colon
    ]
    if not notes and len(marks) > 1 and _tail(words, marks):
        notes = [Note("word_side", _tail(words, marks), "")]
    before = _before(words, marks)
    lead = _LEAD.match(before[0])
    listed = [score for score in _in_one_sentence(words, marks) if score.attached]
    if lead and len(listed) > 1:
        return Phrases(whole=True, words=[bare(lead[1]), *before[1:]], notes=tuple(notes))
    return Phrases(whole=bool(bare(words[_end(words, marks[-1]) :])), words=before, notes=tuple(notes))


def _label_start(words: str, score: Score) -> int:
    """Return where the short name of a level before its points begins: "A级10分：…"."""
    return max((sign.end() for sign in _LABEL_START.finditer(words, 0, score.start)), default=0)


def _around(words: str, marks: Sequence[Score], starts: Sequence[int]) -> Iterator[str]:
    """Yield the levels' words from their name to the name of the next one, without the points."""
    for score, start, end in zip(marks, starts, [*starts[1:], len(words)], strict=True):
        name, said = bare(words[start : score.start]), bare(words[score.end : end])
        yield "：".join(filter(None, (name, said)))


def _before(words: str, marks: Sequence[Score]) -> list[str]:
    """Return the words before each level's points, and those in brackets right after them."""
    asides = [_aside(words, score) for score in marks]
    own = [bare(score.words.removeprefix(aside)) for score, aside in zip(marks, ["", *asides], strict=False)]
    return [said + aside for said, aside in zip(own, asides, strict=True)]


def _aside(words: str, score: Score) -> str:
    """Return the words in brackets right after points: they belong to that level, not to the next."""
    bracket = _BRACKET.match(words, score.end)
    return bracket[0] if bracket else ""


def _end(words: str, score: Score) -> int:
    return score.end + len(_aside(words, score))


def _tail(words: str, marks: Sequence[Score]) -> str:
    """Return the words after the last points, unless they are a remark on how points are counted."""
    said = bare(words[_end(words, marks[-1]) :])
    return said if len(folded(said)) > 1 and not _REMARK.search(said) else ""


def clause(words: str, start: int, end: int) -> str:
    """Return the part of a sentence around a place."""
    first = max((stop.end() for stop in PART_END.finditer(words, 0, start)), default=0)
    stop = PART_END.search(words, end)
    return words[first : stop.start() if stop else len(words)]


def _in_one_sentence(words: str, marks: Sequence[Score]) -> Iterator[Score]:
    """Yield the levels in the same sentence as the first."""
    for score in marks:
        if PART_END.search(words, marks[0].end, score.start):
            return
        yield score
