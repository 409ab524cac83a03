"""Words of an item that may change its points and are not part of its levels: each is a doubt."""

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from zhiping.documents.standard.phrases import clause
from zhiping.documents.standard.scores import Score, answered, folded, goes_on
from zhiping.domain.doubt import Note
from zhiping.domain.exact import number_text

_FORMULA = re.compile(
    r"得分=|=[^,;。=]{0,40}[×÷*]|[×÷]\d|\d分?[×÷*]|[×÷](?:权重|分值|满分|系数|本项|该项)|系数"
    r"|按[^,;。]{0,12}(?:比例|百分比|比率)[^,;。]{0,6}(?:得|计|给|扣|折|分)|比例(?:得|计|给|扣)分"
    r"|折算|换算|插值|内插"
)
_VETO = re.compile(
    r"否决|(?:直接|一律)[评判定认]{0,2}为?不(?:合格|达标|通过)|取消[^,;。]{0,8}资格|不予(?:评价|评定|认定)"
)
_END = r"(?=[,;。)\]]|$)"
_TOKEN = re.compile(
    r"一半|半分|[减折]半|翻倍|加倍|双倍|[\0]半"
    r"|\d{1,3}(?:\.\d+)?%的?(?:分|得分|计|给|扣)|(?<=[扣得计给加减折])\d{1,3}%(?![以及])"
    r"|百分之[^,;。]{1,4}的?(?:分|得分)|(?<=[扣得计给加减折])(?:[^,;。]分之[^,;。]|[\d.]+倍|\d/\d|[\d一二三四五六七八九]成)"
    r"|(?:满分|总分|分值|分数|得分|标准分)的?(?:\d{1,3}%|[^,;。]{1,2}分之|[\d.]+倍|\d/\d|[\d一二三四五六七八九]成)"
    r"|(?:酌情|酌|视情况?|适当)(?:扣|给|加|减|得|计|打|赋)[减除]?分?(?![\d减除分\0])"
    rf"|(?<![不再])(?:扣|减|加)分{_END}"
    rf"|全扣|全部扣除|扣(?:除|掉|减)?(?:全部|全|该项|本项|所有)(?:的?(?:全部)?(?:得分|分值|分数|分))?{_END}"
    r"|(?<=[得扣计加给])[一二三四五六七八九]?[十百][一二三四五六七八九]?分"
)
_PARTLY = re.compile(
    rf"(?:部分|基本|大体|多数|少数)[^,;。\d]{{0,10}}\d{{1,3}}%{_END}"
)  # a share without a verb
_BOUND = re.compile(r"(?<![\d.])(?P<points>\d{1,4}(?:\.\d{1,2})?)分(?:(?:及|\(?含\)?)?以[上下]|(?:以|之)?内)")
_LISTED = re.compile(r"\d[、/]$")
_EXTRA = re.compile(r"(?:加|再得|另得|另计|额外得?)$")
_MINUS = "-－−‐‑–"  # a dash that may be a sign


def formula(words: str) -> bool:
    """Whether points are to be calculated, so that no levels are printed."""
    return bool(_FORMULA.search(folded(words)))


def vetoes(words: str) -> bool:
    """Whether words decide the result without points."""
    return bool(_VETO.search(folded(words)))


def left_over(words: str, found: Sequence[Score], top: Fraction | None) -> Iterator[Note]:
    """Yield a doubt for points that may be missing from the levels, and for levels that may hold none."""
    plain = folded(words)
    for score in found:
        if score.doubtful:
            proposed = number_text(score.high) if score.kind != "condition" else ""
            yield Note("condition", clause(words, score.start, score.end), proposed)
        elif score.kind == "share" or _LISTED.search(plain, 0, score.start) or _signed(words, score):
            yield Note("left_over", clause(words, score.start, score.end), "")
    marks = [score for score in found if score.kind == "mark" and score.high]
    extra = [score for score in marks if _EXTRA.search(plain, 0, score.start)]
    for score in extra if len(extra) < len(marks) else ():
        yield Note("left_over", clause(words, score.start, score.end), "")
    blanked = plain
    for score in found:
        blanked = blanked[: score.start] + "\0" * (score.end - score.start) + blanked[score.end :]
    for token in _TOKEN.finditer(blanked):
        yield Note("left_over", clause(words, token.start(), token.end()), "")
    for share in _PARTLY.finditer(blanked):
        if not answered(plain, share.end()):
            yield Note("left_over", clause(words, share.start(), share.end()), "")
    for bound in _BOUND.finditer(plain):
        compared = top is not None and Fraction(bound["points"]) > top
        if not (compared or answered(plain, bound.end()) or goes_on(plain, bound.end())):
            yield Note("left_over", clause(words, bound.start(), bound.end()), "")


def _signed(words: str, score: Score) -> bool:
    """Whether a dash right before points may be a minus sign."""
    return score.kind == "mark" and words[score.start - 1 : score.start] in tuple(_MINUS)
