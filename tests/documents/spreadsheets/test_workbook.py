# ruff: noqa: DTZ001 - a spreadsheet's dates have no time zone
"""Spreadsheets read and written: places, numbers, columns, formulas; no formula leaves but ours."""

import datetime as dt
import zipfile
from fractions import Fraction

import openpyxl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from zhiping.documents.spreadsheets.workbook import cells, reading, writing
from zhiping.documents.spreadsheets.workbook.writing import Formula
from zhiping.domain.errors import Invalid, Problem


def written(path, *values):
    """A file with one worksheet whose column A holds the values."""
    with writing.writing(path) as book:
        page = book.add_worksheet("甲")
        for row, value in enumerate(values):
            writing.put(page, row, 0, value)
    return path


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ((0, 0), "A1"),
        ((13, 6), "G14"),
        ((0, 25), "Z1"),
        ((0, 26), "AA1"),
        ((9, 701), "ZZ10"),
        ((0, 702), "AAA1"),
    ],
)
def test_cell_name_counts_as_spreadsheets_do(place, name):
    assert cells.cell_name(*place) == name


@given(st.integers(0, 1_048_575), st.integers(0, 16_383))
def test_cell_name_agrees_with_openpyxl(row, column):
    assert cells.cell_name(row, column) == f"{openpyxl.utils.get_column_letter(column + 1)}{row + 1}"


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        (2, Fraction(2)),
        (2.0, Fraction(2)),
        (1.5, Fraction(3, 2)),
        (0.1, Fraction(1, 10)),
        (-1.0, Fraction(-1)),
        ("2", Fraction(2)),
        ("２．５", Fraction(5, 2)),
        (" 2 分 ", Fraction(2)),
        ("2分", Fraction(2)),
        ("3 points", Fraction(3)),
        ("+1", Fraction(1)),
        ("2\u200b", Fraction(2)),
        ("\ufeff1.5 分", Fraction("1.5")),
        (0.1 + 0.2, Fraction("0.3")),
        (2.9999999999999996, Fraction(3)),
        (sum([0.1] * 100), Fraction(10)),
        (0.30000001, Fraction("0.30000001")),
        (0.1234567891, None),
        ("", None),
        ("两分", None),
        ("1,5", None),
        ("2²", None),
        ("½", None),
        ("1e3", None),
        ("nan", None),
        ("2 3", None),
        (True, None),
        (False, None),
        (float("nan"), None),
        (float("inf"), None),
        (-float("inf"), None),
        (1e308, None),
        (1e9, None),
        (1e-12, None),
        ("9" * 400, None),
        (dt.date(2026, 1, 2), None),
        (dt.timedelta(days=1), None),
    ],
)
def test_number_is_exact_or_none(cell, found):
    assert cells.number(cell) == found


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        (" 甲 ", "甲"),
        (3.0, "3"),
        (3.5, "3.5"),
        (True, "TRUE"),
        (False, "FALSE"),
        (dt.datetime(2026, 5, 12), "2026-05-12"),
        (dt.datetime(2026, 5, 12, 9, 30), "2026-05-12 09:30"),
        (dt.date(2026, 5, 12), "2026-05-12"),
        (dt.time(9, 30), "09:30:00"),
        (1e300, "1e+300"),
    ],
)
def test_text_is_what_a_person_sees(cell, found):
    assert cells.text(cell) == found


def test_blank_is_only_empty_text():
    seen = {"": True, " \u3000\n": True, "\u200b\ufeff\u3164": True, "0": False, "不": False}
    assert {cell: cells.blank(cell) for cell in seen} == seen
    assert [cells.blank(cell) for cell in (0, False)] == [False, False]


WANTED = {"id": ("编号", "ID"), "mark": ("得分", "Mark"), "note": ("备注", "Note")}


def test_columns_are_found_in_any_order_language_and_width():
    rows = [["标题", "", "", ""], ["ＮＯＴＥ", "别的", "得 分\n", "Id"], ["", "", 2.0, "1.1"]]
    assert cells.columns(rows, WANTED) == (1, {"note": 0, "mark": 2, "id": 3})


def test_columns_prefer_the_row_with_most_headers():
    rows = [["编号说明", "得分", ""], ["编号", "得分", "备注"]]
    assert cells.columns(rows, WANTED) == (1, {"id": 0, "mark": 1, "note": 2})


def test_columns_name_every_missing_header_but_the_optional():
    with pytest.raises(Invalid) as caught:
        cells.columns([["编号"]], WANTED, optional=("note",))
    assert caught.value.problems == (Problem("book.no_column", {"header": "得分"}),)
    assert cells.columns([["编号", "得分"]], WANTED, optional=("note",)) == (0, {"id": 0, "mark": 1})


def test_columns_refuse_a_header_that_is_twice():
    with pytest.raises(Invalid) as caught:
        cells.columns([["编号", "得分", "备注", "得分"]], WANTED)
    assert caught.value.problems == (Problem("book.double_column", {"header": "得分"}, ("D1",)),)


def test_spellings_are_the_catalogue_in_every_language():
    assert cells.spellings("form.columns.mark") == ("得分", "Mark")


def test_read_returns_places_formulas_and_the_hash_of_the_bytes(tmp_path):
    path = tmp_path / "x.xlsx"
    with writing.writing(path) as book:
        first, second = book.add_worksheet("甲"), book.add_worksheet("乙")
        writing.put(first, 2, 1, "字")
        writing.put(first, 3, 2, Formula("=1+1", 2))
        writing.put(second, 0, 0, Fraction(1, 2))
    read = reading.read(path)
    assert read.source == "x.xlsx"
    assert list(read.worksheets) == ["甲", "乙"]
    assert read.worksheets["甲"].rows == [["", "", ""], ["", "", ""], ["", "字", ""], ["", "", 2.0]]
    assert read.worksheets["甲"].formulas == {(3, 2)}
    assert read.worksheets["乙"].rows == [[0.5]]
    assert read.worksheets["乙"].formulas == frozenset()


