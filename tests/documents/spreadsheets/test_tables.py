"""The spreadsheets made from a result agree with it to the cell, and print on A4."""

import re
import zipfile
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import openpyxl
import pytest
from pypdf import PdfReader
from tests.documents import evaluations

from zhiping.documents.files.rubric_file import bundled
from zhiping.documents.spreadsheets.deliberation import write_deliberation
from zhiping.documents.spreadsheets.improvements import write_improvements
from zhiping.documents.spreadsheets.tables import official, overview, summary
from zhiping.documents.spreadsheets.workbook.reading import read
from zhiping.documents.spreadsheets.workbook.writing import A3, A4, breaks, print_scale
from zhiping.domain.errors import Problem
from zhiping.domain.policy import Policy
from zhiping.domain.result import evaluate
from zhiping.texts.catalogue import speaking

RUBRIC = bundled()
HOSTILE = ("=cmd|' /C calc'!A0", "+1", "@SUM(A1)", "-2+3", "=1+1", "https://example.org")
TABLE_ZH = ["编号", "二级指标", "评分项", "评分标准", "满分", "得分", "小计", "扣分理由", "改进建议", "备注"]


def rows(path, sheet):
    """The rows of a worksheet as read back."""
    return read(path).worksheets[sheet].rows


def below(path, sheet, header="编号"):
    """The header, the rows below it by their first cell, and all rows."""
    found = rows(path, sheet)
    at = next(i for i, row in enumerate(found) if row[0] == header)
    return found[at], {row[0]: row for row in found[at + 1 :]}, found


def texts(path):
    """Every text of a workbook's cells."""
    return {
        cell
        for sheet in read(path).worksheets.values()
        for row in sheet.rows
        for cell in row
        if isinstance(cell, str) and cell
    }


def test_table_prints_every_criterion_as_the_annex(tmp_path):
    official.write_table(evaluations.concluded(), RUBRIC, tmp_path / "t.xlsx")
    header, by_id, _ = below(tmp_path / "t.xlsx", "评价表")
    assert header == TABLE_ZH
    assert [name for name in by_id if name in RUBRIC.criteria] == list(RUBRIC.criteria)
    assert by_id["3.1"] == [
        "3.1",
        "服务场所\n（8 分）",
        RUBRIC.criteria["3.1"].text.zh,
        "\n".join(
            f"{mark} 分：{level.text.zh}"
            for mark, level in zip(("2", "0～1"), RUBRIC.criteria["3.1"].levels, strict=True)
        ),
        2,
        1,
        7,
        "大厅位置偏离园区，但设有每周两次的流动服务",
        "在产业园区增设服务点或开通流动服务车",
        "",
    ]


def test_table_sums_dimensions_and_keeps_base_bonus_and_total_apart(tmp_path):
    official.write_table(evaluations.concluded(), RUBRIC, tmp_path / "t.xlsx")
    _, by_id, _ = below(tmp_path / "t.xlsx", "评价表")
    sums = {name: row[4:8] for name, row in by_id.items() if name and name not in RUBRIC.criteria}
    assert {name: found for name, found in sums.items() if "签字" not in name} == {
        "基础建设（30 分）": [30, 25, "", ""],
        "运营管理（40 分）": [40, 38, "", ""],
        "协同成效（30 分）": [30, 25, "", ""],
        "加分项（7 分）": [7, 4, "", ""],
        "基础分合计": [100, 88, "", ""],
        "加分合计": [7, 4, "", ""],
        "总分": [107, 92, "", ""],
        "定级分数": ["", 92, "加分计入定级分数。", ""],
        "评价等级": ["", "优秀", "", ""],
    }


def test_table_shows_no_single_mark_and_no_dissent(tmp_path):
    result = evaluations.concluded()
    official.write_table(result, RUBRIC, tmp_path / "t.xlsx", panel=evaluations.PANEL)
    alone = {
        mark["reason"]
        for c in result["criteria"]
        if c["agreed_reason"]
        for mark in c["marks"]
        if mark["reason"]
    }
    dissents = {c["dissent"] for c in result["criteria"] if c["dissent"]}
    assert alone
    assert dissents
    assert not [text for text in texts(tmp_path / "t.xlsx") for word in alone | dissents if word in text]


def test_table_leaves_open_criteria_and_all_sums_above_them_open(tmp_path):
    official.write_table(evaluations.waiting(), RUBRIC, tmp_path / "t.xlsx")
    _, by_id, found = below(tmp_path / "t.xlsx", "评价表")
    waiting = [name for name, row in by_id.items() if row[5] == "待评议"]
    assert waiting == ["3.1", "5.2", "8.1", "12.8", "14.1", "16.1", "B.2"]
    assert {by_id[name][at] for name in waiting for at in (7, 8)} == {""}
    assert by_id["基础分合计"][4:6] == [100, ""]
    assert by_id["评价等级"][5] == "—"
    assert found[2][0] == "尚有 7 个评分项待组内评议，未形成评价分数和等级。"


