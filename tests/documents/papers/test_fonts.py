"""Which characters the report's fonts can print, compared with another reader of the fonts."""

import sys

import pytest
from fontTools.ttLib import TTFont

from zhiping.documents.papers import fonts


def _gbk():
    """Every character of GBK, the set an office in China types with."""
    pairs = (bytes((high, low)) for high in range(0x81, 0xFF) for low in range(0x40, 0xFF))
    return {text for pair in pairs if len(text := pair.decode("gbk", "ignore")) == 1 and text > "\x7f"}


@pytest.fixture(scope="module")
def maps():
    found = []
    for path in fonts.paths():
        with TTFont(path, lazy=True) as font:
            found.append(set(font.getBestCmap()))
    return found


def test_covered_is_what_fonttools_finds_in_both_fonts(maps):
    heading, body = maps
    assert {code for code in range(sys.maxunicode + 1) if fonts.covered(code)} == heading & body


def test_every_character_of_gbk_but_one_can_be_printed():
    assert fonts.missing("".join(_gbk())) == {"≒"}


def test_ascii_and_layout_can_be_printed():
    assert fonts.missing("".join(map(chr, range(32, 127))) + "\n\t\r") == set()


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("乌兰😀", "乌兰〓"),
        ("ᠮᠣᠩᠭᠣᠯ", "〓〓〓〓〓〓"),
        ("a\ud800b", "a〓b"),
        ("a\x00\x1b\x7fb", "ab"),
        ("a\u202eb\u2066c\u200bd\u200de\ufefff", "abcdef"),
        ("\ue000\U000f0000", "〓〓"),
        ("字\ufe0f\U000e0100", "字"),
        ("a\u1680b", "a b"),
        ("第 1 行\n第 2 行\t完", "第 1 行\n第 2 行\t完"),
        ("㎡①Ⅳ№—…“”～", "㎡①Ⅳ№—…“”～"),
    ],
    ids=range(10),
)
def test_replaced_keeps_what_prints_and_marks_what_does_not(text, printed):
    assert fonts.replaced(text) == printed


def test_missing_names_each_character_once():
    assert fonts.missing("😀😀\u200b好") == {"😀", "\u200b"}


def test_faces_are_the_two_bundled_families_alone():
    assert fonts.faces().families() == ["Noto Sans SC", "Noto Serif SC"]