def test_read_accepts_dates_as_dates(tmp_path):
    book = openpyxl.Workbook()
    book.active["A1"] = dt.datetime(2026, 5, 12)
    book.save(tmp_path / "x.xlsx")
    assert cells.text(reading.read(tmp_path / "x.xlsx").worksheets["Sheet"].rows[0][0]) == "2026-05-12"


DANGEROUS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "{=1}",
    '=HYPERLINK("http://x")',
    "http://x.example",
    "007",
    "1.10",
]


@pytest.mark.parametrize("text", DANGEROUS)
def test_put_keeps_text_as_text(tmp_path, text):
    path = written(tmp_path / "x.xlsx", text)
    cell = openpyxl.load_workbook(path)["甲"]["A1"]
    assert (cell.data_type, cell.value, cell.hyperlink) == ("s", text, None)
    read = reading.read(path).worksheets["甲"]
    assert (read.rows, read.formulas) == ([[text]], frozenset())


PRINTED = st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\t")


@given(text=st.text(PRINTED, min_size=1, max_size=40))
@example("_x0041_")
@example(" 前后有空格 ")
def test_put_lets_no_formula_leave_and_keeps_any_text(tmp_path_factory, text):
    path = written(tmp_path_factory.mktemp("put") / "x.xlsx", text, "尾")
    read = reading.read(path).worksheets["甲"]
    assert (read.rows, read.formulas) == ([[text], ["尾"]], frozenset())


@given(text=st.text(max_size=40))
def test_put_accepts_control_characters_too(tmp_path_factory, text):
    read = reading.read(written(tmp_path_factory.mktemp("put") / "x.xlsx", text, "尾")).worksheets["甲"]
    assert (read.rows[-1], read.formulas) == (["尾"], frozenset())


def test_put_replaces_halves_of_characters(tmp_path):
    assert reading.read(written(tmp_path / "x.xlsx", "甲\ud800乙")).worksheets["甲"].rows == [["甲\ufffd乙"]]


def test_put_refuses_text_no_cell_can_hold(tmp_path):
    path = tmp_path / "x.xlsx"
    with pytest.raises(Invalid) as caught:
        written(path, "长" * 32_768)
    assert caught.value.problems == (Problem("book.long_text", {"most": "32767"}),)
    assert not path.exists()
    assert len(reading.read(written(path, "长" * 32_767)).worksheets["甲"].rows[0][0]) == 32_767


@pytest.mark.parametrize("value", [True, 1.5, b"x", dt.date(2026, 1, 1)])
def test_put_refuses_other_types(tmp_path, value):
    with pytest.raises(TypeError):
        written(tmp_path / "x.xlsx", value)


def test_put_row_accepts_one_look_or_one_for_each(tmp_path):
    path = tmp_path / "x.xlsx"
    with writing.writing(path) as book:
        look = writing.looks(book)
        page = book.add_worksheet("甲")
        writing.put_row(page, 0, ["一", 2], look["head"])
        writing.put_row(page, 1, ["三", None], [look["fill"], look["text"]])
    sheet = openpyxl.load_workbook(path)["甲"]
    assert [[cell.value for cell in row] for row in sheet.rows] == [["一", 2], ["三", None]]
    assert [[cell.protection.locked for cell in row] for row in sheet.rows] == [[True, True], [False, True]]
    assert sheet["A1"].font.name == "黑体"


def test_writing_returns_the_same_bytes_for_the_same_content(tmp_path):
    one, two = (written(tmp_path / name, "甲", 2).read_bytes() for name in ("1.xlsx", "2.xlsx"))
    assert one == two


def test_height_counts_wrapped_lines_and_chinese_double():
    one = writing.height([("短", 10)])
    assert writing.height([("长" * 8, 10)]) == one + 14.5
    assert writing.height([("a" * 16, 10)]) == one + 14.5
    assert writing.height([("a\nb\nc", 10)]) == one + 29
    assert writing.height([("长" * 9999, 10)]) == 409
    assert writing.width("甲a，") == 5


def test_paper_is_a4_landscape_with_its_header_repeated(tmp_path):
    path = tmp_path / "x.xlsx"
    with writing.writing(path) as book:
        writing.paper(book.add_worksheet("甲"), repeat=2, footer="&RPage &P")
    sheet = openpyxl.load_workbook(path)["甲"]
    setup = sheet.page_setup
    assert (setup.paperSize, setup.orientation, setup.fitToHeight) == (9, "landscape", 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert (sheet.print_title_rows, sheet.freeze_panes) == ("$3:$3", "A4")


def test_read_refuses_two_worksheets_of_one_name(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "AAAA"
    book.active["A1"] = "=1+1"
    book.create_sheet("BBBB")["A1"] = 2
    book.save(tmp_path / "two.xlsx")
    with zipfile.ZipFile(tmp_path / "two.xlsx") as old, zipfile.ZipFile(tmp_path / "same.xlsx", "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"BBBB", b"AAAA"))
    assert len(reading.read(tmp_path / "two.xlsx").worksheets) == 2
    with pytest.raises(Invalid) as caught:
        reading.read(tmp_path / "same.xlsx")
    assert [problem.code for problem in caught.value.problems] == ["book.damaged"]
