"""The scoring sheet out and back: its look, accepted values, refused values and their places."""

import datetime as dt
from dataclasses import replace
from fractions import Fraction

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.documents.spreadsheets.filled import (
    PLATFORM,
    ROW,
    RUBRIC,
    edited,
    full_sheet,
    legal_marks,
    read_form,
)

from zhiping.documents.spreadsheets.form.reading import read_forms
from zhiping.documents.spreadsheets.form.writing import write_form
from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.rubric import Criterion, Dimension, Indicator, Level, Rubric, Text
from zhiping.domain.sheet import Mark, Sheet, allowed, content_sha256, with_level_reasons
from zhiping.texts.catalogue import problem_text, speaking

HALF = Fraction(1, 2)
HEADERS = {
    "zh": "编号 一级指标 二级指标 评分项 评分标准 满分 得分 扣分理由 改进建议 备注",
    "en": "ID Dimension Indicator Criterion Levels Max Mark Reason_for_loss Advice Note",
}


@pytest.fixture
def filled(tmp_path):
    """Write a filled form, let it be changed, and return its path."""

    def write(edit=None, name="专家.xlsx", sheet=None, **options):
        path = tmp_path / name
        write_form(RUBRIC, path, sheet=sheet or full_sheet(), **options)
        if edit:
            edited(path, edit)
        return path

    return write


def faults(path, *paths, **options):
    """The problems of reading, as (code, place) in order."""
    with pytest.raises(Invalid) as caught:
        read_forms([path, *paths], RUBRIC, **options)
    return [(p.code, "!".join(p.where)) for p in caught.value.problems]


def only(path, **options):
    """The one problem reading finds."""
    with pytest.raises(Invalid) as caught:
        read_form(path, RUBRIC, **options)
    (problem,) = caught.value.problems
    return problem


# --- out ---


@pytest.mark.parametrize(("language", "names"), [("zh", ["评价表", "信息"]), ("en", ["Scores", "About"])])
def test_form_has_its_worksheets_headers_and_a_row_per_criterion(filled, language, names):
    with speaking(language):
        book = openpyxl.load_workbook(filled())
    table = book.worksheets[0]
    assert book.sheetnames == names
    assert " ".join(cell.value.replace(" ", "_") for cell in table[4]) == HEADERS[language]
    ids = [(row[0].value, row[0].data_type, row[5].value) for row in table.iter_rows(5) if row[0].value]
    assert ids == [(c.id, "s", c.max) for c in RUBRIC.criteria.values()]


def test_form_unlocks_only_what_is_filled_in(filled):
    book = openpyxl.load_workbook(filled())
    table, about = book.worksheets
    unlocked = {cell.coordinate for row in table.iter_rows() for cell in row if not cell.protection.locked}
    assert unlocked == {f"{column}{row}" for column in "GHIJ" for row in ROW.values()}
    free = {cell.coordinate for row in about.iter_rows() for cell in row if not cell.protection.locked}
    assert free == {"B1", "B2", "B3", "B4", "B5"}
    for sheet in (table, about):
        assert (sheet.protection.sheet, sheet.protection.password) == (True, None)


def test_form_prints_on_a4_landscape_with_its_header_repeated_and_frozen(filled):
    table = openpyxl.load_workbook(filled())["评价表"]
    setup = table.page_setup
    assert (setup.paperSize, setup.orientation, setup.fitToHeight) == (9, "landscape", 0)
    assert table.sheet_properties.pageSetUpPr.fitToPage
    assert (table.print_title_rows, table.freeze_panes) == ("$4:$4", "A5")
    assert table.oddFooter.right.text == "第 &P 页\u3000共 &N 页"


def test_form_prints_no_hash(filled):
    assert openpyxl.load_workbook(filled())["信息"].print_area == "'信息'!$E$1"


