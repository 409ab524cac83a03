"""Lines of a terminal: nothing is cut, and lines end where Chinese and English may."""

import pytest
from rich.cells import cell_len

from zhiping.cli.lines import cells, wrap

LOSSES = "失分评分项 12 个，共失 12 分；失分较多的是：标准服务 2 分，其余 10 个二级指标各 1 分。"
NAMES = "未在评价前签署：苏和、郝志平、乌云、李国栋、萨仁"
ENGLISH = "Agreement of the members' marks: α = 0.76; 79.6% of the criteria were marked alike by all."


@pytest.mark.parametrize("text", [LOSSES, NAMES, ENGLISH, "a" * 90, "字" * 90, "", "上\n下"])
@pytest.mark.parametrize("width", [10, 33, 80])
def test_wrap_cuts_nothing_and_keeps_the_width(text, width):
    lines = wrap(text, width)
    assert max(map(cells, lines)) <= width
    assert max(map(cell_len, lines)) <= width
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_wrap_keeps_numbers_with_their_measure_and_marks_off_the_ends():
    for width in range(20, 80):
        lines = wrap(LOSSES, width)
        assert not [line for line in lines if line[0] in "，；。：、"]
        assert not [line for line in lines[:-1] if line[-1].isdigit()]


def test_wrap_keeps_names_of_a_list_whole():
    for width in range(20, 60):
        for name in NAMES.partition("：")[2].split("、"):
            assert any(name in line for line in wrap(NAMES, width))
    assert wrap("Lead: 李国栋, 萨仁", 13) == ["Lead: 李国栋,", "萨仁"]


def test_wrap_breaks_english_at_blanks():
    assert wrap("one two three", 8) == ["one two", "three"]
    assert wrap("  indented words", 12) == ["  indented", "words"]


def test_cells_count_what_chinese_terminals_show_wide():
    assert (cells("评价"), cells("“评价”"), cells("abc"), cells("e\u0301")) == (4, 8, 3, 1)