def test_table_of_a_refused_panel_has_no_grade_and_states_why(tmp_path):
    panel = tuple(replace(expert, seat="member") for expert in evaluations.PANEL)
    result = evaluate(RUBRIC, evaluations.about(panel=panel), evaluations.sheets(), evaluations.AGREED)
    official.write_table(result, RUBRIC, tmp_path / "t.xlsx")
    _, by_id, found = below(tmp_path / "t.xlsx", "评价表")
    assert result["status"] == "refused"
    assert found[2][0] == "评价组未通过检查，不形成评价分数和等级。"
    assert by_id["评价等级"][5] == "—"


def test_table_of_a_mean_cuts_what_it_shows_and_shows_the_exact_number(tmp_path):
    result = evaluations.mean()
    official.write_table(result, RUBRIC, tmp_path / "t.xlsx")
    _, by_id, _ = below(tmp_path / "t.xlsx", "评价表")
    exact = {c["id"]: c["agreed"] for c in result["criteria"]}
    assert (exact["3.1"], by_id["3.1"][5]) == ("4/3", 1.33)
    assert (exact["5.2"], by_id["5.2"][5]) == (
        "5/3",
        1.67,
    )  # so that the points of the table add up to its total
    assert result["score"]["graded"] == "277/3"
    assert by_id["定级分数"][5:7] == [92.33, "加分计入定级分数。精确值 277/3，显示时保留两位小数、不进位。"]


def test_table_is_signed_by_the_panel_lead_first(tmp_path):
    panel = (*evaluations.PANEL[1:], evaluations.PANEL[0])
    official.write_table(evaluations.concluded(), RUBRIC, tmp_path / "t.xlsx", panel=panel)
    found = rows(tmp_path / "t.xlsx", "评价表")
    signed = [cell.split("（")[0].strip() for row in found for cell in row if "（签字）" in str(cell)]
    assert signed == ["组长　乌兰", "成员　张建国", "成员　欧阳文静", "成员　李敏", "成员　巴特尔"]


def test_table_of_a_common_sheet_has_blank_lines_to_sign(tmp_path):
    official.write_table(evaluations.common(), RUBRIC, tmp_path / "t.xlsx")
    found = rows(tmp_path / "t.xlsx", "评价表")
    signed = [cell.split("（")[0].strip() for row in found for cell in row if "（签字）" in str(cell)]
    assert signed == ["组长", "成员", "成员"]


def test_summary_sets_marks_mean_and_agreed_side_by_side(tmp_path):
    summary.write_summary(evaluations.concluded(), RUBRIC, tmp_path / "s.xlsx")
    header, by_id, _ = below(tmp_path / "s.xlsx", "评分汇总")
    assert header == [
        *("编号", "二级指标", "评分项", "满分"),
        *evaluations.NAMES,
        *("平均分", "评价组评分", "极差", "分歧", "评议理由", "保留意见"),
    ]
    assert by_id["5.2"][3:] == [
        2,
        2,
        1,
        2,
        2,
        1,
        1.6,
        1,
        1,
        "有分歧",
        "现场核对专家名单，缺少标准化领域专家",
        "",
    ]
    assert by_id["3.1"][-1] == "巴特尔：流动服务没有记录，应为 0 分"
    assert by_id["1.3"][3:] == [2, 1, 1, 1, 1, 1, 1, 1, 0, "", "", ""]


def test_summary_adds_up_each_member_and_shows_severity(tmp_path):
    summary.write_summary(evaluations.concluded(), RUBRIC, tmp_path / "s.xlsx")
    _, by_id, found = below(tmp_path / "s.xlsx", "评分汇总")
    assert by_id["基础分合计"][3:11] == [100, 88, 87, 89, 89, 88, 88.2, 88]
    assert by_id["加分合计"][3:11] == [7, 4, 5, 4, 4, 4, 4.2, 4]
    assert by_id["总分"][3:11] == [107, 92, 92, 93, 93, 92, 92.4, 92]
    assert by_id["评价等级"][10] == "优秀"
    assert by_id["评分宽严度（分）"][4:9] == [-0.25, -1.5, 1, 1, -0.25]
    assert "α" in by_id["评分一致性"][3]
    assert "不提供给运营单位" in found[2][0]


