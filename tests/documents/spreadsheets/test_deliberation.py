"""The deliberation out to the panel and back: what is settled, what stays open, every fault at its cell."""

from dataclasses import replace
from fractions import Fraction

import openpyxl
import pytest
from tests.documents import evaluations
from tests.documents.spreadsheets.filled import ROW, edited

from zhiping.documents.files.rubric_file import bundled
from zhiping.documents.spreadsheets.deliberation import read_agreed, write_deliberation
from zhiping.documents.spreadsheets.form.reading import read_forms
from zhiping.documents.spreadsheets.form.writing import write_form
from zhiping.documents.spreadsheets.workbook.reading import read
from zhiping.domain.consensus import Agreed
from zhiping.domain.errors import Invalid
from zhiping.domain.policy import Policy
from zhiping.domain.result import evaluate
from zhiping.domain.rubric import Level, Text
from zhiping.domain.sheet import Mark
from zhiping.texts.catalogue import problem_text, speaking

RUBRIC = bundled()
ABOUT = evaluations.about()
DISPUTED = ["3.1", "5.2", "8.1", "12.8", "14.1", "16.1", "B.2"]
ONE = Fraction(1)


@pytest.fixture
def empty(tmp_path):
    """A deliberation as it is given to the panel."""
    path = tmp_path / "deliberation.xlsx"
    write_deliberation(evaluations.waiting(), RUBRIC, path, guidance={"3.1": "看 10 公里内有无园区"})
    return path


def fill(path, cells, sheet="组内评议", header=("编号", "评价组评分", "评议理由", "保留意见")):
    """Fill rows by criterion id: {id: (mark, reason, dissent)}; an id not on the paper gets a new row."""
    book = openpyxl.load_workbook(path)
    page = book[sheet]
    at = next(row for row in page.iter_rows() if row[0].value == header[0])
    column = {cell.value: cell.column for cell in at}
    row_of = {page.cell(r, 1).value: r for r in range(at[0].row, page.max_row + 1)}
    for name, values in cells.items():
        row = row_of.get(name) or page.max_row + 1
        page.cell(row, column[header[0]], name)
        for title, value in zip(header[1:], values, strict=False):
            page.cell(row, column[title]).value = value
    book.save(path)
    return path


def put(path, sheet, cell, value):
    """Change one cell of a worksheet."""
    book = openpyxl.load_workbook(path)
    book[sheet][cell] = value
    book.save(path)
    return path


def agreed_of(path, **changes):
    return read_agreed(path, RUBRIC, evaluations.sheets(), evaluations.about(**changes))


def refusals(path, sheets=None, about=ABOUT):
    """The problems of a refused paper."""
    with pytest.raises(Invalid) as refused:
        read_agreed(path, RUBRIC, evaluations.sheets() if sheets is None else sheets, about)
    return [problem_text(problem) for problem in refused.value.problems]


def test_deliberation_has_a_row_for_each_disputed_criterion_and_no_other(empty):
    rows = read(empty).worksheets["组内评议"].rows
    header = next(row for row in rows if row[0] == "编号")
    assert header == [
        *("编号", "评分项", "可选分值", *evaluations.NAMES, "建议分", "各成员理由"),
        *("评价组评分", "评议理由", "保留意见"),
    ]
    assert [row[0] for row in rows if row[0] in RUBRIC.criteria] == DISPUTED


def test_deliberation_row_holds_marks_reasons_proposal_and_guidance(empty):
    rows = {row[0]: row for row in read(empty).worksheets["组内评议"].rows}
    assert rows["3.1"] == [
        "3.1",
        RUBRIC.criteria["3.1"].text.zh + "\n评分口径：看 10 公里内有无园区",
        "2、1、0",
        *(1, 1, 2, 1, 0),
        1,
        f"乌兰、张建国、李敏、巴特尔：{evaluations.REASONS['3.1']}",
        *("", "", ""),
    ]
    assert rows["8.1"][1] == RUBRIC.criteria["8.1"].text.zh


