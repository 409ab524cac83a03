"""Rubric files: the bundled table against the standard's figures; every fault at its place; back again."""

import json
import os
import re
import tomllib
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from zhiping.documents.files import rubric_file
from zhiping.documents.files.rubric_file import BUNDLED, bundled, dumps, load, loads
from zhiping.documents.spreadsheets import rubric_table
from zhiping.domain.doubt import Doubt
from zhiping.domain.errors import Invalid
from zhiping.domain.exact import number_text
from zhiping.domain.rubric import (
    Band,
    Cap,
    Criterion,
    Dimension,
    Indicator,
    Level,
    Rubric,
    Text,
    as_data,
    problems,
)
from zhiping.texts.catalogue import LANGUAGES, problem_text, speaking

SCHEMA = json.loads((Path(rubric_file.__file__).with_name("rubric.schema.json")).read_text(encoding="utf-8"))
STANDARD = Path(
    os.environ.get("ZHIPING_STANDARD")
    or Path(__file__).parents[4] / "shared" / "standard" / "平台评价与改进.txt"
)

# Typed from table A.1, indicator by indicator: each criterion's levels, best first; ~ is a range.
PRINTED = {
    "1": ["2 0", "2 1 0", "2 1 0", "2 1 0"],
    "2": ["2 0"],
    "3": ["2 0~1", "1 0", "1 0", "2 0~1", "2 0"],
    "4": ["2 1 0", "1 0"],
    "5": ["2 0~1", "2 0~1"],
    "6": ["1 0", "1 0", "1 0"],
    "7": ["1 0", "1 0"],
    "8": ["4 0~3", "4 0"],
    "9": ["3 0~2", "4 0~3", "3 0~2"],
    "10": ["2 0", "2 0", "2 0"],
    "11": ["4 0~3", "4 0"],
    "12": ["1 0"] * 8,
    "13": ["3 1~2 0", "3 0~2"],
    "14": ["3 0~2", "2 1 0", "1 0"],
    "15": ["3 0~2"],
    "16": ["2 0~1", "2 0"],
    "17": ["2 0~1", "3 0~2"],
    "18": ["3 0~2", "3 0"],
    "B": ["2", "5 3 2"],
}
NAMES = """
组织机构 资质水平 服务场所 信息化建设 人员配置 保密和信息安全 档案管理
计量服务 标准服务 认证认可服务 检验检测服务 拓展服务
线下服务 线上服务 线下线上融合 持续改进 要素融合 服务模式推广 社会效益
"""
POINTS = [8, 2, 8, 3, 4, 3, 2, 8, 10, 6, 8, 8, 6, 6, 3, 4, 5, 6, 7]


def levels_of(criterion: Criterion) -> str:
    return " ".join(
        number_text(lv.low) if lv.exact else f"{number_text(lv.low)}~{number_text(lv.high)}"
        for lv in criterion.levels
    )


def texts_in(data: Any) -> list[dict[str, str]]:
    if isinstance(data, dict):
        return [data] if "zh" in data else [t for value in data.values() for t in texts_in(value)]
    return [t for value in data for t in texts_in(value)] if isinstance(data, list) else []


# ── the bundled table ──────────────────────────────────────────────────────────────────────────────────


def test_bundled_has_every_printed_level_of_table_a1():
    assert {i.id: [levels_of(c) for c in i.criteria] for i in bundled().indicators} == PRINTED


def test_bundled_ids_count_through_each_indicator():
    expected = [f"{i}.{n}" for i, items in PRINTED.items() for n in range(1, len(items) + 1)]
    assert list(bundled().criteria) == expected
    assert (len(bundled().base), len(expected)) == (49, 51)


def test_bundled_indicators_are_named_and_weighted_as_printed():
    assert [(i.name.zh, i.max) for i in bundled().indicators] == list(zip(NAMES.split(), POINTS, strict=True))