def test_summary_of_a_common_sheet_states_there_are_no_single_marks(tmp_path):
    summary.write_summary(evaluations.common(), RUBRIC, tmp_path / "s.xlsx")
    header, by_id, found = below(tmp_path / "s.xlsx", "评分汇总")
    assert header == ["编号", "二级指标", "评分项", "满分", "评价组评分", "扣分理由"]
    assert found[2][0].startswith("本次评价由评价组共同填写一份评价表，没有成员个人评分")
    assert by_id["评价等级"][4] == "优秀"
    assert not [name for name in by_id if name.startswith(("评分宽严度", "评分一致性"))]


def test_summary_shows_namesakes_apart(tmp_path):
    sheets = evaluations.sheets(("李敏", "李敏", "张建国"))
    result = evaluate(RUBRIC, evaluations.about(policy=Policy(method="mean")), sheets)
    summary.write_summary(result, RUBRIC, tmp_path / "s.xlsx")
    header, _, _ = below(tmp_path / "s.xlsx", "评分汇总")
    assert header[4:7] == ["李敏 E1", "李敏 E2", "张建国"]


def test_overview_never_mixes_self_evaluations_with_others(tmp_path):
    fault = Problem("mark.unknown", {"id": "9.9"}, ("专家丙.xlsx", "评价表", "A9"))
    outcomes = [
        overview.Outcome("01 甲", evaluations.concluded()),
        overview.Outcome("02 自评", evaluations.common()),
        overview.Outcome("03 乙", evaluations.waiting()),
        overview.Outcome("04 丙", None, (fault,)),
    ]
    overview.write_overview(outcomes, RUBRIC, tmp_path / "o.xlsx")
    assert list(read(tmp_path / "o.xlsx").worksheets) == ["主管部门评价", "自评", "未能评价"]
    _, led, found = below(tmp_path / "o.xlsx", "主管部门评价", "文件夹")
    _, own, _ = below(tmp_path / "o.xlsx", "自评", "文件夹")
    _, unread, _ = below(tmp_path / "o.xlsx", "未能评价", "文件夹")
    assert list(led) == ["01 甲", "03 乙"]
    assert led["01 甲"][3:5] == ["内蒙古自治区某盟敖包旗", "2026年5月12日至2026年5月13日"]
    assert led["01 甲"][5:] == ["已形成结果", 88, 4, 92, "优秀", "", 2, 12, 7, 0, 0.82, ""]
    assert led["03 乙"][5:] == [
        "待评议",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        7,
        7,
        0.82,
        "待评议：3.1、5.2、8.1、12.8、14.1、16.1、B.2",
    ]
    assert found[1][0] == "合计 2 个平台：优秀 1 个、待评议 1 个"
    assert list(own) == ["02 自评"]
    assert unread == {"04 丙": ["04 丙", "专家丙.xlsx 评价表!A9 （9.9）：评价表中没有这个编号"]}


def test_overview_states_which_checks_refused_a_panel(tmp_path):
    panel = tuple(replace(expert, seat="member") for expert in evaluations.PANEL)
    result = evaluate(RUBRIC, evaluations.about(panel=panel), evaluations.sheets(), evaluations.AGREED)
    overview.write_overview([overview.Outcome("甲", result)], RUBRIC, tmp_path / "o.xlsx")
    _, led, _ = below(tmp_path / "o.xlsx", "主管部门评价", "文件夹")
    assert led["甲"][5] == "评价组未通过检查"
    assert led["甲"][-1].startswith("组长 1 名：")


def test_overview_of_an_empty_batch_is_an_empty_list(tmp_path):
    with speaking("en"):
        overview.write_overview([], RUBRIC, tmp_path / "o.xlsx")
    _, led, _ = below(tmp_path / "o.xlsx", "Led by the authority", "Folder")
    assert led == {}


WRITERS = {
    "table": lambda path: official.write_table(hostile(), RUBRIC, path),
    "summary": lambda path: summary.write_summary(hostile(), RUBRIC, path),
    "deliberation": lambda path: write_deliberation(
        hostile(open_points=True), RUBRIC, path, guidance={"3.1": "=1+1"}
    ),
    "improvements": lambda path: write_improvements(hostile(), RUBRIC, path, evaluations.ABOUT),
    "overview": lambda path: overview.write_overview([overview.Outcome(HOSTILE[0], hostile())], RUBRIC, path),
}


