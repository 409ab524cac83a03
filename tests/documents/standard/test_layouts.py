"""Documents of the genre in their usual layouts: each read right, doubted, or refused with what to do."""

from fractions import Fraction

import docx
import pytest
from tests.documents.standard.standard_documents import levels, saved, table_of, written

from zhiping.documents.spreadsheets.workbook import writing
from zhiping.documents.standard import standard_file
from zhiping.domain.errors import Invalid
from zhiping.texts.catalogue import LANGUAGES, problem_text, speaking

HEAD = "二级指标\t评分标准\t分值"
ROWS = ["台账\t完整，40分；没有，0分\t40", "答复\t及时，60分；不及时，0分\t60"]
PLAIN = {"1.1": "40 / 0", "2.1": "60 / 0"}


def read(folder, *lines):
    return standard_file.read(written(folder, "\n".join(["站点评价表", *lines]).encode(), "标准.txt"))


def refused(folder, *lines):
    with pytest.raises(Invalid) as caught:
        read(folder, *lines)
    (problem,) = caught.value.problems
    for language in LANGUAGES:
        with speaking(language):
            assert problem_text(problem)
    return problem


def codes(draft):
    return [doubt.code for doubt in draft.doubts if doubt.code != "no_bands"]


def words(draft, name):
    return [level.text.zh for level in draft.rubric.criteria[name].levels]


def dimensions(draft):
    return [(part.name.zh, part.max) for part in draft.rubric.dimensions]


# ── headers ────────────────────────────────────────────────────────────────────────────────────────────

HEADERS = [
    ("序号\t考核内容\t分值\t考核标准\t得分", "1\t{0}\t{2}\t{1}\t"),
    ("评定指标\t评定标准\t评定分值", "{0}\t{1}\t{2}"),
    ("检查项目\t检查标准\t标准分", "{0}\t{1}\t{2}"),
    ("考评项目\t考评办法\t满分", "{0}\t{1}\t{2}"),
    ("验收事项\t验收标准\t分值（分）", "{0}\t{1}\t{2}"),
    ("绩效指标\t考核标准\t计分办法\t分值", "{0}\t有人负责\t{1}\t{2}"),
    ("评价项目\t评价要求\t赋分\t评分细则\t自评分\t考核得分", "{0}\t有人负责\t{2}\t{1}\t\t"),
]


@pytest.mark.parametrize(("head", "row"), HEADERS)
def test_usual_headers_are_known(tmp_path, head, row):
    draft = read(tmp_path, head, *(row.format(*line.split("\t")) for line in ROWS))
    assert levels(draft) == PLAIN
    assert [indicator.name.zh for indicator in draft.rubric.indicators] == ["台账", "答复"]
    assert codes(draft) == []


def test_unknown_header_is_quoted_in_the_refusal(tmp_path):
    problem = refused(tmp_path, "工作\t看什么\t赋值", *ROWS)
    assert problem.code == "reader.unknown_header"
    assert problem.data == {"place": "第 2 行", "found": "工作 | 看什么 | 赋值"}


def test_table_of_points_with_an_unknown_header_is_a_doubt(tmp_path):
    draft = read(tmp_path, HEAD, *ROWS, "", "其他", "工作\t赋值办法", "表扬\t每次加2分", "投诉\t每次扣2分")
    assert (levels(draft), codes(draft)) == (PLAIN, ["table_unread"])
    assert draft.doubts[0].found == "第 7 行：工作 | 赋值办法"


# ── levels in columns ──────────────────────────────────────────────────────────────────────────────────

COLUMNS = [
    (
        [
            "二级指标\t分值\t评分标准\t优\t良\t差",
            "台账\t40\t完整\t40～36\t35～24\t23～0",
            "答复\t60\t及时\t60\t30\t0",
        ],
        {"1.1": "36~40 / 24~35 / 0~23", "2.1": "60 / 30 / 0"},
        ["优", "良", "差"],
    ),
    (
        [
            "序号\t评价内容\t分值\tA\tB\tC",
            "1\t台账\t40\t完整，40分\t不全，20分\t没有，0分",
            "2\t答复\t60\t60\t30\t0",
        ],
        {"1.1": "40 / 20 / 0", "2.1": "60 / 30 / 0"},
        ["A：完整", "B：不全", "C：没有"],
    ),
    (
        ["指标\t满分\t好（30-40分）\t差（0-29分）", "台账\t40\t完整\t不全", "答复\t60\t60～40\t39～0"],
        {"1.1": "30~40 / 0~29", "2.1": "40~60 / 0~39"},
        ["好：完整", "差：不全"],
    ),
    (
        ["二级指标\t分值\t评分标准\t\t", "\t\t优\t良\t差", "台账\t40\t40\t20\t0", "答复\t60\t60\t30\t0"],
        {"1.1": "40 / 20 / 0", "2.1": "60 / 30 / 0"},
        ["优", "良", "差"],
    ),
]


