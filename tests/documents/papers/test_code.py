"""The QR code of a report: its address, and where PDF and Word print it."""

from dataclasses import replace

import pytest
from docx import Document
from pypdf import PdfReader
from tests.documents.papers.pdf.test_report import FULL, RESULT, RUBRIC

from zhiping.documents.papers import code
from zhiping.documents.papers.pdf.report import write_pdf
from zhiping.documents.papers.report import report_of
from zhiping.documents.papers.word.papers import write_report

PAGE = "https://zhiping.example.cn/verify/"
CHECKPOINT = "zhiping.example.cn/log · 1204 · 3F2A9C0D1B2E4F5A6B7C"


def test_address_names_number_fingerprint_and_checkpoint():
    found = code.address(PAGE, number="质评〔2026〕3号", fingerprint="3367 2296", checkpoint=CHECKPOINT)
    number = "%E8%B4%A8%E8%AF%84%E3%80%942026%E3%80%953%E5%8F%B7"
    checkpoint = "zhiping.example.cn%2Flog,1204,3F2A9C0D1B2E4F5A6B7C"
    assert found == f"{PAGE}#n={number}&f=33672296&c={checkpoint}"


def test_address_leaves_out_what_is_not_known():
    assert code.address(PAGE, number="", fingerprint="33") == f"{PAGE}#f=33"


@pytest.fixture
def issued():
    signed = replace(FULL.report, reviewer="王审核", signer="李签发")
    about = replace(FULL, verify_at=PAGE, checkpoint=CHECKPOINT, report=signed)
    return report_of(RESULT, RUBRIC, about)


def test_code_of_an_issued_report_is_the_address(issued):
    known = {"fingerprint": issued.facts["fingerprint"], "checkpoint": CHECKPOINT}
    expected = code.address(PAGE, number="敖质评〔2026〕3 号", **known)
    assert issued.charts["code"].svg == code.svg(expected)


@pytest.mark.parametrize("comments", [True, False])
def test_draft_and_report_without_a_page_have_no_code(comments):
    about = replace(FULL, verify_at=PAGE if comments else "")
    assert "code" not in report_of(RESULT, RUBRIC, about, comments=comments).charts


def test_pdf_prints_code_reviewer_and_signer(issued, tmp_path):
    file = write_pdf(issued, tmp_path / "report.pdf")
    text = [page.extract_text() for page in PdfReader(file).pages]
    assert [words for words in ("扫码核验本报告", "王审核", "李签发") if words not in text[0]] == []
    (signed,) = (page for page in text[1:] if "评价组签字" in page and "盖章" in page)
    assert "扫码核验本报告" in signed


def test_word_prints_code_reviewer_and_signer(issued, tmp_path):
    write_report(issued, tmp_path / "report.docx")
    document = Document(tmp_path / "report.docx")
    drawn = [shape._inline.docPr.get("descr") for shape in document.inline_shapes]
    assert drawn.count(issued.charts["code"].words) == 2
    rows = [[cell.text for cell in row.cells] for row in document.tables[0].rows]
    assert rows[-3:-1] == [["审核", "王审核"], ["签发", "李签发"]]