def test_bundled_dimensions_sum_to_100_and_the_bonus_to_7():
    found = [(d.name.zh, d.max, d.bonus) for d in bundled().dimensions]
    assert found == [
        ("基础建设", 30, False),
        ("运营管理", 40, False),
        ("协同成效", 30, False),
        ("加分项", 7, True),
    ]
    assert (bundled().base_max, bundled().bonus_max) == (100, 7)


def test_bundled_platform_mark_belongs_to_the_premises_despite_the_page_break():
    premises, systems = bundled().indicators[2:4]
    assert "标志" in premises.criteria[4].text.zh
    assert premises.criteria[4].place == "表A.1 服务场所 5（印在信息化建设栏）"
    assert "标志" not in "".join(c.text.zh for c in systems.criteria)


def test_bundled_twelfth_indicator_is_the_tables_not_the_overviews():
    assert [i.name.zh for i in bundled().indicators[10:12]] == ["检验检测服务", "拓展服务"]


def test_bundled_states_everything_in_both_languages():
    every = texts_in(as_data(bundled()))
    assert len(every) > 200
    assert [t for t in every if not t["zh"] or not t.get("en")] == []
    assert [t for t in every if re.search(r"[\u4e00-\u9fff]", t["en"])] == []


def test_bundled_names_the_place_of_each_criterion():
    assert [c.id for c in bundled().criteria.values() if not c.place.startswith("表A.1 ")] == []


def test_bundled_grades_are_those_of_8_2():
    assert [(b.grade, b.name.zh, b.lower) for b in bundled().bands] == [
        ("excellent", "优秀", 90),
        ("qualified", "合格", 80),
        ("unqualified", "不合格", 0),
    ]


@pytest.mark.parametrize(
    ("channel", "readings", "ceiling"),
    [
        ("offline", ("lenient",), 92),
        ("offline", ("lenient", "strict"), 88),
        ("online", ("lenient",), 95),
        ("online", ("lenient", "strict"), 89),
    ],
)
def test_bundled_ceilings_are_the_declared_ones(channel: str, readings: tuple[str, ...], ceiling: int):
    caps = {c.criterion: c.max for c in bundled().caps if c.channel == channel and c.reading in readings}
    assert sum(caps.get(c.id, c.max) for c in bundled().base) == ceiling


def test_bundled_is_written_as_dumps_writes():
    assert BUNDLED.read_text(encoding="utf-8") == dumps(bundled())


def test_bundled_is_our_own_wording():
    if not STANDARD.is_file():
        pytest.skip("the owner's copy of the standard is not here")
    standard = re.sub(r"[\W_]+", "", STANDARD.read_text(encoding="utf-8"))
    parts = as_data(replace(bundled(), title=Text("表"), source=Text("表")))
    words = [re.sub(r"[\W_]+", "", t["zh"]) for t in texts_in(parts)]
    shared = [w[i : i + 15] for w in words for i in range(len(w) - 14) if w[i : i + 15] in standard]
    assert shared == []


# ── the published schema ───────────────────────────────────────────────────────────────────────────────


def test_schema_is_a_schema():
    Draft202012Validator.check_schema(SCHEMA)


def test_bundled_validates():
    data = tomllib.loads(BUNDLED.read_text(encoding="utf-8"))
    assert list(Draft202012Validator(SCHEMA).iter_errors(data)) == []


# ── reading ────────────────────────────────────────────────────────────────────────────────────────────