def test_form_has_lines_to_sign(filled):
    table = openpyxl.load_workbook(filled())["评价表"]
    texts = [cell.value for row in table.iter_rows(max(ROW.values())) for cell in row if cell.value]
    assert [t.split("：")[0] for t in texts if isinstance(t, str) and "＿" in t] == [
        "评价人员（签字）",
        "日期",
        "评价组组长（签字）",
        "日期",
    ]


@pytest.mark.parametrize("step", [Fraction(1), HALF])
def test_form_offers_exactly_the_legal_marks(tmp_path, step):
    write_form(RUBRIC, tmp_path / "x.xlsx", step=step)
    rules = openpyxl.load_workbook(tmp_path / "x.xlsx")["评价表"].data_validations.dataValidation
    offered = {str(rule.sqref): rule.formula1 for rule in rules if str(rule.sqref).startswith("G")}
    assert offered.keys() == {f"G{row}" for row in ROW.values()}
    for name, row in ROW.items():
        marks = [Fraction(mark) for mark in offered[f"G{row}"].strip('"').split(",")]
        assert marks == sorted(RUBRIC.criteria[name].marks(step), reverse=True)
    suggested = {rule.formula1 for rule in rules if str(rule.sqref).startswith("J")}
    assert suggested == {'"无对应档次"'}
    assert not any(rule.showErrorMessage for rule in rules if str(rule.sqref).startswith("J"))


def one_criterion(name="1.1", *, low=0, high=100, step=HALF):
    level = Level(Fraction(low), Fraction(high), Text("每缺一项扣分"), step)
    criterion = Criterion(name, Text("材料"), Fraction(high), (level,))
    indicator = Indicator("1", Text("材料"), Text(""), Fraction(high), (criterion,))
    dimension = Dimension("d", Text("材料"), Fraction(high), (indicator,))
    return Rubric("deducting", "1", Text("扣分表"), (dimension,), RUBRIC.bands)


def test_form_checks_a_number_where_a_list_would_be_too_long(tmp_path):
    rubric = one_criterion()
    write_form(rubric, tmp_path / "x.xlsx", sheet=Sheet("", "乌兰", {}, "2026-05-12", PLATFORM))
    rules = openpyxl.load_workbook(tmp_path / "x.xlsx")["评价表"].data_validations.dataValidation
    rule = next(rule for rule in rules if str(rule.sqref) == "G5")
    assert (rule.type, rule.operator, rule.formula1, rule.formula2) == ("decimal", None, "0", "100")
    edited(
        tmp_path / "x.xlsx",
        lambda table, _: table.__setitem__("G5", 99.5) or table.__setitem__("H5", "缺一项"),
    )
    assert read_form(tmp_path / "x.xlsx", rubric).marks == {"1.1": Mark(Fraction(199, 2), "缺一项")}


def test_form_sums_live_and_shows_the_sums_of_what_it_was_given(filled):
    path = filled(sheet=full_sheet(**{"3.1": 1, "B.2": 3}))
    live = openpyxl.load_workbook(path)["评价表"]
    shown = openpyxl.load_workbook(path, data_only=True)["评价表"]
    last = ROW["B.2"]
    sums = {shown.cell(row, 2).value: shown.cell(row, 7).value for row in range(5, last + 5)}
    assert {name: points for name, points in sums.items() if name and ("计" in name or "总分" in name)} == {
        "基础建设\u3000小计": 29,
        "运营管理\u3000小计": 40,
        "协同成效\u3000小计": 30,
        "加分项\u3000小计": 3,
        "基础分合计": 99,
        "加分合计": 3,
        "总分（基础分＋加分）": 102,
    }
    assert live.cell(last + 1, 7).value == f'=IF(COUNT(G{last - 1}:G{last})=0,"",SUM(G{last - 1}:G{last}))'
    assert shown.cell(ROW["3.1"], 3).value == "服务场所\n得 7/8 分"
    assert shown["A2"].value.startswith(f"服务平台：{PLATFORM}\u3000")