def test_deliberation_marks_where_no_printed_level_fits(tmp_path):
    sheets = evaluations.sheets()
    odd = replace(sheets[0].marks["2.1"], reason="证书正在换发", no_level=True)
    sheets[0] = replace(sheets[0], marks={**sheets[0].marks, "2.1": odd})
    result = evaluate(RUBRIC, ABOUT, sheets)
    write_deliberation(result, RUBRIC, tmp_path / "d.xlsx")
    rows = {row[0]: row for row in read(tmp_path / "d.xlsx").worksheets["组内评议"].rows}
    assert rows["2.1"][9] == "乌兰（无对应档次）：证书正在换发"


def test_only_the_panels_cells_are_unlocked_and_take_legal_marks_only(empty):
    page = openpyxl.load_workbook(empty)["组内评议"]
    at = next(row for row in page.iter_rows() if row[0].value == "3.1")
    assert page.protection.sheet
    assert [cell.column_letter for cell in at if not cell.protection.locked] == ["K", "L", "M"]
    lists = {str(rule.sqref): rule.formula1 for rule in page.data_validations.dataValidation}
    assert lists[f"K{at[0].row}"] == '"2,1,0"'
    assert list(lists.values()) == [f'"{marks}"' for marks in evaluations.CHOICES]


def test_half_points_are_offered_where_the_policy_has_them(tmp_path):
    about = evaluations.about(policy=Policy(step=Fraction(1, 2)))
    result = evaluate(RUBRIC, about, evaluations.sheets())
    write_deliberation(result, RUBRIC, tmp_path / "d.xlsx")
    rows = {row[0]: row for row in read(tmp_path / "d.xlsx").worksheets["组内评议"].rows}
    assert rows["3.1"][2] == "2、1、0.5、0"
    fill(tmp_path / "d.xlsx", {"3.1": ("0.5", "半数时间有服务")})
    found = read_agreed(tmp_path / "d.xlsx", RUBRIC, evaluations.sheets(), about)
    assert found == {"3.1": Agreed(Fraction(1, 2), "半数时间有服务")}


def test_a_filled_deliberation_reads_back_as_it_was_agreed(empty):
    cells = {name: (str(a.points), a.reason, a.dissent) for name, a in evaluations.AGREED.items()}
    assert agreed_of(fill(empty, cells)) == evaluations.AGREED
    result = evaluate(RUBRIC, ABOUT, evaluations.sheets(), agreed_of(empty))
    assert (result["status"], result["score"]["total"]) == ("concluded", "92")


def test_an_english_deliberation_reads_back_alike(tmp_path):
    path = tmp_path / "d.xlsx"
    with speaking("en"):
        write_deliberation(evaluations.waiting(), RUBRIC, path)
    fill(path, {"3.1": (1, "seen")}, "Deliberation", ("No.", "Panel's mark", "Panel's reason", "Dissent"))
    assert agreed_of(path) == {"3.1": Agreed(ONE, "seen")}


def test_an_empty_deliberation_settles_nothing(empty):
    assert agreed_of(empty) == {}


def test_a_row_without_a_mark_stays_open(empty):
    fill(empty, {"3.1": (1, "商定"), "5.2": (None, "待查", "李敏：再议")})
    assert agreed_of(empty) == {"3.1": Agreed(ONE, "商定")}


def test_what_was_settled_is_in_the_next_deliberation(tmp_path, empty):
    agreed = agreed_of(fill(empty, {"3.1": (1, "商定", "巴特尔：0 分")}))
    result = evaluate(RUBRIC, ABOUT, evaluations.sheets(), agreed)
    write_deliberation(result, RUBRIC, tmp_path / "next.xlsx")
    assert agreed_of(tmp_path / "next.xlsx") == {"3.1": Agreed(ONE, "商定", "巴特尔：0 分")}


def test_full_width_digits_and_units_are_read(empty):
    fill(empty, {"3.1": ("１", "商定"), "8.1": ("3 分", "商定")})
    assert {name: found.points for name, found in agreed_of(empty).items()} == {"3.1": ONE, "8.1": 3}


def test_an_undisputed_criterion_keeps_its_unanimous_mark(empty):
    assert agreed_of(fill(empty, {"1.3": (1, "")})) == {"1.3": Agreed(ONE)}


