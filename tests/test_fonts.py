"""Papers printed in tests are readable: Chinese characters, drawn by a font that has them."""

import re

import pytest
from fontTools import subset
from fontTools.ttLib import TTFont
from pypdf import PdfReader
from tests.documents import evaluations
from tests.fonts import BUNDLED

from zhiping.documents.files.rubric_file import bundled
from zhiping.documents.papers.word.papers import write_papers

CHINESE = re.compile("[\u4e00-\u9fff]")
PLATFORM = evaluations.PLATFORM.name


@pytest.fixture(scope="module")
def notice(tmp_path_factory):
    """The notice of an evaluation, as Word."""
    folder = tmp_path_factory.mktemp("papers")
    return write_papers("prepare", evaluations.ABOUT, bundled(), None, folder)[0]


@pytest.fixture(scope="module")
def latin(tmp_path_factory):
    """A folder with one font, which has ASCII alone: all that a bare machine has."""
    folder = tmp_path_factory.mktemp("latin")
    with TTFont(BUNDLED / "NotoSansSC-Regular.otf") as font:
        cut = subset.Subsetter()
        cut.populate(unicodes=range(0x20, 0x7F))
        cut.subset(font)
        font.save(folder / "latin.otf")
    return folder


def printed(path):
    """Return the text of a PDF without blanks, and the names of the fonts embedded in it."""
    pages = PdfReader(path).pages
    names = set()
    for page in pages:
        for font in page["/Resources"]["/Font"].values():
            embedded = font.get("/DescendantFonts", [font])[0]["/FontDescriptor"]
            assert embedded.keys() & {"/FontFile", "/FontFile2", "/FontFile3"}
            names.add(embedded["/FontName"])
    return "".join("".join(page.extract_text() for page in pages).split()), names


def test_paper_printed_in_tests_is_readable(soffice, notice, tmp_path):
    [path] = soffice([notice], "pdf", tmp_path)
    text, fonts = printed(path)
    assert PLATFORM in text
    assert len(CHINESE.findall(text)) > 200
    assert all(re.search("Noto(Sans|Serif)SC", name) for name in fonts)


def test_paper_printed_without_a_chinese_font_is_unreadable(soffice, notice, latin, tmp_path):
    """The positive control: the same paper where no font has its characters."""
    [path] = soffice([notice], "pdf", tmp_path, fonts=latin)
    text, _ = printed(path)
    assert text
    assert not CHINESE.search(text)