@pytest.mark.parametrize(("lines", "expected", "first"), COLUMNS)
def test_levels_in_columns_of_their_own_are_read(tmp_path, lines, expected, first):
    draft = read(tmp_path, *lines)
    assert (levels(draft), words(draft, "1.1"), codes(draft)) == (expected, first, [])


@pytest.mark.parametrize("cells", ["完整\t没有", "完整，40分；不全，30分\t没有，0分；丢失，0分"])
def test_column_of_levels_that_is_not_understood_keeps_the_printed_points(tmp_path, cells):
    draft = read(tmp_path, "指标\t满分\t优\t差", f"台账\t40\t{cells}", "答复\t60\t60\t0")
    assert levels(draft) == {"1.1": "0~40", "2.1": "60 / 0"}
    assert codes(draft) == ["unread", "left_over", "left_over"]


def test_columns_to_tick_a_grade_are_no_levels(tmp_path):
    draft = read(tmp_path, HEAD + "\t合格\t不合格", *(f"{row}\t□\t□" for row in ROWS))
    assert (levels(draft), codes(draft)) == (PLAIN, [])


# ── sections and continued items ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("tabs", ["\t\t\t", ""])
def test_rows_of_sections_are_dimensions(tmp_path, tabs):
    lines = [f"1\t{ROWS[0]}", f"二、服务（60分）{tabs}", f"2\t{ROWS[1]}"]
    draft = read(tmp_path, f"序号\t{HEAD}", f"一、管理（40分）{tabs}" + "\t" * (not tabs), *lines)
    assert (dimensions(draft), codes(draft)) == ([("管理", 40), ("服务", 60)], [])


def test_title_of_a_section_without_number_and_points_is_a_dimension(tmp_path):
    draft = read(tmp_path, HEAD, "管理\t\t", ROWS[0], "服务\t\t", ROWS[1])
    assert dimensions(draft) == [("管理", 40), ("服务", 60)]


def test_levels_in_further_rows_belong_to_the_item_with_the_points(tmp_path):
    draft = read(tmp_path, HEAD, "台账\t完整，40分\t40", "\t没有，0分\t", ROWS[1])
    assert (levels(draft), codes(draft)) == (PLAIN, [])


def test_tables_that_are_a_dimension_each_are_named_by_their_captions(tmp_path):
    first = ["表1 基础管理评分表（40分）", HEAD, ROWS[0], "小计\t\t40", ""]
    draft = read(tmp_path, *first, "表2 服务评分表（60分）", HEAD, ROWS[1], "小计\t\t60")
    assert (dimensions(draft), codes(draft)) == ([("基础管理", 40), ("服务", 60)], [])


def test_subtotal_that_differs_is_a_doubt(tmp_path):
    draft = read(tmp_path, f"一级指标\t{HEAD}", f"管理\t{ROWS[0]}", "小计\t\t\t30", f"服务\t{ROWS[1]}")
    assert "sum" in codes(draft)


# ── several tables, bonus, penalties ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("points", [(40, 60), (20, 60)])
def test_table_of_another_object_is_left_out_with_a_doubt(tmp_path, points):
    rows = [
        f"甲类\t台账\t完整，{points[0]}分；没有，0分\t{points[0]}",
        f"乙类\t答复\t及时，{points[1]}分；慢，0分\t{points[1]}",
    ]
    head = f"一级指标\t{HEAD}"
    draft = read(tmp_path, "表1 县级站评价表", head, *rows, "", "表2 乡级站评价表", head, *rows)
    assert list(draft.rubric.criteria) == ["1.1", "2.1"]
    assert draft.rubric.base_max == sum(points)
    assert [d.found for d in draft.doubts if d.code == "several_tables"] == ["表2 乡级站评价表"]