def test_all_faults_are_reported_at_once_with_their_cells(empty):
    fill(
        empty,
        {
            "3.1": (1.5, "商定"),
            "5.2": (1, ""),
            "8.1": ("三", "商定"),
            "12.8": ("=1", "商定"),
            "1.3": (2, "商定"),
            "9.9": (1, "商定"),
        },
    )
    assert refusals(empty) == [
        "deliberation.xlsx 组内评议!A17 （9.9）：评价表中没有这个编号",
        "deliberation.xlsx 组内评议!K16 （1.3）：各专家得分一致，评价组评分只能是 1，现为 2",
        "deliberation.xlsx 组内评议!K5 （3.1）：评价组评分 1.5 不是可选分值；可选 2，或 0～1 的整数",
        "deliberation.xlsx 组内评议!L6 （5.2）：评价组评分 1 缺评议理由",
        "deliberation.xlsx 组内评议!K7 （8.1）：“三”不是数字；可选 4，或 0～3 的整数",
        "deliberation.xlsx 组内评议!K8 （12.8）：不能是公式或错误值，请直接填写",
    ]


def test_a_criterion_is_in_one_row_only(empty):
    put(empty, "组内评议", "A6", "3.1")
    assert refusals(fill(empty, {}))[0].startswith("deliberation.xlsx 组内评议!A6 （3.1）")


def test_a_reason_in_merged_cells_holds_for_each_of_its_rows(empty):
    fill(empty, {"3.1": (1, "场地偏远"), "8.1": (3, None)})
    book = openpyxl.load_workbook(empty)
    page = book["组内评议"]
    row_of = {page.cell(row, 1).value: row for row in range(1, page.max_row + 1)}
    column = next(cell.column for line in page.iter_rows() for cell in line if cell.value == "评议理由")
    page.merge_cells(None, row_of["3.1"], column, row_of["8.1"], column)
    book.save(empty)
    agreed = agreed_of(empty)
    assert [agreed[name].reason for name in ("3.1", "8.1")] == ["场地偏远", "场地偏远"]


def test_a_second_worksheet_with_agreed_marks_is_refused(empty):
    fill(empty, {"3.1": (1, "场地偏远")})
    book = openpyxl.load_workbook(empty)
    book.copy_worksheet(book["组内评议"]).title = "组内评议（2）"
    book.save(empty)
    assert any("“组内评议（2）”也填写了评分" in said for said in refusals(empty))


def test_a_deliberation_of_other_sheets_is_refused(empty):
    fill(empty, {"3.1": (1, "商定")})
    sheets = evaluations.sheets()
    sheets[1] = replace(sheets[1], sha256="f" * 64)
    sheets[2] = replace(sheets[2], expert_id="E9", source="丙.xlsx")
    again = "请重新生成组内评议表，再行评议"
    changed = f"专家“张建国”（编号 E2）的评分表 {sheets[1].source} 在本表生成之后有改动"
    lost = "本表生成时有专家“欧阳文静”（编号 E3）的评分表，现在没有；请补上，或重新生成组内评议表"
    assert refusals(empty, sheets) == [
        f"deliberation.xlsx 信息!B8 {changed}；{again}",
        f"deliberation.xlsx 信息!B9 {lost}",
        f"deliberation.xlsx 信息 本表生成时没有专家“欧阳文静”（编号 E9）的评分表 丙.xlsx；{again}",
    ]


def test_a_sheet_saved_again_unchanged_leaves_the_deliberation_as_good_as_before(tmp_path):
    paths = [tmp_path / f"{sheet.expert_id}.xlsx" for sheet in evaluations.sheets()]
    for path, sheet in zip(paths, evaluations.sheets(), strict=True):
        write_form(RUBRIC, path, sheet=sheet, kind="authority")
    result = evaluate(RUBRIC, ABOUT, read_forms(paths, RUBRIC))
    path = tmp_path / "d.xlsx"
    write_deliberation(result, RUBRIC, path)
    fill(path, {"3.1": (1, "商定")})
    before = paths[0].read_bytes()
    edited(paths[0], lambda _, about: about.column_dimensions.__getitem__("A").__setattr__("width", 40))
    assert paths[0].read_bytes() != before
    with speaking("en"):
        sheets = read_forms(paths, RUBRIC)
    assert read_agreed(path, RUBRIC, sheets, ABOUT) == {"3.1": Agreed(ONE, "商定")}
    edited(paths[0], lambda table, _: table.__setitem__(f"J{ROW['1.1']}", "补记"))
    [refusal] = refusals(path, read_forms(paths, RUBRIC))
    assert refusal.startswith("d.xlsx 信息!B7 专家“乌兰”（编号 E1）的评分表 E1.xlsx 在本表生成之后有改动")