def test_form_of_no_one_is_blank_where_paper_is_filled_by_hand(tmp_path):
    write_form(RUBRIC, tmp_path / "x.xlsx")
    shown = openpyxl.load_workbook(tmp_path / "x.xlsx", data_only=True)["评价表"]
    assert {shown.cell(row, 7).value for row in range(5, ROW["B.2"] + 5)} == {None, ""} or {
        shown.cell(row, 7).value for row in range(5, ROW["B.2"] + 5)
    } == {None}
    assert shown.cell(5, 3).value == "组织机构\n8 分"


def test_form_keeps_a_persons_formula_as_text(filled):
    path = filled(sheet=replace(full_sheet(**{"1.1": Mark(Fraction(0), "=1+1")}), name='=HYPERLINK("x")'))
    book = openpyxl.load_workbook(path)
    assert (book["评价表"]["H5"].data_type, book["信息"]["B4"].data_type) == ("s", "s")
    assert read_form(path, RUBRIC).marks["1.1"].reason == "=1+1"


# --- there and back ---


def test_form_reads_back_what_was_written(filled):
    sheet = full_sheet(
        **{"3.1": Mark(Fraction(1), "偏远", "迁址", "见照片"), "B.1": Mark(Fraction(2), "日报")}
    )
    path = filled(sheet=sheet)
    assert read_form(path, RUBRIC) == replace(
        sheet,
        source="专家.xlsx",
        sha256=content_sha256(sheet),
        wording_sha256=RUBRIC.wording_sha256,
    )


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("step", [Fraction(1), HALF])
@settings(max_examples=20)
@given(data=st.data())
def test_form_reads_back_any_legal_sheet(tmp_path_factory, language, step, data):
    marks = data.draw(legal_marks(step))
    sheet = Sheet("E7", "苏日娜", marks, "2026-05-12", PLATFORM)
    path = tmp_path_factory.mktemp("form") / "x.xlsx"
    with speaking(language):
        write_form(RUBRIC, path, step=step, sheet=sheet)
    assert read_form(path, RUBRIC, step).marks == with_level_reasons(RUBRIC, sheet).marks


def test_form_filled_by_hand_reads_as_typed(tmp_path):
    path = tmp_path / "x.xlsx"
    write_form(RUBRIC, path, platform=PLATFORM, expert_name="乌兰", kind="authority")

    def fill(table, about):
        about["B5"] = "2026-05-12"
        for criterion in RUBRIC.base:
            table.cell(ROW[criterion.id], 7).value = float(criterion.max)
        table["G5"] = "０ 分"
        table.cell(ROW["3.1"], 7).value, table.cell(ROW["3.1"], 8).value = 1, " 偏远 "
        table.cell(ROW["17.2"], 7).value, table.cell(ROW["17.2"], 8).value = 0, "没有宣传"
        table.cell(ROW["17.2"], 10).value = "无对应档次：未宣传"

    edited(path, fill)
    sheet = read_form(path, RUBRIC)
    assert (sheet.expert_id, sheet.name, sheet.date, sheet.platform) == (
        "乌兰",
        "乌兰",
        "2026-05-12",
        PLATFORM,
    )
    assert sheet.marks["1.1"] == Mark(Fraction(0), RUBRIC.criteria["1.1"].levels[-1].text.zh)
    assert sheet.marks["3.1"] == Mark(Fraction(1), "偏远")
    assert sheet.marks["17.2"] == Mark(Fraction(0), "没有宣传", note="未宣传", no_level=True)
    assert "B.1" not in sheet.marks
    assert sum(mark.points for mark in sheet.marks.values()) == 100 - 2 - 1 - 3


def test_form_accepts_the_levels_wording_in_the_language_asked_for(filled):
    path = filled(lambda table, _: table.__setitem__("G5", 0))
    with speaking("en"):
        reason = read_form(path, RUBRIC).marks["1.1"].reason
    assert reason == RUBRIC.criteria["1.1"].levels[-1].text.en