def test_tables_of_bonus_and_penalty_are_apart_from_the_base(tmp_path):
    bonus = ["", "附表2 加分项", "指标\t加分标准\t分值", "荣誉\t国家级，5分；省级，3分\t5"]
    penalty = ["", "附表3 减分项", "指标\t减分标准\t分值", "投诉\t每起减2分，最多减10分\t10"]
    draft = read(tmp_path, HEAD, *ROWS, *bonus, *penalty)
    assert (draft.rubric.base_max, draft.rubric.bonus_max) == (100, 5)
    assert levels(draft) == PLAIN | {"B.1": "5 / 3 / 0"}
    assert [d.found for d in draft.doubts if d.code == "penalty"] == ["投诉 每起减2分，最多减10分 10"]


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        (["减分项\t投诉\t每起扣2分，最多扣10分\t10", "\t事故\t扣5分\t5"], 2),
        (["扣分\t投诉\t每起扣2分\t-10"], 1),
        (["其他\t否决项\t发生事故\t10"], 1),
    ],
)
def test_rows_of_penalties_are_left_out_with_a_doubt(tmp_path, rows, found):
    draft = read(tmp_path, f"一级指标\t{HEAD}", *(f"站点\t{row}" for row in ROWS), *rows)
    assert levels(draft) == PLAIN
    assert codes(draft).count("penalty") == found


def test_caption_that_bounds_a_bonus_is_a_doubt(tmp_path):
    bonus = ["", "表2 加分项（最高不超过3分）", HEAD, "荣誉\t国家级，5分\t5"]
    draft = read(tmp_path, HEAD, *ROWS, *bonus)
    assert draft.rubric.bonus_max == 5
    assert [d.found for d in draft.doubts if d.code == "rule"] == ["表2加分项（最高不超过3分）"]


# ── weights ────────────────────────────────────────────────────────────────────────────────────────────


def test_weighted_table_is_refused_with_its_columns(tmp_path):
    head = "一级指标\t权重\t二级指标\t指标权重\t评分标准"
    rows = ["管理\t40%\t台账\t100%\t完整，100分；没有，0分", "服务\t60%\t答复\t100%\t及时，100分；慢，0分"]
    problem = refused(tmp_path, head, *rows)
    assert (problem.code, problem.data) == ("reader.weights", {"columns": "权重、指标权重"})


@pytest.mark.parametrize("sign", ["", "%"])
def test_weights_that_are_the_points_are_read_with_a_doubt(tmp_path, sign):
    draft = read(tmp_path, "二级指标\t评分标准\t权重", *(row + sign for row in ROWS))
    assert (levels(draft), codes(draft)) == (PLAIN, ["weights"])


# ── text outside the tables ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "line",
    [
        "注：提供虚假材料的，该项不得分。",
        "不涉及的项目按满分折算。",
        "加分最高不超过5分。",
        "发生安全事故的，一票否决。",
        "存在弄虚作假行为的，直接评为不合格。",
        "说明：以现场情况为准。",
    ],
)
def test_line_below_the_table_that_may_change_the_score_is_a_doubt(tmp_path, line):
    document = docx.Document()
    document.add_paragraph("站点评价表")
    table_of(document, HEAD.split("\t"), *(row.split("\t") for row in ROWS))
    document.add_paragraph(line)
    document.add_paragraph("本办法自发布之日起施行。")
    for draft in (standard_file.read(saved(document, tmp_path)), read(tmp_path, HEAD, *ROWS, "", line)):
        assert levels(draft) == PLAIN
        assert [(d.code, d.found) for d in draft.doubts if d.code != "no_bands"] == [("rule", line)]


