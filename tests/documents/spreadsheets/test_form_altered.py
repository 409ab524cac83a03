"""Scoring sheets as programs and people alter them: read as they look, or refused at the cell."""

import openpyxl
import pytest
from tests.documents.spreadsheets.filled import (
    ROW,
    RUBRIC,
    form_bytes,
    full_sheet,
    parts_of,
    read_form,
    zipped,
)

from zhiping.documents.spreadsheets.form.reading import read_forms
from zhiping.documents.spreadsheets.workbook.reading import read
from zhiping.documents.spreadsheets.workbook.scanning import xlsx_merged
from zhiping.domain.errors import Invalid
from zhiping.texts.catalogue import LANGUAGES, problem_text, speaking

REASON = "场地偏远"


def altered(folder, edit, name="专家.xlsx"):
    """Write a filled form, changed by `edit(book)`."""
    path = folder / name
    path.write_bytes(form_bytes())
    book = openpyxl.load_workbook(path)
    edit(book)
    book.save(path)
    return path


def faults(path):
    with pytest.raises(Invalid) as caught:
        read_forms([path], RUBRIC)
    for problem in caught.value.problems:
        for language in LANGUAGES:
            with speaking(language):
                assert problem_text(problem)
    return [(p.code, "!".join(p.where)) for p in caught.value.problems]


def test_mark_with_invisible_characters_is_the_mark_it_shows(tmp_path):
    def edit(book):
        book.worksheets[0][f"G{ROW['1.2']}"] = "2\u200b"
        book.worksheets[0][f"A{ROW['3.1']}"] = "3.1\ufeff"

    assert read_form(altered(tmp_path, edit)).marks == full_sheet().marks


def test_reason_in_merged_cells_holds_for_each_row(tmp_path):
    top, bottom = ROW["3.1"], ROW["3.4"]

    def edit(book):
        page = book.worksheets[0]
        page[f"G{top}"], page[f"G{bottom}"] = 1, 1
        page[f"H{top}"] = REASON
        page.merge_cells(f"H{top}:H{bottom}")

    marks = read_form(altered(tmp_path, edit)).marks
    assert [marks[name].reason for name in ("3.1", "3.4")] == [REASON, REASON]
    assert marks["3.5"].reason == ""


def test_reason_merged_sideways_is_no_advice(tmp_path):
    row = ROW["3.1"]

    def edit(book):
        page = book.worksheets[0]
        page[f"G{row}"], page[f"H{row}"] = 1, REASON
        page.merge_cells(f"H{row}:I{row}")

    mark = read_form(altered(tmp_path, edit)).marks["3.1"]
    assert (mark.reason, mark.advice) == (REASON, "")


def test_mark_in_merged_cells_counts_for_its_first_row_only(tmp_path):
    top, bottom = ROW["3.1"], ROW["3.2"]

    def edit(book):
        book.worksheets[0].merge_cells(f"G{top}:G{bottom}")

    assert faults(altered(tmp_path, edit)) == [("mark.missing", f"专家.xlsx!评价表!G{bottom}")]


def test_second_worksheet_with_marks_is_refused(tmp_path):
    def edit(book):
        book.copy_worksheet(book.worksheets[0]).title = "评价表（2）"

    assert faults(altered(tmp_path, edit)) == [("form.second_table", "专家.xlsx!评价表（2）")]


def test_second_worksheet_without_marks_is_passed_over(tmp_path):
    def edit(book):
        page = book.copy_worksheet(book.worksheets[0])
        for row in ROW.values():
            page[f"G{row}"] = None

    assert read_form(altered(tmp_path, edit)).marks == full_sheet().marks


@pytest.mark.parametrize("label", ["评价日期", "服务平台", "专家姓名"])
def test_formula_on_the_page_of_facts_is_refused(tmp_path, label):
    def edit(book):
        page = book.worksheets[1]
        cell = next(c for line in page.iter_rows(max_col=1) for c in line if c.value == label)
        page.cell(cell.row, 2, '=TEXT(TODAY(),"yyyy-mm-dd")')

    (fault,) = [place for code, place in faults(altered(tmp_path, edit)) if code == "form.info_formula"]
    assert fault.startswith("专家.xlsx!信息!B")


@pytest.mark.parametrize(
    "names",
    [
        {"xl/sharedStrings.xml": "xl/SharedStrings.xml"},
        {"xl/workbook.xml": "xl/Workbook.xml"},
        {"xl/styles.xml": "xl/Styles.xml", "xl/worksheets/sheet1.xml": "xl/worksheets/Sheet1.xml"},
    ],
)
def test_parts_of_a_file_are_found_whatever_their_case(tmp_path, names):
    path = tmp_path / "专家.xlsx"
    path.write_bytes(zipped({names.get(name, name): data for name, data in parts_of(form_bytes()).items()}))
    assert read_form(path).marks == full_sheet().marks


@pytest.mark.parametrize("name", ["~$专家.xlsx", ".~lock.专家.ods#"])
def test_lock_file_of_an_open_workbook_is_named_as_one(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"owner")
    assert faults(path) == [("book.lock_file", name)]


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_merged_areas_and_hidden_rows_are_known(tmp_path, kind, soffice):
    path = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    for row in range(1, 6):
        book.active.append([f"甲{row}", "乙"])
    book.active.merge_cells("B2:B4")
    book.active.row_dimensions[3].hidden = True
    book.save(path)
    if kind == "ods":
        (path,) = soffice([path], kind, tmp_path)
    (page,) = read(path).worksheets.values()
    assert (page.merged, page.hidden) == (((1, 1, 3, 1),), {2})
    assert [page.shared(row, 1) for row in range(5)] == ["乙"] * 5
    assert [page.rows[row][1] for row in range(5)] == ["乙", "乙", "", "", "乙"]


@pytest.mark.parametrize(
    "written", ['mergeCell ref="B2:B4"', "mergeCell ref='B2:B4'", "x:mergeCell\nref='B2:B4'"]
)
def test_merged_areas_are_known_however_they_are_quoted(written):
    assert xlsx_merged(f"</sheetData><mergeCells><{written}/></mergeCells>".encode()) == ((1, 1, 3, 1),)