def test_form_keeps_what_is_written_beside_a_blank_bonus(filled):
    path = filled(lambda table, _: table.__setitem__(f"J{ROW['B.2']}", "申报中"))
    assert read_form(path, RUBRIC).marks["B.2"] == Mark(Fraction(0), note="申报中")


def test_form_tolerates_moved_columns_more_columns_and_more_rows(filled):
    def edit(table, _):
        for merged in list(table.merged_cells.ranges):
            table.unmerge_cells(str(merged))
        table.insert_rows(20, 2)
        table["H20"] = "一行备忘"
        table.insert_cols(1)
        table["A4"] = "自用"
        table["A6"] = "1.2"
        table.insert_rows(1)
        table["M5"] = "核对"

    assert read_form(filled(edit), RUBRIC).marks == full_sheet().marks


def test_form_ignores_other_worksheets_and_lines(filled):
    def edit(table, about):
        table.parent.create_sheet("草稿")["A1"] = "=1+1"
        about["A12"] = "服务平台"
        about["B12"] = "别的平台"

    assert read_form(filled(edit), RUBRIC).platform == PLATFORM


@pytest.mark.parametrize(
    "typed_date",
    [
        dt.date(2026, 5, 3),
        dt.datetime(2026, 5, 3, 9, 30),  # noqa: DTZ001 - a cell has no zone
        *(
            "2026-05-03",
            "2026/5/3",
            "2026.5.3",
            "2026年5月3日",
            "２０２６－５－３",
            " 2026 年 5 月 3 日 ",
            "2026-05-03\u200b",
        ),
    ],
)
def test_form_accepts_a_date_as_people_write_it(filled, typed_date):
    assert read_form(filled(stated("B5", typed_date))).date == "2026-05-03"


@pytest.mark.parametrize("typed_date", ["去年", "5月3日", "2026", 46145, "20260503", "2026-5-3或4"])
def test_form_refuses_what_is_no_date(filled, typed_date):
    data = {"found": str(typed_date)}
    assert only(filled(stated("B5", typed_date))) == Problem(
        "form.not_date", data, ("专家.xlsx", "信息", "B5")
    )


def test_form_refuses_a_day_that_does_not_exist_as_such(filled):
    found = only(filled(stated("B5", "2026年2月30日")))
    assert found == Problem("form.no_day", {"found": "2026年2月30日"}, ("专家.xlsx", "信息", "B5"))


def test_form_of_the_same_content_has_the_same_hash_whatever_file_and_language(filled):
    given = full_sheet(**{"2.1": Mark(Fraction(0))})
    one, two = filled(sheet=given), filled(lambda table, _: table.insert_cols(8), "再存.xlsx", sheet=given)
    sheets = [read_form(one), read_form(two)]
    with speaking("en"):
        sheets.append(read_form(one))
    assert one.read_bytes() != two.read_bytes()
    assert sheets[0].marks["2.1"].reason != sheets[2].marks["2.1"].reason
    assert {sheet.sha256 for sheet in sheets} == {content_sha256(given)}


def test_forms_of_one_expert_name_the_expert_and_both_files(filled):
    one, two = filled(name="甲.xlsx"), filled(stated("B3", "ｅ1 "), "乙.xlsx")
    with pytest.raises(Invalid) as caught:
        read_forms([one, two], RUBRIC)
    [problem] = caught.value.problems
    assert problem_text(problem) == (
        "乙.xlsx 信息!B3 专家“乌兰”（编号 ｅ1）在 甲.xlsx 中已有评分表；"
        "同一专家只留一张，不同的专家须填写不同的专家编号"
    )


def test_form_accepts_ids_that_became_numbers(filled):
    def edit(table, _):
        for name, row in ROW.items():
            if not name.startswith("B"):
                table.cell(row, 1).value = float(name)

    assert read_form(filled(edit), RUBRIC).marks == full_sheet().marks


