"""Labels, points and cells of several items."""

from fractions import Fraction

import pytest

from zhiping.documents.standard.headers import compact
from zhiping.documents.standard.items import label, pieces, points


@pytest.mark.parametrize(
    ("printed", "read_as"),
    [
        ("组织机构 (8 分)", ("组织机构", 8)),
        ("保密和信息 安全（３分）", ("保密和信息安全", 3)),
        ("一、基础建设（30分）", ("基础建设", 30)),
        ("（二）场地：满分10分", ("场地", 10)),
        ("2.1 服务（12.5）", ("服务", Fraction("12.5"))),
        ("服务场所", ("服务场所", None)),
        ("（50 分）", ("", 50)),
        ("", ("", None)),
    ],
)
def test_label_has_a_name_and_its_points(printed, read_as):
    assert label(printed) == read_as


@pytest.mark.parametrize(
    ("printed", "number"), [("4", 4), ("４ 分", 4), ("2.5分", Fraction("2.5")), ("四", None), ("", None)]
)
def test_points_are_a_number_or_none(printed, number):
    assert points(printed) == number


@pytest.mark.parametrize(
    ("cell", "items"),
    [
        ("甲，2 分；乙，0 分。", [(None, "甲，2分；乙，0分。")]),
        ("3. 甲，2分。", [(3, "甲，2分。")]),
        ("1. 甲，2分。2. 乙，1分。", [(1, "甲，2分。"), (2, "乙，1分。")]),
        ("1. 甲，2分\n 2．乙，1分", [(1, "甲，2分"), (2, "乙，1分")]),
        ("（1）甲，2分；（2）乙，1分", [(1, "甲，2分；"), (2, "乙，1分")]),
        ("1、制度：（1）甲；（2）乙，2分。", [(1, "制度：（1）甲；（2）乙，2分。")]),
        ("1. 甲见2.的要求，2分", [(1, "甲见2.的要求，2分")]),
        ("3.5 甲，2分\n3.6 乙，1分", [(5, "甲，2分"), (6, "乙，1分")]),
        ("1. 甲\n（含 ISO 9001）\n2. 乙", [(1, "甲（含ISO 9001）"), (2, "乙")]),
        ("1.5分：甲；0分：乙", [(None, "1.5分：甲；0分：乙")]),
        ("1.", [(1, "–")]),
        ("甲，2分\n乙，1分", [(None, "甲，2分乙，1分")]),
        ("甲，2分；乙，0分\n丙，1分；丁，0分", [(None, "甲，2分；乙，0分"), (None, "丙，1分；丁，0分")]),
        (
            "甲，2分；乙，0分\n2. 丙，1分\n3. 丁，1分",
            [(None, "甲，2分；乙，0分"), (2, "丙，1分"), (3, "丁，1分")],
        ),
        ("提示\n2. 丙，1分", [(None, "提示2.丙，1分")]),
        (" \n ", []),
        ("1. 甲，2分。" * 4000, [(None, "1.甲，2分。" * 4000)]),
    ],
)
def test_cell_is_split_by_its_own_kind_of_numbers(cell, items):
    assert pieces(cell) == items


def test_compact_accepts_layout_spaces_only():
    assert compact(" 按 ISO 9001 \n 开展 GB/T 24421 评价\x07 ，2 分 ") == "按ISO 9001开展GB/T 24421评价，2分"