SMALL = """
id = "small"
version = "1"
title = "小表"
bands = [
  { grade = "good", name = "好", lower = 2, meaning = "好" },
  { grade = "bad", name = "差", lower = 0, meaning = "" },
]
caps = [{ channel = "online", reading = "strict", criterion = "1.2", max = 1 }]

[[dimensions]]
id = "base"
name = "基础"
max = 4

[[dimensions.indicators]]
id = "1"
name = { zh = "制度", en = "Rules" }
focus = "有制度"
max = 4

[[dimensions.indicators.criteria]]
id = "1.1"
text = "制度齐全，每缺一项扣 0.5 分，扣完为止"
max = 2
levels = [
  { mark = 2, text = "不缺" },
  { low = 0, high = "1.5", step = "0.5", text = "每缺一项扣 0.5 分" },
]

[[dimensions.indicators.criteria]]
id = "1.2"
text = "制度执行"
max = 2
place = "表 1"
levels = [{ mark = 2, text = "执行" }, { low = 0, high = 1, text = "未全执行" }]

[[dimensions]]
id = "bonus"
name = "加分"
max = 1
bonus = true

[[dimensions.indicators]]
id = "B"
name = "荣誉"
focus = ""
max = 1
criteria = [{ id = "B.1", text = "获奖", max = 1, levels = [{ mark = 1, text = "获奖" }] }]
"""
DOUBTS = (
    '[[doubts]]\nid = "D1"\ncode = "sum"\nwhere = "第 3 行"\nfound = "8"\nproposed = "6"\nsettled = "{}"\n'
)


def with_doubts(*settled: str) -> str:
    return SMALL + "".join(DOUBTS.format(words).replace("D1", f"D{n}") for n, words in enumerate(settled, 1))


def problems_of(content: str) -> list[str]:
    return [problem_text(problem) for problem in loads(content, "表.toml").problems]


def test_small_file_is_read_whole():
    half = Fraction(1, 2)
    first = Criterion(
        "1.1",
        Text("制度齐全，每缺一项扣 0.5 分，扣完为止"),
        Fraction(2),
        (
            Level(Fraction(2), Fraction(2), Text("不缺")),
            Level(Fraction(0), Fraction(3, 2), Text("每缺一项扣 0.5 分"), half),
        ),
    )
    second = Criterion(
        "1.2",
        Text("制度执行"),
        Fraction(2),
        (
            Level(Fraction(2), Fraction(2), Text("执行")),
            Level(Fraction(0), Fraction(1), Text("未全执行")),
        ),
        place="表 1",
    )
    honour = Criterion(
        "B.1", Text("获奖"), Fraction(1), (Level(Fraction(1), Fraction(1), Text("获奖")),), bonus=True
    )
    base = Indicator("1", Text("制度", "Rules"), Text("有制度"), Fraction(4), (first, second))
    bonus = Indicator("B", Text("荣誉"), Text(""), Fraction(1), (honour,))
    assert loads(SMALL) == (
        Rubric(
            "small",
            "1",
            Text("小表"),
            (
                Dimension("base", Text("基础"), Fraction(4), (base,)),
                Dimension("bonus", Text("加分"), Fraction(1), (bonus,), bonus=True),
            ),
            (
                Band("good", Text("好"), Fraction(2), Text("好")),
                Band("bad", Text("差"), Fraction(0), Text("")),
            ),
            (Cap("online", "strict", "1.2", Fraction(1)),),
        ),
        (),
        (),
    )


def test_deducting_criterion_offers_its_own_steps():
    rubric = loads(SMALL).rubric
    assert rubric is not None
    assert [number_text(m) for m in rubric.criteria["1.1"].marks(Fraction(1))] == [
        "0",
        "0.5",
        "1",
        "1.5",
        "2",
    ]