def ten_items(tmp_path, *ids):
    """A form of one indicator with ten criteria of one point, its ids written over."""
    levels = (Level(Fraction(1), Fraction(1), Text("有")), Level(Fraction(0), Fraction(0), Text("无")))
    criteria = tuple(Criterion(f"12.{i}", Text("项"), Fraction(1), levels) for i in range(1, 11))
    indicator = Indicator("12", Text("拓展"), Text(""), Fraction(10), criteria)
    rubric = Rubric(
        "ten", "1", Text("表"), (Dimension("d", Text("甲"), Fraction(10), (indicator,)),), RUBRIC.bands
    )
    marks = {c.id: Mark(Fraction(1)) for c in criteria} | {"12.10": Mark(Fraction(0), "无")}
    write_form(rubric, tmp_path / "x.xlsx", sheet=Sheet("", "乌兰", marks, "2026-05-12", PLATFORM))

    def edit(table, _):
        for row, name in enumerate(ids, 5):
            table.cell(row, 1).value = name

    edited(tmp_path / "x.xlsx", edit)
    return rubric, marks


def test_form_shows_12_10_from_12_1_by_its_neighbours(tmp_path):
    rubric, marks = ten_items(tmp_path, *(float(f"12.{i}") for i in range(1, 11)))
    assert read_form(tmp_path / "x.xlsx", rubric).marks == marks


def test_form_asks_where_neighbours_do_not_show(tmp_path):
    rubric, _ = ten_items(
        tmp_path, *["12.2", "12.3", "12.4", "12.5", 12.1, "12.7", "12.8", "12.9", "12.6", 12.1]
    )
    with pytest.raises(Invalid) as caught:
        read_form(tmp_path / "x.xlsx", rubric)
    assert caught.value.problems == (
        Problem(
            "form.ambiguous_id", {"found": "12.1", "choices": ["12.1", "12.10"]}, ("x.xlsx", "评价表", "A9")
        ),
        Problem(
            "form.ambiguous_id", {"found": "12.1", "choices": ["12.1", "12.10"]}, ("x.xlsx", "评价表", "A14")
        ),
    )


# --- refused, and where ---


def typed(cell, value):
    return lambda table, _: table.__setitem__(cell, value)


def stated(cell, value):
    return lambda _, about: about.__setitem__(cell, value)


def test_form_names_file_sheet_cell_and_what_is_allowed(filled):
    row = ROW["3.1"]
    problem = only(filled(typed(f"G{row}", 1.5), "专家丙.xlsx"))
    assert problem == Problem(
        "mark.illegal",
        {"id": "3.1", "found": "1.5", "allowed": allowed(RUBRIC.criteria["3.1"], Fraction(1))},
        ("专家丙.xlsx", "评价表", f"G{row}"),
    )
    sentence = problem_text(problem)
    assert sentence == f"专家丙.xlsx 评价表!G{row} （3.1）：1.5 不是可选分值；可选 2，或 0～1 的整数"


@pytest.mark.parametrize("value", ["两分", True, 1e308, "9" * 400, "2²"])
def test_form_refuses_what_is_no_number(filled, value):
    problem = only(filled(typed("G5", value)))
    assert (problem.code, problem.where) == ("form.not_number", ("专家.xlsx", "评价表", "G5"))
    assert len(problem.data["found"]) <= 40


@pytest.mark.parametrize("column", "GHIJ")
def test_form_refuses_a_formula_wherever_something_is_typed(filled, column):
    problem = only(filled(typed(f"{column}6", "=1+1")))
    assert problem == Problem("form.formula", {"id": "1.2"}, ("专家.xlsx", "评价表", f"{column}6"))