def hostile(*, open_points=False):
    """A result whose every typed text tries to become a formula or a link."""
    result = evaluations.waiting() if open_points else evaluations.concluded()
    result["platform"] |= {"name": HOSTILE[0], "operator": HOSTILE[2]}
    for at, sheet in enumerate(result["sheets"]):
        sheet["name"] = HOSTILE[at]
    for c in result["criteria"]:
        c |= {
            "agreed_reason": HOSTILE[4],
            "dissent": HOSTILE[3],
            "reasons": [HOSTILE[4]],
            "advice": [HOSTILE[1]],
        }
        c |= {"notes": [HOSTILE[5]]}
        for mark in c["marks"]:
            mark |= {"reason": HOSTILE[0], "advice": HOSTILE[1], "note": HOSTILE[2]}
    for finding in result["findings"]:
        finding |= {"reasons": [HOSTILE[4]], "advice": [HOSTILE[1]]}
    return result


@pytest.mark.parametrize("name", WRITERS)
def test_no_formula_leaves_the_system(tmp_path, name):
    WRITERS[name](tmp_path / "h.xlsx")
    with zipfile.ZipFile(tmp_path / "h.xlsx") as parts:
        sheets = [parts.read(n).decode() for n in parts.namelist() if n.startswith("xl/worksheets/sheet")]
        strings = parts.read("xl/sharedStrings.xml").decode()
    assert sheets
    assert not [found for sheet in sheets for found in re.findall(r"<f[ >/]|<hyperlink", sheet)]
    assert "=cmd|" in strings


def test_overview_fits_the_width_of_a4_landscape(tmp_path):
    WRITERS["overview"](tmp_path / "p.xlsx")
    page = openpyxl.load_workbook(tmp_path / "p.xlsx").worksheets[0]
    setup = (page.page_setup.paperSize, page.page_setup.orientation, page.page_setup.fitToWidth)
    assert (int(setup[0]), *setup[1:], page.page_setup.fitToHeight) == (9, "landscape", None, 0)
    assert page.sheet_properties.pageSetUpPr.fitToPage


def test_columns_too_many_for_a4_are_printed_on_a3():
    assert print_scale([10] * 10) == (A4, 100)
    assert print_scale([10] * 17) == (A4, 64)
    assert print_scale([10] * 18) == (A3, 87)
    assert print_scale([10] * 400) == (A3, 10)


def pages_of(path):
    """The rows of each page of a table of the panel, by its own breaks, and their heights on paper in mm."""
    page = openpyxl.load_workbook(path).worksheets[0]
    scale = page.page_setup.scale / 100
    starts = [0, *(one.id for one in page.row_breaks.brk), page.max_row]
    high = [(page.row_dimensions[row].height or 15) * scale / 72 * 25.4 for row in range(1, page.max_row + 1)]
    return page, [(range(a, b), sum(high[a:b])) for a, b in pairwise(starts)]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_pages_are_broken_as_they_are_printed(tmp_path, soffice, language):
    names = ["table", "summary", "deliberation", "improvements"]
    for name in names:
        with speaking(language):
            WRITERS[name](tmp_path / f"{name}.xlsx")
    printed = soffice([tmp_path / f"{name}.xlsx" for name in names], "pdf", tmp_path)
    for name, path in zip(names, printed, strict=True):
        page, pages = pages_of(tmp_path / f"{name}.xlsx")
        size = {9: (297, 210), 8: (420, 297)}[int(page.page_setup.paperSize)]
        assert [[round(float(one) / 72 * 25.4) for one in p.mediabox[2:]] for p in PdfReader(path).pages] == (
            [[*size]] * len(pages)
        )
        assert all(high < size[1] - 33 for _, high in pages)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_pages_of_the_table_divide_only_long_indicators(tmp_path, language):
    with speaking(language):
        WRITERS["table"](tmp_path / "t.xlsx")
    page, pages = pages_of(tmp_path / "t.xlsx")
    assert len(pages) > 2
    for rows_, _ in pages:
        assert all(
            (area.min_row - 1 in rows_) == (area.max_row - 1 in rows_) for area in page.merged_cells.ranges
        )
        last = page.cell(rows_[-1] + 1, 1)  # no dimension ends a page without an indicator
        assert not str(last.value or "").endswith("分）")
    names = [(row, str(page.cell(row, 2).value)) for row in range(1, page.max_row + 1)]
    again = [row for row, name in names if name.endswith(("（续）", "(continued)"))]
    assert again == [rows_[0] + 1 for rows_, _ in pages if rows_[0] + 1 in again]
    assert (len(again) > 0) == (language == "en")


@pytest.mark.parametrize("name", ["table", "summary"])
def test_sums_shrink_to_their_column(tmp_path, name):
    with speaking("en"):
        WRITERS[name](tmp_path / "t.xlsx")
    page = openpyxl.load_workbook(tmp_path / "t.xlsx").worksheets[0]
    [grade] = [cell for row in page.iter_rows() for cell in row if cell.value == "Excellent"]
    assert grade.alignment.shrink_to_fit