BROKEN = [
    ('id = "1.1"', "id = 1.1", "[criteria 1].id 1.1 不是文字；文字（含编号）须加半角引号"),
    ('id = "1"', "id = 1", "[indicators 1].id 1 不是文字；文字（含编号）须加半角引号"),
    (
        'step = "0.5"',
        "step = 0.5",
        '[criteria 1.1].levels 2.step 0.5 不是分值；填整数，或加引号的小数，如 "0.5"',
    ),
    (
        'high = "1.5"',
        "high = nan",
        '[criteria 1.1].levels 2.high NaN 不是分值；填整数，或加引号的小数，如 "0.5"',
    ),
    (
        "mark = 1,",
        "mark = true,",
        '[criteria B.1].levels 1.mark true 不是分值；填整数，或加引号的小数，如 "0.5"',
    ),
    ("mark = 1,", "mark = -1,", '[criteria B.1].levels 1.mark -1 不是分值；填整数，或加引号的小数，如 "0.5"'),
    ("max = 1 }]", "max = 99999 }]", 'caps 1.max 99999 不是分值；填整数，或加引号的小数，如 "0.5"'),
    (
        "low = 0, high = 1,",
        "low = 0,",
        "[criteria 1.2].levels 2 须填 mark（固定分值），或同时填 low 和 high（分值区间），二者只取其一",
    ),
    (
        "{ mark = 1,",
        "{ mark = 1, low = 0,",
        "[criteria B.1].levels 1 须填 mark（固定分值），或同时填 low 和 high（分值区间），二者只取其一",
    ),
    ("bonus = true", 'bonus = "是"', '[dimensions bonus].bonus "是" 无法识别；是填 true，否填 false'),
    ('place = "表 1"', 'plaec = "表 1"', "[criteria 1.2].plaec 没有这一项；是否应为 place"),
    ('version = "1"\n', "", "version 缺少此项"),
    ('title = "小表"', 'title = " "', "title.zh 不能为空"),
    ('title = "小表"', 'title = { zh = "小表", fr = "x" }', "title.fr 没有这一项；可填 zh、en"),
    (
        'name = "加分"',
        "name = 1",
        "[dimensions bonus].name 1 不成一组；写作 { 项目 = 内容 }，或另起 [ ] 标题逐行填写",
    ),
    (
        "{ mark = 1,",
        "3, { mark = 1,",
        "[criteria B.1].levels 1 3 不成一组；写作 { 项目 = 内容 }，或另起 [ ] 标题逐行填写",
    ),
    ('version = "1"', 'version = "1"\ndoubts = 3', "doubts 3 不成列表；每一项以 [[ ]] 标题开头"),
]


@pytest.mark.parametrize(("old", "new", "expected"), BROKEN, ids=[new or old for old, new, _ in BROKEN])
def test_fault_is_reported_at_its_place_and_the_schema_refuses_it_too(old: str, new: str, expected: str):
    content = SMALL.replace(old, new, 1)
    assert content != SMALL
    assert problems_of(content) == [f"表.toml {expected}"]
    assert loads(content).rubric is None
    assert not Draft202012Validator(SCHEMA).is_valid(tomllib.loads(content))


def test_faults_are_reported_all_at_once():
    content = SMALL
    for old, new, _ in (BROKEN[0], BROKEN[6], BROKEN[9]):
        content = content.replace(old, new, 1)
    assert sorted(problems_of(content)) == sorted(f"表.toml {BROKEN[n][2]}" for n in (0, 6, 9))


UNSOUND = [
    ("max = 4\n\n[[dimensions.indicators]]", "max = 5\n\n[[dimensions.indicators]]", ["[dimensions base]"]),
    ('focus = "有制度"\nmax = 4', 'focus = "有制度"\nmax = 5', ["[dimensions base]", "[indicators 1]"]),
    ("low = 0, high = 1,", "low = 0, high = 2,", ["[criteria 1.2]"]),
    ('criterion = "1.2"', 'criterion = "1.3"', ["caps"]),
    ("lower = 0", "lower = 1", ["bands"]),
    ('id = "B"', 'id = "C"', ["[criteria B.1]"]),
]


@pytest.mark.parametrize(("old", "new", "places"), UNSOUND)
def test_unsound_part_is_reported_under_its_heading(old: str, new: str, places: list[str]):
    draft = loads(SMALL.replace(old, new, 1), "表.toml")
    assert [p.where for p in draft.problems] == [("表.toml", place) for place in places]
    assert draft.rubric is not None


def test_load_raises_every_problem(tmp_path):
    path = tmp_path / "表.toml"
    path.write_text(with_doubts("", "照改").replace("lower = 0", "lower = 1"), encoding="utf-8")
    with pytest.raises(Invalid) as caught:
        load(path)
    assert [problem_text(p) for p in caught.value.problems] == [
        "表.toml bands 最低等级“bad”的下限须为 0 分",
        "表.toml [doubts D1].settled 存疑未定（第 3 行）：原文“8”，建议“6”；请核对后在此写明处理意见",
    ]