@pytest.mark.parametrize(
    ("changes", "code", "cell"),
    [
        ({"G5": None}, "mark.missing", "G5"),
        ({"G5": "#N/A"}, "form.formula", "G5"),
        ({"G5": 3}, "mark.illegal", "G5"),
        ({"G5": -1}, "mark.illegal", "G5"),
        ({f"G{ROW['3.1']}": 0}, "mark.no_reason", f"H{ROW['3.1']}"),
        ({"J5": "无对应档次"}, "mark.no_level_reason", "H5"),
        ({f"G{ROW['B.1']}": 2}, "mark.unnamed_bonus", f"J{ROW['B.1']}"),
        ({f"G{ROW['B.2']}": 4, f"H{ROW['B.2']}": "奖"}, "mark.illegal", f"G{ROW['B.2']}"),
        ({"A5": "1.9"}, "mark.unknown", "A5"),
        ({"A6": "1.1"}, "form.double_row", "A6"),
        ({"A5": "甲"}, "mark.unknown", "A5"),
    ],
)
def test_form_places_each_fault_of_a_mark(filled, changes, code, cell):
    def edit(table, _):
        for place, value in changes.items():
            table[place] = value

    assert (code, f"专家.xlsx!评价表!{cell}") in faults(filled(edit))


def test_form_shows_a_criterions_fault_once(filled):
    assert faults(filled(typed("G5", "=2"))) == [("form.formula", "专家.xlsx!评价表!G5")]
    assert faults(filled(typed("A5", None))) == [("form.missing_row", "专家.xlsx!评价表")]


def test_form_shows_faults_in_the_order_of_rows(filled):
    def edit(table, _):
        table["G5"], table["G6"], table["A7"], table["G8"] = None, "x", "9.9", None

    assert faults(filled(edit)) == [
        ("mark.missing", "专家.xlsx!评价表!G5"),
        ("form.not_number", "专家.xlsx!评价表!G6"),
        ("mark.unknown", "专家.xlsx!评价表!A7"),
        ("mark.missing", "专家.xlsx!评价表!G8"),
        ("form.missing_row", "专家.xlsx!评价表"),
    ]


def test_form_shows_all_faults_of_all_files_at_once_in_order(filled, tmp_path):
    one = filled(typed("G5", None), "甲.xlsx")
    two = filled(
        lambda table, about: (typed("G7", 9)(table, about), stated("B5", None)(table, about)), "乙.xlsx"
    )
    (tmp_path / "丙.xlsx").write_text("编号,得分")
    assert faults(one, two, tmp_path / "丙.xlsx", tmp_path / "丁.xlsx") == [
        ("mark.missing", "甲.xlsx!评价表!G5"),
        ("mark.illegal", "乙.xlsx!评价表!G7"),
        ("form.unfilled", "乙.xlsx!信息!B5"),
        ("form.double_expert", "乙.xlsx!信息!B3"),
        ("book.not_spreadsheet", "丙.xlsx"),
        ("book.missing", "丁.xlsx"),
    ]


@pytest.mark.parametrize(
    ("cell", "value", "code", "data"),
    [
        ("B2", None, "form.unfilled", {"label": "服务平台"}),
        ("B4", "  ", "form.unfilled", {"label": "专家姓名"}),
        ("B5", None, "form.unfilled", {"label": "评价日期"}),
        ("B7", "0.5", "form.step", {"found": "0.5", "expected": "1"}),
        ("B8", "0" * 64, "form.scale", {"expected": "qi-one-stop 2025"}),
    ],
)
def test_form_places_each_fault_of_the_second_worksheet(filled, cell, value, code, data):
    assert only(filled(stated(cell, value))) == Problem(code, data, ("专家.xlsx", "信息", cell))


def test_form_states_nothing_of_marks_made_for_another_table(filled):
    def edit(table, about):
        about["B8"] = "0" * 64
        table["G5"] = 99

    assert faults(filled(edit)) == [("form.scale", "专家.xlsx!信息!B8")]


