"""Scoring sheets opened and saved by LibreOffice: equal when read back, sums right, paper as it should be."""

from dataclasses import replace
from fractions import Fraction

import pytest
from pypdf import PdfReader
from tests.documents.spreadsheets.filled import (
    PLATFORM,
    ROW,
    RUBRIC,
    edited,
    form_bytes,
    full_sheet,
    read_form,
)

from zhiping.documents.spreadsheets.form.writing import write_form
from zhiping.documents.spreadsheets.workbook import reading
from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.sheet import Mark
from zhiping.texts.catalogue import speaking

MARKS = {
    "3.1": Mark(Fraction(1), "位置偏远\n且无停车处", "迁址", "见照片"),
    "12.8": Mark(Fraction(0), "无此服务", note="另见附件", no_level=True),
    "17.2": Mark(Fraction(3, 2), '引号"与<尖>&符号'),
    "B.1": Mark(Fraction(2), "日报"),
}
SHEET = replace(full_sheet(**MARKS), name="其木格", date="2026-05-12")
KINDS = {"xlsx": "xlsx", "ods": "ods", "xls": "xls"}


@pytest.fixture(scope="module")
def resaved(soffice, tmp_path_factory):
    """The same filled sheet in both languages, saved again in each format."""
    here = tmp_path_factory.mktemp("here")
    paths = []
    for language in ("zh", "en"):
        paths.append(here / f"{language}.xlsx")
        with speaking(language):
            write_form(RUBRIC, paths[-1], step=Fraction(1, 2), sheet=SHEET, kind="authority")
    return {kind: soffice(paths, kind, tmp_path_factory.mktemp(kind)) for kind in (*KINDS, "pdf")}


@pytest.mark.parametrize("kind", KINDS)
def test_form_saved_by_libreoffice_reads_back_equal(resaved, kind):
    for path in resaved[kind]:
        sheet = read_form(path, RUBRIC, Fraction(1, 2), platform=PLATFORM, kind="authority")
        assert replace(sheet, source="", sha256="", wording_sha256="") == SHEET


def calculated(soffice, tmp_path, sheet):
    """The rows of a form as LibreOffice calculates them, nothing calculated before."""
    path = tmp_path / "x.xlsx"
    write_form(RUBRIC, path, sheet=sheet)
    edited(path, lambda *_: None)  # what was calculated beforehand is not kept by openpyxl
    assert reading.read(path).worksheets["评价表"].rows[4][2] in ("", 0.0)
    (saved,) = soffice([path], "ods", tmp_path)
    return reading.read(saved).worksheets["评价表"].rows


def test_form_sums_are_calculated_by_the_spreadsheet(soffice, tmp_path):
    rows = calculated(soffice, tmp_path, SHEET)
    last = ROW["B.2"]
    subtotals = [row[6] for row in rows[4:last] if "小计" in str(row[1])]
    assert (subtotals, [row[6] for row in rows[last : last + 4]]) == ([29, 39, 28.5], [2, 96.5, 2, 98.5])
    assert rows[4][1] == "基础建设\n得 29/30 分"
    assert rows[ROW["17.1"] - 1][2] == "要素融合\n得 3.5/5 分"
    blank = "＿" * 8
    said = ("服务平台：" + PLATFORM, "评价类型：" + blank, "评价人员：其木格 E1", "评价日期：2026-05-12")
    assert rows[1][0] == "\u3000\u3000".join(said)


def test_form_of_no_one_calculates_no_zeros(soffice, tmp_path):
    rows = calculated(soffice, tmp_path, None)
    assert {row[6] for row in rows[4 : ROW["B.2"] + 4]} == {""}
    assert rows[4][1] == "基础建设\n30 分"


@pytest.mark.parametrize("kind", ["ods", "xls"])
def test_form_with_a_formula_is_refused_in_every_format(soffice, tmp_path, kind):
    path = tmp_path / "x.xlsx"
    path.write_bytes(form_bytes())
    edited(path, lambda table, _: table.__setitem__("G5", "=1+1"))
    (saved,) = soffice([path], kind, tmp_path)
    with pytest.raises(Invalid) as caught:
        read_form(saved, RUBRIC)
    assert caught.value.problems == (Problem("form.formula", {"id": "1.1"}, (f"x.{kind}", "评价表", "G5")),)


def test_form_prints_every_criterion_on_landscape_a4(resaved):
    for path in resaved["pdf"]:
        pages = PdfReader(path).pages
        width, height = (float(side) for side in pages[0].mediabox[2:])
        assert (round(width), round(height)) == (842, 595)
        assert 3 <= len(pages) <= 6
        text = "\n".join(page.extract_text() for page in pages)
        assert [name for name in RUBRIC.criteria if name not in text] == []
        header = "编号" if path.stem == "zh" else "Levels"
        assert all(header in page.extract_text() for page in pages)