def test_settled_draft_loads_and_an_unsettled_one_is_kept_for_reading(tmp_path):
    path = tmp_path / "draft.toml"
    path.write_text(with_doubts("照改", "不改"), encoding="utf-8")
    assert load(path) == loads(SMALL).rubric
    path.write_text(with_doubts("照改", " "), encoding="utf-8")
    draft = rubric_file.read(path)
    assert draft.rubric == loads(SMALL).rubric
    assert draft.problems == ()
    assert draft.unsettled == (Doubt("D2", "sum", "第 3 行", "8", "6", ""),)


def test_missing_file_is_one_problem(tmp_path):
    draft = rubric_file.read(tmp_path / "none.toml")
    assert (draft.rubric, [p.code for p in draft.problems]) == (None, ["file.unreadable"])


@pytest.mark.parametrize(("old", "new"), [("high = 1,", "high = 9999,"), ('step = "0.5"', 'step = "0.0001"')])
def test_huge_ranges_are_refused(old: str, new: str):
    assert "rubric.level" in [p.code for p in loads(SMALL.replace(old, new)).problems]


# ── writing ────────────────────────────────────────────────────────────────────────────────────────────

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12).map(str.strip)
named = words.filter(bool)
bilingual = st.builds(Text, named, words)
marks = st.integers(0, 20).map(lambda n: Fraction(n, 2))


@st.composite
def rubrics(draw: st.DrawFn) -> Rubric:
    """Any sound table."""
    dimensions = []
    for d in range(draw(st.integers(1, 2))):
        bonus = d == 1
        indicators = []
        for i in range(draw(st.integers(1, 2))):
            criteria = []
            for c in range(draw(st.integers(1, 3))):
                bounds = sorted(draw(st.sets(marks, min_size=1, max_size=5)), reverse=True)
                levels = [Level(bounds[0], bounds[0], draw(bilingual))]
                for high, low in zip(bounds[1::2], bounds[2::2], strict=False):
                    levels.append(Level(low, high, Text(draw(words)), Fraction(1, 2)))
                name = f"{d}{i}.{c}"
                place = draw(words)
                criteria.append(Criterion(name, draw(bilingual), bounds[0], tuple(levels), bonus, place))
            total = sum((c.max for c in criteria), Fraction(0))
            focus = Text(draw(words))
            indicators.append(Indicator(f"{d}{i}", draw(bilingual), focus, total, tuple(criteria)))
        total = sum((i.max for i in indicators), Fraction(0))
        dimensions.append(Dimension(f"d{d}", draw(bilingual), total, tuple(indicators), bonus))
    bands = (
        Band("a", draw(bilingual), Fraction(3, 2), Text(draw(words))),
        Band("b", draw(bilingual), Fraction(0), Text(draw(words))),
    )
    rubric = Rubric(draw(named), draw(named), draw(bilingual), tuple(dimensions), bands)
    urgent = tuple(name for name in rubric.criteria if draw(st.booleans()))
    return replace(rubric, source=Text(draw(words)), urgent=urgent)


@given(rubrics(), st.lists(st.builds(Doubt, words, words, words, words, words, words), max_size=2))
def test_what_is_written_is_read_back(rubric: Rubric, doubts: list[Doubt]):
    assert list(problems(rubric)) == []
    written = dumps(rubric, doubts)
    assert loads(written) == (rubric, tuple(doubts), ())
    assert dumps(rubric, doubts) == written
    assert list(Draft202012Validator(SCHEMA).iter_errors(tomllib.loads(written))) == []