def test_rows_go_to_the_next_page_only_where_a_group_starts():
    assert breaks([10, 200, 200, 200, 200, 200], [1, 2, 3, 4, 5], 10, 490) == [3, 5]
    assert breaks([10, 200, 200, 200, 200, 200], [1, 4], 10, 490) == [4]
    assert breaks([10, 900, 10], [1, 2], 10, 490) == [2]
    assert breaks([10] * 5, [1, 2], 10, 490) == []


@pytest.mark.parametrize("name", ["table", "summary", "deliberation", "improvements"])
def test_headers_are_repeated_on_every_page(tmp_path, name):
    WRITERS[name](tmp_path / "p.xlsx")
    page = openpyxl.load_workbook(tmp_path / "p.xlsx").worksheets[0]
    first, last = (int(part) for part in page.print_title_rows.replace("$", "").split(":"))
    assert (page.cell(first, 1).value, last) == ("编号", first)


def test_text_over_the_limit_of_a_cell_is_cut_and_states_so(tmp_path):
    result = evaluations.concluded()
    result["criteria"][2]["agreed_reason"] = "长" * 40_000
    summary.write_summary(result, RUBRIC, tmp_path / "s.xlsx")
    page = openpyxl.load_workbook(tmp_path / "s.xlsx").worksheets[0]
    reason = max((str(cell.value) for row in page for cell in row), key=len)
    assert (len(reason), reason[-2:]) == (32_767, "长…")


def test_a_platform_with_an_ampersand_is_in_the_footer_as_it_is(tmp_path):
    result = evaluations.concluded()
    result["platform"]["name"] = "甲&P乙" + "长" * 300
    official.write_table(result, RUBRIC, tmp_path / "t.xlsx")
    with zipfile.ZipFile(tmp_path / "t.xlsx") as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    footer = re.search(r"<oddFooter>(.*?)</oddFooter>", sheet)[1].replace("&amp;", "&")
    assert footer.startswith("&L&9甲&&P乙长")
    assert len(footer) < 255


def test_english_papers_are_english(tmp_path):
    with speaking("en"):
        official.write_table(evaluations.concluded(), RUBRIC, tmp_path / "t.xlsx")
    header, by_id, _ = below(tmp_path / "t.xlsx", "Scored table", "No.")
    assert header == [
        *("No.", "Indicator", "Criterion", "Levels", "Max.", "Score", "Sub-total"),
        *("Reason for loss", "Advice", "Note"),
    ]
    assert by_id["3.1"][2] == RUBRIC.criteria["3.1"].text.en
    assert by_id["Grade"][5] == "Excellent"


def test_the_same_result_makes_the_same_bytes(tmp_path):
    for name in ("a.xlsx", "b.xlsx"):
        summary.write_summary(evaluations.concluded(), RUBRIC, tmp_path / name)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_numbers_are_numbers_not_text(tmp_path):
    summary.write_summary(evaluations.concluded(), RUBRIC, tmp_path / "s.xlsx")
    _, by_id, _ = below(tmp_path / "s.xlsx", "评分汇总")
    assert sum(Fraction(row[4]) for name, row in by_id.items() if name in RUBRIC.criteria) == 92


def test_printed_points_of_a_mean_add_up_to_the_printed_total(tmp_path):
    result = evaluations.mean()
    official.write_table(result, RUBRIC, tmp_path / "t.xlsx")
    summary.write_summary(result, RUBRIC, tmp_path / "s.xlsx")
    _, table, _ = below(tmp_path / "t.xlsx", "评价表")
    header, listed, _ = below(tmp_path / "s.xlsx", "评分汇总")
    mean = header.index("平均分")
    for by_id, column in ((table, 5), (listed, mean)):
        points = [round(by_id[name][column] * 100) for name in RUBRIC.criteria]
        base = [round(by_id[c.id][column] * 100) for c in RUBRIC.base]
        assert sum(points) == 9233
        assert sum(base) == round(float(result["shown"]["base"]) * 100)
    assert [table["总分"][5], listed["总分"][mean]] == [92.33, 92.33]


@pytest.mark.parametrize("name", WRITERS)
def test_page_for_the_system_is_not_printed(tmp_path, name):
    WRITERS[name](tmp_path / "p.xlsx")
    states = {page.title: page.sheet_state for page in openpyxl.load_workbook(tmp_path / "p.xlsx")}
    assert states.pop("信息", "hidden") == "hidden"
    assert set(states.values()) == {"visible"}
