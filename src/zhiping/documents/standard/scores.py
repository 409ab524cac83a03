"""Where points stand in a sentence, and what kind they are: awarded, deducted, a maximum, a cap."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

LONGEST = 3000  # characters of one item; more is no item of a scored table
_NEAR = 60  # characters before points that determine their kind
_WIDE = {chr(ord("０") + n): str(n) for n in range(10)}
_SIGNS = {"．": ".", "：": ":", "；": ";", "，": ",", "（": "(", "）": ")", "／": "/"}
_DASHES = dict.fromkeys("～〜－‐‑–—―⁓∼−-", "~")
_FOLD = str.maketrans(_WIDE | _SIGNS | _DASHES)
_NUMERALS = {sign: str(n) for n, sign in enumerate("零一二三四五六七八九")} | {"两": "2"}
_NUMERAL = re.compile(r"(?<=[得扣计加])[零一二两三四五六七八九](?=分(?!之|为))")

NUMBER = r"(?<![\d.])\d{1,4}(?:\.\d{1,2})?"
_NOT_POINTS = r"(?!钟|之|贝|公司|支|店|院|(?:及|\(?含\)?)?以[上下])"
_POINTS = re.compile(
    rf"(?P<low>{NUMBER})分?(?:~{{1,2}}|至|到)(?P<high>\d{{1,4}}(?:\.\d{{1,2}})?)分{_NOT_POINTS}"
    rf"|(?P<mark>{NUMBER})分{_NOT_POINTS}"
    r"|(?P<none>不(?:得|计|给|记|加)分(?![包割散开拆别]))"
)
_CONDITION = re.compile(r"(?:低于|高于|大于|小于|等于|达到|达|(?<!不)超过|不足|不满|至少|[<>≥≤＜＞=])$")
_EACH = r"每(?!年|半年|月|季|周|日|天)[^,;。]*$"
_ONE = r"[一1](?:项|处|次|例|个|人|份|条|起|件|类|家|台)[^,;。]{0,12}$"
_REPEATED = re.compile(f"{_EACH}|{_ONE}")
_PER_UNIT = re.compile(r"/(?:项|次|个|件|人|处|份|例|家)")
_KINDS = (
    (
        "deduct_cap",
        re.compile(
            r"(?:最多|最高|至多|上限|累计)[^,;。]{0,8}扣(?:减|除)?$|扣(?:分|减|除)?(?:最多|最高|至多|上限|不超过)为?$"
        ),
    ),
    ("deduct", re.compile(r"扣(?:减|除|掉)?(?:其|本项|该项)?(?:得分)?$")),
    ("cap", re.compile(r"(?:最多|最高|至多|上限|不超过|封顶)(?:可|得|加|计|为|到)*$")),
    (
        "total",
        re.compile(r"(?:^|[;。,(])(?:本项|该项|此项)?(?:满分|总分|分值|共计|共|本项|该项)(?:为|计|:)?$"),
    ),
)
_VERB = re.compile(r"(?:的?(?:可得|可加|可计|(?<![取获])得|计|记|给|加|赋)|(?<=[级等])为|满分为?)$")
_EDGE = " ,;.:，；。：、"
_OPENING, _CLOSING = "（(【[", "）)】]"


@dataclass(frozen=True, slots=True)
class Score:
    """Points found in a sentence, with the place and words before them."""

    kind: str  # mark, each (an award per piece), deduct, deduct_cap, cap, total
    low: Fraction
    high: Fraction
    start: int
    end: int
    words: str  # the words since the score before it, without signs and verbs
    attached: bool  # whether there is no sign between the words and the points
    repeated: bool  # whether it counts once per piece

    @property
    def exact(self) -> bool:
        """Whether it is a single number of points."""
        return self.low == self.high


def folded(words: str) -> str:
    """Return the words in one width, with one kind of dash, each character in its old place."""
    return _NUMERAL.sub(lambda found: _NUMERALS[found[0]], words.translate(_FOLD))


def bare(words: str) -> str:
    """Return words without the signs around them."""
    return words.lstrip(_EDGE + _CLOSING).rstrip(_EDGE + _OPENING)


def scores(words: str) -> Iterator[Score]:
    """Yield the points a sentence names, in its order; conditions such as "90分以上" are none."""
    plain, last = folded(words), 0
    for found in _POINTS.finditer(plain):
        before = plain[last : found.start()]
        if _CONDITION.search(before):
            continue
        yield _score(words, before, found, plain)
        last = found.end()


def _score(words: str, before: str, found: re.Match[str], plain: str) -> Score:
    ends = [Fraction(text) for text in (found["low"], found["high"]) if text] or [
        Fraction(found["mark"] or 0)
    ]
    own, before = words[found.start() - len(before) : found.start()], before[-_NEAR:]
    kind = "mark" if found["none"] else next((name for name, sign in _KINDS if sign.search(before)), "mark")
    said = _VERB.sub("", own)
    attached = bool(said) and said[-1] not in _EDGE + _OPENING
    repeated = bool(_REPEATED.search(before) or _PER_UNIT.match(plain, found.end()))
    if kind == "mark" and attached and (re.search(_EACH, before) or _PER_UNIT.match(plain, found.end())):
        kind = "each"
    after = plain[found.end() : found.end() + 2]
    if kind == "mark" and after == "封顶":
        kind = "cap"
    return Score(kind, min(ends), max(ends), found.start(), found.end(), bare(said), attached, repeated)
