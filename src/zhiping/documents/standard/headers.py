"""Headers of a standard's tables: which table it is, and the part each column plays."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from zhiping.documents.standard.scores import SEEN_AGAIN, folded

HEADING_LIMIT = 60  # characters of a column's heading
_NOUN = r"(?:标准|细则|办法|方法|要点|规则|说明|依据|原则|准则)"
_ACT = r"(?:评价|考核|评估|评审|评定|考评|测评|评比|评议|检查|验收|督查|督导|认定|核查|绩效)"
WEIGHT = re.compile(r"^.{0,4}(?:权重|权数|比重|占比|系数)(?=$|[（(])")
_PARTS = (
    ("scoring", re.compile(rf"^.{{0,8}}(?:评|计|打|赋|扣|得|加|减)分{_NOUN}.{{0,4}}$")),
    ("standard", re.compile(rf"^{_ACT}(?:标准|细则|办法|方法)$")),
    ("weight", WEIGHT),
    ("dimension", re.compile(rf"^(?:一级(?:指标|项目)?|{_ACT}?维度|(?:指标|项目|{_ACT})?类别|大类)$")),
    ("indicator", re.compile(rf"^(?:二级(?:指标|项目)?|{_ACT}?(?:指标|项目|事项)(?:名称)?)$")),
    ("item", re.compile(rf"^(?:三级(?:指标|项目)?|评分项|{_ACT}(?:要素|点))$")),
    ("focus", re.compile(rf"^(?:内容要求|(?:{_ACT}|主要|具体)?(?:内容|要点|要求))$")),
    ("points", re.compile(rf"^(?:(?:标准|参考|{_ACT})?分值|满分|标准分|配分|赋分|分数)$")),
    ("number", re.compile(r"^(?:序号|编号|项次)$")),
    ("mark", re.compile(r"^.{0,4}(?:得分|评分|打分|扣分|加分)(?:情况)?$")),
    ("note", re.compile(r"^(?:备注|备考|.{0,4}材料|.{0,4}说明)$")),
)
_GRADE = (
    ("grade", re.compile(r"^(?:评价|评定|评估|考核)?(?:等级|级别|结果|结论)$")),
    (
        "range",
        re.compile(r"^(?:评价|评估|评定|综合|考核)?(?:分值|分数|得分|总分|评分)(?:区间|范围|段|要求|条件)?$"),
    ),
    ("meaning", re.compile(r"^(?:评价|等级|评定)?(?:情况|说明|含义|描述|要求)$")),
)
_LEVEL = re.compile(
    r"(?:优秀?|良好?|中等?|一般|较?差|[较很]?好|(?:基本|不)?(?:合格|达标|符合|满足)|完全(?:符合|达标|满足)"
    r"|[A-E][级档等]?|[一二三四五][级档等]|\d{1,3}(?:~\d{1,3})?分)"
)
_BRACKETS = re.compile(r"[（(【\[].*?[)）】\]]")
_LAYOUT = re.compile(r"(?<![A-Za-z0-9])\s+|\s+(?![A-Za-z0-9])")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_SPACES = re.compile(r"\s+")
_LABELS = frozenset({"dimension", "indicator", "item"})


@lru_cache(SEEN_AGAIN)
def compact(words: str) -> str:
    """Return words without layout: no spaces or breaks except between two Latin words or numbers."""
    return _SPACES.sub(" ", _CONTROLS.sub("", _LAYOUT.sub("", words.strip())))


@dataclass(frozen=True, slots=True)
class Header:
    """What a row heads: a `kind` of table, the column of each part, the words of all columns.

    `levels`: the columns that each hold one level of every item. `weights`: the words of columns of weights.
    """

    kind: str  # scored, overview, grades
    columns: Mapping[str, int]
    names: tuple[str, ...]
    levels: tuple[int, ...] = ()
    weights: tuple[str, ...] = ()

    @property
    def scoring(self) -> str:
        """The words over the column of levels."""
        return self.names[self.columns["scoring"]] if "scoring" in self.columns else ""


def header(cells: Sequence[str]) -> Header | None:
    """Return what a row heads, None where it is no header."""
    names = tuple(map(compact, cells))
    columns = _named(names, _PARTS)
    levels = tuple(n for n, name in enumerate(names) if len(name) <= HEADING_LIMIT and _level(name))
    levels = levels if len(levels) > 1 else ()
    if levels or columns.keys() & {"scoring", "standard"}:
        settled = _settled(dict(columns))
        if "indicator" in settled or "dimension" in settled:
            return Header("scored", settled, names, levels, _weights(names))
    grades = _named(names, _GRADE)
    if grades.keys() >= {"grade", "range"}:
        return Header("grades", grades, names)
    if {"indicator", "focus"} <= columns.keys():
        return Header("overview", columns, names)
    return None


def under(first: Header, cells: Sequence[str]) -> Header | None:
    """Return a header of two rows as one; None where the second is not part of it."""
    named = [cell for cell in map(compact, cells) if cell]
    if not named or len(cells) != len(first.names):
        return None
    if any(not _named([cell], _PARTS) and not _level(cell[:HEADING_LIMIT]) for cell in named):
        return None
    return header([low or high for low, high in zip(cells, first.names, strict=True)])


def _level(name: str) -> bool:
    return bool(_LEVEL.fullmatch(folded(_BRACKETS.sub("", name))))


def _weights(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in names if WEIGHT.search(name))


def _named(cells: Iterable[str], parts: Sequence[tuple[str, re.Pattern[str]]]) -> dict[str, int]:
    """Return the column of each part; the first column of its kind counts."""
    found: dict[str, int] = {}
    for column, cell in enumerate(cells):
        if not 0 < len(cell) <= HEADING_LIMIT:
            continue
        name = _BRACKETS.sub("", compact(cell))
        part = next((part for part, sign in parts if sign.search(name)), None)
        if part in ("points", "weight"):
            early = "dimension" in found and "indicator" not in found
            part = "dimension_points" if early else "points"
        if part and part not in found:
            found[part] = column
    return found


def _settled(columns: dict[str, int]) -> dict[str, int]:
    """Return a scored table's columns with one of levels and an indicator among them, the finest there is."""
    if "standard" in columns:
        columns.setdefault("scoring" if "scoring" not in columns else "focus", columns.pop("standard"))
    if "indicator" not in columns and "item" in columns:
        columns["indicator"] = columns.pop("item")
    if not columns.keys() & _LABELS and "focus" in columns:
        columns["indicator"] = columns.pop("focus")
    return columns
