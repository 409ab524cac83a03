"""The improvements sheet out to the operator, and the efforts back for the cheapest path."""

from dataclasses import replace
from fractions import Fraction

import openpyxl
import pytest
from tests.documents import evaluations

from zhiping.documents.files.rubric_file import bundled
from zhiping.documents.spreadsheets.improvements import read_efforts, write_improvements
from zhiping.documents.spreadsheets.workbook.reading import read
from zhiping.domain.errors import Invalid
from zhiping.domain.path import cheapest
from zhiping.domain.policy import Policy
from zhiping.domain.result import evaluate
from zhiping.texts.catalogue import problem_text, speaking

RUBRIC = bundled()
LOST = ["1.3", "3.1", "4.2", "5.2", "7.2", "8.1", "9.2", "14.1", "15.1", "16.1", "17.1", "17.2"]
EFFORT = "L"  # the column 工作量
MORE = "M"  # the first free one to its right


@pytest.fixture
def empty(tmp_path):
    """An improvements sheet as the operator gets it."""
    path = tmp_path / "improvements.xlsx"
    write_improvements(evaluations.concluded(), RUBRIC, path, evaluations.ABOUT)
    return path


def table(path, sheet="改进清单", header="编号"):
    """The header's row as spreadsheets count, and every row by its first cell."""
    rows = read(path).worksheets[sheet].rows
    at = next(i for i, row in enumerate(rows) if row[0] == header)
    return at + 1, {row[0]: row for row in rows}, {row[0]: i + 1 for i, row in enumerate(rows)}


def fill(path, values, *, sheet="改进清单", column=EFFORT, header=None):
    """Fill a column by criterion id, under a header of its own where one is given."""
    at, _, row_of = table(path, sheet, "编号" if sheet == "改进清单" else "No.")
    book = openpyxl.load_workbook(path)
    if header:
        book[sheet][f"{column}{at}"] = header
    for name, value in values.items():
        book[sheet][f"{column}{row_of[name]}"] = value
    book.save(path)
    return path


def efforts_of(path, result=None):
    return read_efforts(path, RUBRIC, result or evaluations.concluded())


def refusals(path, result=None):
    """The problems of a refused sheet."""
    with pytest.raises(Invalid) as refused:
        efforts_of(path, result)
    return [problem_text(problem) for problem in refused.value.problems]


def test_every_lost_point_has_a_row_and_the_bonus_is_at_the_end(empty):
    _, rows, _ = table(empty)
    assert [name for name in rows if name in RUBRIC.criteria] == [*LOST, "B.2"]
    assert list(rows).index("加分项") == list(rows).index("17.2") + 1


def test_a_row_states_what_was_lost_why_and_what_is_advised(empty):
    _, rows, _ = table(empty)
    assert rows["编号"] == [
        *("编号", "二级指标", "评分项", "满分", "得分", "失分", "扣分理由", "改进建议"),
        *("改进措施", "责任人", "完成时限", "工作量"),
    ]
    assert rows["8.1"] == [
        *("8.1", "计量服务", RUBRIC.criteria["8.1"].text.zh, 4, 3, 1, "核对台账，咨询服务基本有效，记录不全"),
        *("补齐全年咨询台账，公布答复时限", "", "", "", ""),
    ]
    assert rows["B.2"][3:6] == [5, 2, ""]


def test_the_sheet_shows_no_single_members_reason(empty):
    cells = " ".join(str(cell) for row in read(empty).worksheets["改进清单"].rows for cell in row)
    assert evaluations.REASONS["8.1"] not in cells
    assert evaluations.AGREED["3.1"].dissent not in cells


def test_a_full_score_leaves_nothing_to_improve(tmp_path):
    sheets = evaluations.sheets()
    marks = {c.id: replace(sheets[0].marks["1.1"], points=c.max) for c in RUBRIC.base}
    sheets = [replace(sheet, marks=marks) for sheet in sheets]
    result = evaluate(RUBRIC, evaluations.about(), sheets)
    write_improvements(result, RUBRIC, tmp_path / "i.xlsx", evaluations.ABOUT)
    _, rows, _ = table(tmp_path / "i.xlsx")
    assert [name for name in rows if name in RUBRIC.criteria] == ["B.1", "B.2"]
    assert "各评分项均得满分，没有失分项。" in rows
    assert efforts_of(tmp_path / "i.xlsx", result) == {}


def test_an_unqualified_platform_rectifies(tmp_path):
    sheets = evaluations.sheets()
    marks = {c.id: replace(sheets[0].marks["4.2"], points=min(c.marks(1))) for c in RUBRIC.base}
    result = evaluate(RUBRIC, evaluations.about(), [replace(sheet, marks=marks) for sheet in sheets])
    write_improvements(result, RUBRIC, tmp_path / "i.xlsx", evaluations.ABOUT)
    assert read(tmp_path / "i.xlsx").worksheets["改进清单"].rows[0][0] == "整改清单"


def test_only_what_the_operator_fills_is_unlocked(empty):
    page = openpyxl.load_workbook(empty)["改进清单"]
    at = next(row for row in page.iter_rows() if row[0].value == "3.1")
    assert page.protection.sheet
    assert [cell.column_letter for cell in at if not cell.protection.locked] == ["I", "J", "K", "L"]
    assert not page.column_dimensions[MORE].protection.locked


def test_a_blank_effort_is_the_default(empty):
    assert efforts_of(empty) == {}