def test_veto_above_the_table_is_a_doubt_and_plain_text_is_none(tmp_path):
    lines = ["本办法满分100分。", "有下列情形之一的，取消评价资格：", ""]
    draft = read(tmp_path, *lines, HEAD, *ROWS)
    assert [(d.code, d.where) for d in draft.doubts if d.code != "no_bands"] == [("rule", "第 3 行")]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            ["得分≥90分为优秀，75分≤得分<90分为良好，60分≤得分<75分为合格，得分<60分为不合格。"],
            [("优秀", 90), ("良好", 75), ("合格", 60), ("不合格", 0)],
        ),
        (
            ["90分（含）以上为优秀；75分（含）至90分（不含）为合格；75分以下为不合格。"],
            [("优秀", 90), ("合格", 75), ("不合格", 0)],
        ),
        (
            ["总分95分及以上为五星级，85分≤总分＜95分为四星级，85分以下为三星级。"],
            [("五星级", 95), ("四星级", 85), ("三星级", 0)],
        ),
        (
            [
                "等级：",
                "a) 优秀：90分（含）以上；",
                "b) 合格：75分（含）以上，90分以下；",
                "c) 不合格：75分以下。",
            ],
            [("优秀", 90), ("合格", 75), ("不合格", 0)],
        ),
    ],
)
def test_grades_with_two_bounds_stars_or_lines_are_read(tmp_path, lines, expected):
    draft = read(tmp_path, HEAD, *ROWS, "", *lines)
    assert [(band.name.zh, band.lower) for band in draft.rubric.bands] == expected
    assert [doubt.code for doubt in draft.doubts] == ["bands_said"]


def test_grade_without_a_range_in_the_sentence_is_a_doubt(tmp_path):
    draft = read(tmp_path, HEAD, *ROWS, "", "90分以上为优秀，60分以上为合格，其余由评价组认定为不合格。")
    assert ("band_unread", "不合格") in [(d.code, d.found) for d in draft.doubts]


# ── printed points ─────────────────────────────────────────────────────────────────────────────────────


def test_items_without_levels_keep_their_printed_points(tmp_path):
    draft = read(tmp_path, HEAD, "台账\t得分=完整率×40，超过按满分计\t40", ROWS[1])
    assert levels(draft) == {"1.1": "0~40", "2.1": "60 / 0"}
    assert (draft.rubric.base_max, codes(draft)) == (100, ["formula"])


def test_items_without_levels_share_what_the_printed_sum_leaves(tmp_path):
    lines = [
        "管理（45分）\t台账\t按完整程度评定",
        "\t归档\t按及时程度评定",
        "服务（55分）\t答复\t好，55分；差，0分",
    ]
    draft = read(tmp_path, "一级指标\t二级指标\t评分标准", *lines)
    assert levels(draft) == {"1.1": "0~23", "2.1": "0~22", "3.1": "55 / 0"}
    assert codes(draft) == ["unread", "unread"]


# ── spreadsheets ───────────────────────────────────────────────────────────────────────────────────────


def sheet(folder, *rows):
    path = folder / "站点.xlsx"
    with writing.writing(path, title="评价表") as book:
        page = book.add_worksheet("打分表")
        look = writing.looks(book)["text"]
        for number, row in enumerate(rows):
            writing.put_row(page, number, row, look)
    return standard_file.read(path)


def test_spreadsheet_with_merged_cells_keeps_every_row(tmp_path):
    draft = sheet(
        tmp_path,
        ["一级指标", "二级指标", "评分标准"],
        ["管理（40分）", "台账（40分）", "1. 完整，20分；没有，0分。"],
        ["", "", "2. 有目录，20分；没有，0分。"],
        ["服务（60分）", "答复（60分）", "1. 及时，30分；慢，0分。"],
        ["", "", "2. 有回访，30分；没有，0分。"],
    )
    assert levels(draft) == {"1.1": "20 / 0", "1.2": "20 / 0", "2.1": "30 / 0", "2.2": "30 / 0"}
    assert draft.rubric.base_max == Fraction(100)
    assert (draft.rubric.title.zh, codes(draft)) == ("站点", [])


def test_spreadsheet_with_sections_and_a_note_is_read_with_a_doubt(tmp_path):
    draft = sheet(
        tmp_path,
        ["站点评价表", "", "", ""],
        ["序号", "评价指标", "评分标准", "分值"],
        ["一、管理（40分）", "", "", ""],
        ["1", *ROWS[0].split("\t")],
        ["二、服务（60分）", "", "", ""],
        ["2", *ROWS[1].split("\t")],
        ["注：提供虚假材料的，该项不得分。", "", "", ""],
        ["90分以上为优秀，60分以上为合格，60分以下为不合格。", "", "", ""],
    )
    assert dimensions(draft) == [("管理", 40), ("服务", 60)]
    assert [band.lower for band in draft.rubric.bands] == [90, 60, 0]
    assert draft.rubric.title.zh == "站点评价表"
    assert codes(draft) == ["rule", "bands_said"]