def test_very_many_legal_marks_are_checked_as_a_number(tmp_path):
    levels = (Level(Fraction(0), Fraction(70), Text("每缺一项扣 0.5 分"), Fraction(1, 2)),)
    first = RUBRIC.criteria["1.1"]
    long = replace(first, levels=levels, max=Fraction(70))
    rubric = with_criterion(long)
    sheets = [
        replace(s, marks={**s.marks, "1.1": Mark(Fraction(at), "缺项")})
        for at, s in enumerate(evaluations.sheets())
    ]
    write_deliberation(evaluate(rubric, ABOUT, sheets), rubric, tmp_path / "d.xlsx")
    page = openpyxl.load_workbook(tmp_path / "d.xlsx")["组内评议"]
    row = next(row for row in page.iter_rows() if row[0].value == "1.1")
    assert row[2].value == "0～70（以 0.5 为一档）"
    [rule] = [r for r in page.data_validations.dataValidation if str(r.sqref) == row[10].coordinate]
    assert (rule.type, rule.operator, rule.formula1, rule.formula2) == ("decimal", None, "0", "70")


def with_criterion(changed):
    """The bundled rubric with one criterion in another form."""
    dimensions = tuple(
        replace(
            d,
            indicators=tuple(
                replace(i, criteria=tuple(changed if c.id == changed.id else c for c in i.criteria))
                for i in d.indicators
            ),
        )
        for d in RUBRIC.dimensions
    )
    return replace(RUBRIC, dimensions=dimensions)


def test_the_hash_of_a_sheet_not_from_a_file_is_that_of_its_marks(tmp_path):
    sheets = [replace(sheet, sha256="") for sheet in evaluations.sheets()]
    write_deliberation(evaluate(RUBRIC, ABOUT, sheets), RUBRIC, tmp_path / "d.xlsx")
    assert read_agreed(tmp_path / "d.xlsx", RUBRIC, sheets, ABOUT) == {}
    sheets[0] = replace(sheets[0], date="2026-05-14")
    assert len(refusals(tmp_path / "d.xlsx", sheets)) == 1


def test_a_deliberation_of_another_platform_is_refused(empty):
    other = evaluations.about(platform=replace(evaluations.PLATFORM, name="另一平台"))
    assert refusals(empty, about=other) == [
        f"deliberation.xlsx 信息!B2 服务平台为“{evaluations.PLATFORM.name}”，应为“另一平台”"
    ]


def test_a_deliberation_of_another_scale_is_refused(empty):
    put(empty, "信息", "B4", "0" * 64)
    assert [text.split(" ")[1] for text in refusals(empty)] == ["信息!B4"]


def test_another_paper_is_not_taken_for_a_deliberation(empty):
    put(empty, "信息", "B1", "改进措施表")
    assert refusals(empty) == ["deliberation.xlsx 信息!B1 这是“改进措施表”，应为“组内评议表”"]


def test_a_deliberation_without_its_information_page_is_refused(empty):
    book = openpyxl.load_workbook(empty)
    del book["信息"]
    book.save(empty)
    assert refusals(empty) == ["deliberation.xlsx 没有“信息”工作表；请勿改名或删除"]


def test_a_deliberation_without_a_needed_column_is_refused(empty):
    page = read(empty).worksheets["组内评议"]
    at = next(row for row, cells in enumerate(page.rows) if cells[0] == "编号")
    put(empty, "组内评议", f"L{at + 1}", "理由")
    assert refusals(empty) == [
        "deliberation.xlsx 组内评议 没有“评议理由”列；请使用下载的表格填写，表头名称不要改动"
    ]


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_a_deliberation_saved_by_another_office_reads_back_alike(empty, tmp_path, soffice, kind):
    cells = {name: (float(a.points), a.reason, a.dissent) for name, a in evaluations.AGREED.items()}
    (tmp_path / "again").mkdir()
    [again] = soffice([fill(empty, cells)], kind, tmp_path / "again")
    assert agreed_of(again) == evaluations.AGREED