def test_an_effort_is_what_it_accepts_to_the_maximum(empty):
    fill(empty, {"3.1": 5, "8.1": "２．5", "4.2": 0, "B.2": 30})
    assert efforts_of(empty) == {
        "3.1": {Fraction(2): Fraction(5)},
        "4.2": {Fraction(1): Fraction(0)},
        "8.1": {Fraction(4): Fraction(5, 2)},
        "B.2": {Fraction(5): Fraction(30)},
    }


@pytest.mark.parametrize("word", ["不改", "-", "－", "不能改进", "no", "—"])
def test_what_cannot_be_improved_has_no_options(empty, word):
    assert efforts_of(fill(empty, {"3.1": word})) == {"3.1": {}}


def test_a_further_column_states_the_effort_to_a_lower_mark(empty):
    fill(empty, {"14.1": 6, "17.2": 4})
    fill(empty, {"B.2": 8}, column=MORE, header="工作量（到 3 分）")
    fill(empty, {"B.2": 9}, column="N", header="工作量 (到5分)")
    assert efforts_of(empty) == {
        "14.1": {Fraction(3): Fraction(6)},
        "17.2": {Fraction(3): Fraction(4)},
        "B.2": {Fraction(3): Fraction(8), Fraction(5): Fraction(9)},
    }


def test_half_marks_have_columns_too(tmp_path):
    about = evaluations.about(policy=Policy(step=Fraction(1, 2)))
    result = evaluate(RUBRIC, about, evaluations.sheets(), evaluations.AGREED)
    with speaking("en"):
        write_improvements(result, RUBRIC, tmp_path / "i.xlsx", evaluations.ABOUT)
    fill(tmp_path / "i.xlsx", {"8.1": 3}, sheet="Improvements")
    fill(tmp_path / "i.xlsx", {"17.2": 2}, sheet="Improvements", column=MORE, header="effort (to 3)")
    assert efforts_of(tmp_path / "i.xlsx", result) == {
        "8.1": {Fraction(4): Fraction(3)},
        "17.2": {Fraction(3): Fraction(2)},
    }


def test_the_path_accepts_the_efforts_as_they_are_read(empty):
    result = evaluations.concluded()
    points = {c["id"]: Fraction(c["agreed"]) for c in result["criteria"]}
    best = RUBRIC.bands[0]
    fill(empty, dict.fromkeys(LOST, 9) | {"15.1": 2, "17.1": 3})
    found = cheapest(RUBRIC, points, best, Policy(bonus_counts=False), efforts_of(empty))
    assert [(step["id"], step["to"]) for step in found["steps"]] == [("15.1", "3"), ("17.1", "2")]
    assert found["effort"] == "5"


def test_all_faults_are_reported_at_once_with_their_cells(empty):
    fill(empty, {"1.3": "很多", "3.1": -1, "4.2": "=2+3", "B.2": 5})
    fill(empty, {"B.2": 8, "5.2": 1}, column=MORE, header="工作量（到 3 分）")
    _, _, row = table(empty)
    options = "可改进到 2"
    many = "工作量“很多”不是数字；请填不小于 0 的数，不能改进的填“不改”或“-”"
    assert refusals(empty) == [
        f"improvements.xlsx 改进清单!L{row['1.3']} （1.3）：{many}",
        f"improvements.xlsx 改进清单!L{row['3.1']} （3.1）：工作量 -1 不能为负数",
        f"improvements.xlsx 改进清单!L{row['4.2']} （4.2）：不能是公式或错误值，请直接填写",
        f"improvements.xlsx 改进清单!M{row['5.2']} （5.2）：不能改进到 3 分；{options}",
        f"improvements.xlsx 改进清单!L{row['B.2']} （B.2）：得分越高，工作量不能越小",
    ]


def test_a_sheet_of_another_result_is_refused(empty):
    other = evaluations.concluded()
    for c in other["criteria"]:
        if c["id"] == "8.1":
            c["agreed"] = c["shown"] = "2"
    _, _, row = table(empty)
    again = "请用本次评价结果生成的改进清单"
    assert refusals(empty, other) == [
        f"improvements.xlsx 改进清单!E{row['8.1']} （8.1）：得分为 3，评价结果为 2；{again}"
    ]


def test_a_sheet_of_another_platform_is_refused(empty):
    other = evaluations.concluded()
    other["platform"]["name"] = "另一平台"
    assert refusals(empty, other) == [
        f"improvements.xlsx 信息!B2 服务平台为“{evaluations.PLATFORM.name}”，应为“另一平台”"
    ]


def test_a_mean_result_is_recognised_by_what_it_shows(tmp_path):
    result = evaluations.mean()
    write_improvements(result, RUBRIC, tmp_path / "i.xlsx", evaluations.ABOUT)
    _, rows, _ = table(tmp_path / "i.xlsx")
    assert rows["3.1"][3:6] == [2, 1.33, 0.67]
    assert efforts_of(fill(tmp_path / "i.xlsx", {"3.1": 7}), result) == {"3.1": {Fraction(2): Fraction(7)}}


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_a_sheet_saved_by_another_office_reads_back_alike(empty, tmp_path, soffice, kind):
    (tmp_path / "again").mkdir()
    fill(empty, {"3.1": 5, "4.2": "不改"})
    [again] = soffice([fill(empty, {"8.1": 2.5})], kind, tmp_path / "again")
    assert efforts_of(again) == {
        "3.1": {Fraction(2): Fraction(5)},
        "4.2": {},
        "8.1": {Fraction(4): Fraction(5, 2)},
    }
