"""Where points stand in a sentence, and what kind they are: awarded, deducted, a maximum, a cap."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

LONGEST = 3000  # characters of one item; more is no item of a scored table
SEEN_AGAIN = 4096  # texts whose plain form is kept: each cell is looked at several times
_NEAR = 60  # characters before points that determine their kind
_WIDE = {chr(ord("０") + n): str(n) for n in range(10)}
_SIGNS = {"．": ".", "：": ":", "；": ";", "，": ",", "（": "(", "）": ")", "／": "/", "％": "%", "＝": "="}
_SIGNS |= {"＜": "<", "＞": ">", "≧": "≥", "≦": "≤", "⩾": "≥", "⩽": "≤"}
_DASHES = dict.fromkeys("～〜－‐‑–—―⁓∼−-", "~")
_FOLD = str.maketrans(_WIDE | _SIGNS | _DASHES)
_NUMERALS = {sign: str(n) for n, sign in enumerate("零一二三四五六七八九")} | {"两": "2"}
_NUMERAL = re.compile(r"(?<=[得扣计加])[零一二两三四五六七八九](?=分(?!之|为))")

NUMBER = r"(?<![\d.])\d{1,4}(?:\.\d{1,2})?"
_NOT_POINTS = r"(?!钟|之|贝|公司|支|店|院|制(?!度)|(?:以|之)?内|(?:及|\(?含\)?)?以[上下])"
_DIGIT = "[一二三四五六七八九]"
_SHARE = (
    r"(?:得|计|给|记|赋|按)(?:该项|本项|此项|其)?(?:满分|总分|分值|分数|得分|标准分)?的?"
    r"(?:一?(?P<half>半)的?(?:分[值数]?)?|(?P<full>[满全])分(?![\d为是:])"
    rf"|(?:(?P<percent>100|\d{{1,2}}(?:\.\d)?)%|百分之(?P<hundredths>{_DIGIT}?十{_DIGIT}?|{_DIGIT})"
    rf"|(?P<tenths>[1-9两]|{_DIGIT})成|(?P<over>[1-9])/(?P<under>[2-9])"
    rf"|(?P<parts>十|{_DIGIT})分之(?P<of>两|{_DIGIT}))"
    r"(?:的?分[值数]?)?(?:[计得给]分)?(?=[,;。()]|$))"
    r"|(?:得分|分[值数])?(?P<halved>[减折]半)(?:[得计给]分)?"
)
_POINTS = re.compile(
    rf"(?P<low>{NUMBER})分?(?:~{{1,2}}|至|到)(?P<high>\d{{1,4}}(?:\.\d{{1,2}})?)分{_NOT_POINTS}"
    rf"|(?P<mark>{NUMBER})分{_NOT_POINTS}"
    rf"|(?<=[得扣计加给])(?P<tens>{_DIGIT}?十{_DIGIT}?)分(?=[,;。)]|$)"
    r"|(?P<none>不(?:得|计|给|记|加)分(?![包割散开拆别]))"
    rf"|{_SHARE}"
)
_CONDITION = re.compile(r"(?:低于|(?<!不)高于|大于|小于|等于|至少|[<>≥≤＜＞=])$")
_EITHER = re.compile(r"(?:达到|达|(?<!不)超过|不足|不满)$")  # compares points, or describes what earns them
_SHORT = re.compile(r"(?:不足|不满)$")  # nothing falls short of 0 points: "不足0分" is a branch
_ANSWER = re.compile(r"\)?(?:的|者|时)?[,:]?(?:可?得|计|给|记|赋)?")  # between a condition and its points
_PART = re.compile(r"[;。]")
_EACH = r"每(?!年|半年|月|季|周|日|天)[^,;。]*$"
_ONE = r"[一1](?:项|处|次|例|个|人|份|条|起|件|类|家|台)[^,;。]{0,12}$"
_REPEATED = re.compile(f"{_EACH}|{_ONE}")
_PER_UNIT = re.compile(
    r"/[^\W\d]{1,3}(?=[,;。.(]|$)|/?每?(?:项|次|个|件|人|处|份|例|家)(?=[,;。.]|$)|/(?:项|次|个|件|人|处|份|例|家)"
)
_KINDS = (
    (
        "deduct_cap",
        re.compile(
            r"(?:最多|最高|至多|上限|累计)[^,;。]{0,8}扣(?:减|除)?$|扣(?:分|减|除)?(?:最多|最高|至多|上限|不超过)为?$"
            r"|扣(?:完|满|足)$"
        ),
    ),
    ("deduct", re.compile(r"扣(?:减|除|掉)?(?:其|本项|该项)?(?:得分)?$")),
    ("cap", re.compile(r"(?:最多|最高|至多|上限|不超过|不高于|封顶)(?:可|得|加|计|为|到)*$")),
    (
        "total",
        re.compile(r"(?:^|[;。,(])(?:本项|该项|此项)?(?:满分|总分|分值|共计|共|本项|该项)(?:为|计|:)?$"),
    ),
)
_VERB = re.compile(r"(?:的?(?:可得|可加|可计|(?<![取获])得|计|记|给|加|赋)|(?<=[级等])为|满分为?)$")
_EDGE = " ,;.:/—，；。：、"
_OPENING, _CLOSING = "（(【[", "）)】]"


@dataclass(frozen=True, slots=True)
class Score:
    """Points found in a sentence, with the place and words before them."""

    kind: str  # mark, each (an award per piece), deduct, deduct_cap, cap, total, share, condition
    low: Fraction  # of a share: the part of the maximum
    high: Fraction
    start: int
    end: int
    words: str  # the words since the score before it, without signs and verbs
    attached: bool  # whether there is no sign between the words and the points
    repeated: bool  # whether it counts once per piece
    doubtful: bool = False  # whether points may be a condition, or a condition points

    @property
    def exact(self) -> bool:
        """Whether it is a single number of points."""
        return self.low == self.high


@lru_cache(SEEN_AGAIN)
def folded(words: str) -> str:
    """Return the words in one width, with one kind of dash, each character in its old place."""
    return _NUMERAL.sub(lambda found: _NUMERALS[found[0]], words.translate(_FOLD))


def bare(words: str) -> str:
    """Return words without the signs around them."""
    return words.lstrip(_EDGE + _CLOSING).rstrip(_EDGE + _OPENING)


def scores(words: str) -> Iterator[Score]:
    """Yield the points a sentence names, in its order; conditions such as "90分以上" are none."""
    return (score for score in sightings(words, None) if score.kind != "condition")


def sightings(words: str, top: Fraction | None) -> Iterator[Score]:
    """Yield the points a sentence names and the conditions in points; `top` is the maximum, if known."""
    plain, last = folded(words), 0
    for found in _POINTS.finditer(plain):
        score = _distinguished(_score(words, plain[last : found.start()], found, plain), plain, top)
        if score.kind != "condition":
            last = found.end()
        yield score


def _distinguished(score: Score, plain: str, top: Fraction | None) -> Score:
    """Return a score as a condition where its points are compared, not earned: "80~89分，6分"."""
    before = plain[: score.start]
    at_once = answered(plain, score.end)
    beyond = top is not None and score.low > top
    compared = at_once or (beyond and goes_on(plain, score.end))
    if score.kind not in ("mark", "cap", "each") or (_SHORT.search(before) and not score.low):
        return score
    if _CONDITION.search(before):
        return replace(score, kind="condition", doubtful=not (at_once or beyond))
    if _EITHER.search(before):
        return replace(score, kind="condition") if compared else replace(score, doubtful=True)
    if score.kind != "mark" or not score.high or _VERB.search(before) or not compared:
        return score
    return replace(score, kind="condition", doubtful=not beyond)


def answered(plain: str, end: int) -> bool:
    """Whether the points of a condition follow at once: "80~89分，6分", "低于60分的不得分"."""
    answer = _ANSWER.match(plain, end)
    return bool(answer and _POINTS.match(plain, answer.end()))


def goes_on(plain: str, end: int) -> bool:
    """Whether more points follow in the same part of a sentence."""
    stop = _PART.search(plain, end)
    return bool(_POINTS.search(plain, end, stop.start() if stop else len(plain)))


def _score(words: str, before: str, found: re.Match[str], plain: str) -> Score:
    low, high = _ends(found)
    own, before = words[found.start() - len(before) : found.start()], before[-_NEAR:]
    kind = next((name for name, sign in _KINDS if sign.search(before)), "mark")
    if found["none"]:
        kind = "mark"
    elif not (found["mark"] or found["high"] or found["tens"]):
        kind = "share"
    said = _VERB.sub("", own)
    attached = bool(said) and said[-1] not in _EDGE + _OPENING
    per_unit = _PER_UNIT.match(plain, found.end())
    repeated = bool(_REPEATED.search(before) or per_unit)
    if kind == "mark" and (per_unit or (attached and re.search(_EACH, before))):
        kind = "each"
    if kind == "mark" and plain[found.end() : found.end() + 2] in ("封顶", "为止", "为限"):
        kind = "cap"
    return Score(kind, low, high, found.start(), found.end(), bare(said), attached, repeated)


def _ends(found: re.Match[str]) -> tuple[Fraction, Fraction]:
    """Return the bounds of the points found; of a share, the part of the maximum twice."""
    if found["mark"] or found["low"]:
        ends = [Fraction(text) for text in (found["mark"], found["low"], found["high"]) if text]
        return min(ends), max(ends)
    value = Fraction(_whole(found["tens"])) if found["tens"] else _share(found)
    return value, value


def _share(found: re.Match[str]) -> Fraction:
    """Return the part of the maximum that words name; 0 for "no points"."""
    if found["percent"]:
        return Fraction(found["percent"]) / 100
    if found["over"]:
        return Fraction(int(found["over"]), int(found["under"]))
    if found["parts"]:
        return Fraction(_whole(found["of"]), _whole(found["parts"]))
    if found["tenths"] or found["hundredths"]:
        return Fraction(_whole(found["tenths"] or "0"), 10) + Fraction(
            _whole(found["hundredths"] or "0"), 100
        )
    return Fraction(1, 2) if found["half"] or found["halved"] else Fraction(bool(found["full"]))


def _whole(numeral: str) -> int:
    """Return a number below 100 written in Chinese or with one digit: "二十五" is 25."""
    tens, ten, ones = numeral.rpartition("十")
    return (int(_NUMERALS.get(tens, "1")) * 10 if ten else 0) + int(_NUMERALS.get(ones, ones or "0"))