def test_form_misses_a_line_a_worksheet_a_column(filled):
    assert only(filled(stated("A2", "平台"))) == Problem(
        "form.no_info", {"label": "服务平台"}, ("专家.xlsx", "信息")
    )
    renamed = only(filled(lambda table, _: setattr(table, "title", "表")))
    assert renamed == Problem("form.no_worksheet", {"name": "评价表"}, ("专家.xlsx",))
    column = only(filled(typed("H4", "理由")))
    assert column == Problem("book.no_column", {"header": "扣分理由"}, ("专家.xlsx", "评价表"))


def test_form_of_another_platform_or_kind_is_refused(filled):
    other = only(filled(), platform="别的平台")
    assert other == Problem(
        "form.platform", {"found": PLATFORM, "expected": "别的平台"}, ("专家.xlsx", "信息", "B2")
    )
    kind = only(filled(kind="self"), kind="authority")
    assert kind == Problem("form.kind", {"found": "自评"}, ("专家.xlsx", "信息", "B1"))
    assert read_form(filled(kind="self"), RUBRIC, kind="self", platform=f" {PLATFORM}").platform == PLATFORM


def test_forms_of_one_evaluation_agree_on_the_platform(filled):
    one, two = filled(name="甲.xlsx"), filled(stated("B2", "别的平台"), "乙.xlsx")
    assert faults(one, two) == [
        ("form.platform", "乙.xlsx!信息!B2"),
        ("form.double_expert", "乙.xlsx!信息!B3"),
    ]


def test_forms_of_experts_with_one_name_need_ids(filled):
    one = filled(name="甲.xlsx", sheet=replace(full_sheet(), expert_id=""))
    two = filled(name="乙.xlsx", sheet=replace(full_sheet(), expert_id=""))
    with pytest.raises(Invalid) as caught:
        read_forms([one, two], RUBRIC)
    data = {"name": "乌兰", "file": "甲.xlsx"}
    assert caught.value.problems == (Problem("form.double_name", data, ("乙.xlsx", "信息", "B4")),)
    three = filled(name="丙.xlsx", sheet=replace(full_sheet(), expert_id="E2"))
    assert [sheet.expert_id for sheet in read_forms([three, one], RUBRIC)] == ["E2", "乌兰"]


def test_form_of_other_wording_is_read_and_states_so(filled):
    assert read_form(filled(stated("B9", "f" * 64)), RUBRIC).wording_sha256 == "f" * 64


def test_form_problems_have_words_in_both_languages(filled):
    def edit(table, about):
        table["A5"], table["A6"], table["G7"], table["G8"], table["G9"] = "9.9", "1.3", "=1", "x", None
        for row in (1, 2, 4, 5, 7):
            about[f"B{row}"] = None

    with pytest.raises(Invalid) as caught:
        read_form(filled(edit), RUBRIC)
    for language in ("zh", "en"):
        with speaking(language):
            sentences = [problem_text(problem) for problem in caught.value.problems]
        assert all(sentence.startswith("专家.xlsx ") and "{" not in sentence for sentence in sentences)
        assert len(set(sentences)) == len(sentences)


@pytest.mark.parametrize("before", ["", "\u200b", " \ufeff"])
def test_no_level_is_read_behind_invisible_characters(filled, before):
    mark = Mark(Fraction(1), "缺一项", note="看不出", no_level=True)
    path = filled(sheet=full_sheet(**{"1.2": mark}))
    book = openpyxl.load_workbook(path)
    cell = next(c for row in book["评价表"].iter_rows() for c in row if str(c.value).endswith("看不出"))
    cell.value = before + cell.value
    book.save(path)
    assert read_form(path, RUBRIC).marks["1.2"] == mark


def test_form_that_was_not_filled_in_is_one_problem(tmp_path):
    path = tmp_path / "专家.xlsx"
    write_form(RUBRIC, path, expert_id="E1", expert_name="甲")
    assert ("mark.none", "专家.xlsx!评价表") in faults(path)
    assert not any(code == "mark.missing" for code, _ in faults(path))