def test_written_file_is_easy_to_edit():
    written = dumps(loads(SMALL).rubric, [Doubt("D1", "sum", "第 3 行", "8", "6")]).splitlines()
    start = written.index("[[doubts]]")
    assert written[start : start + 7] == [
        "[[doubts]]",
        'id = "D1"',
        'code = "sum"',
        'where = "第 3 行"',
        'found = "8"',
        'proposed = "6"',
        'settled = ""',
    ]
    start = written.index('id = "1.1"')
    assert written[start - 1 : start + 7] == [
        "[[dimensions.indicators.criteria]]",
        'id = "1.1"',
        'text = { zh = "制度齐全，每缺一项扣 0.5 分，扣完为止" }',
        "max = 2",
        "levels = [",
        '  { mark = 2, text = { zh = "不缺" } },',
        '  { low = 0, high = "1.5", step = "0.5", text = { zh = "每缺一项扣 0.5 分" } },',
        "]",
    ]


# ── showing ────────────────────────────────────────────────────────────────────────────────────────────


def test_table_is_shown_as_printed():
    header, *rows = rubric_table.as_printed(bundled())
    assert header.levels == "评分标准"
    assert [row.id for row in rows] == list(bundled().criteria)
    assert rows[9] == (
        "基础建设\n（30 分）",
        "服务场所\n（8 分）",
        "线下站点、线上站点及办公场所",
        "3.5",
        "线上界面与线下站点展示同一平台标志",
        "2 分：线上线下均有展示，外观一致\n0 分：两处标志不同，或未展示",
        "2",
        "表A.1 服务场所 5（印在信息化建设栏）",
    )


def test_own_step_is_shown():
    rubric = loads(SMALL).rubric
    assert rubric is not None
    assert rubric_table.as_printed(rubric)[1].levels.splitlines() == [
        "2 分：不缺",
        "0～1.5 分（以 0.5 分为一档）：每缺一项扣 0.5 分",
    ]


def test_number_of_the_standard_is_kept_and_changes_no_hash_where_it_is_unknown():
    numbered = replace(bundled(), number="DB15/T 1234—2025")
    assert loads(dumps(numbered)).rubric == numbered
    assert numbered.scale_sha256 == bundled().scale_sha256
    assert numbered.wording_sha256 != bundled().wording_sha256
    assert "number" not in as_data(bundled())


def test_notes_show_sums_grades_source_and_hashes():
    rubric = replace(bundled(), source=Text("某标准表 A.1"))
    scale, wording = rubric.scale_sha256[:16], rubric.wording_sha256[:16]
    assert rubric_table.notes_printed(rubric) == [
        "基础分 100 分，加分项 7 分",
        "优秀：90 分及以上。达到高标准，在同行中领先",
        "合格：80 分及以上、低于 90 分。达到基本要求，仍可继续改进",
        "不合格：低于 80 分。未达基本要求，应重新评估或限期整改",
        "某标准表 A.1",
        f"qi-one-stop，版本 2025；评分标度校验码 {scale}，文字校验码 {wording}",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_exported_spreadsheet_holds_the_table(tmp_path, language):
    path = tmp_path / "table.xlsx"
    with speaking(language):
        rubric_table.export_xlsx(bundled(), path)
    page = openpyxl.load_workbook(path).active
    with speaking(language):
        header, *rows = rubric_table.as_printed(bundled())
    cells = [list(row) for row in page.iter_rows(min_row=2, max_row=53, values_only=True)]
    assert cells[0] == list(header)
    assert [row[3:6] for row in cells[1:]] == [[r.id, r.text, r.levels] for r in rows]
    assert [row[6] for row in cells[1:]] == [int(r.max) for r in rows]
    names = [row[0] for row in cells[1:] if row[0]]
    assert names == list(dict.fromkeys(r.dimension for r in rows))
    assert page.print_title_rows == "$2:$2"
    below = [row[0].value for row in page.iter_rows(min_row=54) if row[0].value]
    with speaking(language):
        assert below == rubric_table.notes_printed(bundled())


def test_words_that_look_like_formulas_stay_words(tmp_path):
    path = tmp_path / "table.xlsx"
    content = SMALL.replace("制度执行", "=1+1")
    rubric_table.export_xlsx(loads(content).rubric, path)
    cell = openpyxl.load_workbook(path).active["E4"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")
