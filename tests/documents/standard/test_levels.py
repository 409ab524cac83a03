"""How levels are written: each way of writing, the levels it means, and what stays doubtful."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhiping.documents.standard.branches import shown
from zhiping.documents.standard.levels import read_levels
from zhiping.documents.standard.scores import folded
from zhiping.domain.doubt import Note

# words, maximum printed elsewhere, levels, each level's words
WRITTEN = [
    ("窗口常开，2分；时开时停，0分。", None, "2 / 0", ["窗口常开", "时开时停"]),
    (
        "有人值守，2分；值守不全，1分；无人值守，0分。",
        None,
        "2 / 1 / 0",
        ["有人值守", "值守不全", "无人值守"],
    ),
    ("能答疑，4分，不能答疑，0~3分", None, "4 / 0~3", ["能答疑", "不能答疑"]),
    ("能答疑,3分;不能答疑,0~2分.", None, "3 / 0~2", ["能答疑", "不能答疑"]),
    ("台账完整，2分；台账不全，0～1分", None, "2 / 0~1", ["台账完整", "台账不全"]),
    (
        "台账完整，３分；台账不全，１～２分；没有台账，０分",
        None,
        "3 / 1~2 / 0",
        ["台账完整", "台账不全", "没有台账"],
    ),
    ("台账完整，4分；台账不全，2—3分；没有，0-1分", None, "4 / 2~3 / 0~1", ["台账完整", "台账不全", "没有"]),
    ("台账完整，4分；台账不全，1分至3分；没有，0分", None, "4 / 1~3 / 0", ["台账完整", "台账不全", "没有"]),
    ("台账完整，4分；台账不全，3~1分；没有，0分", None, "4 / 1~3 / 0", ["台账完整", "台账不全", "没有"]),
    ("公开收费标准，1分；否则0分。", None, "1 / 0", ["公开收费标准", "否则"]),
    ("公开收费标准，3分；否则0~2分", None, "3 / 0~2", ["公开收费标准", "否则"]),
    ("资料齐全得2分，资料不全得1分，没有资料不得分", None, "2 / 1 / 0", ["资料齐全", "资料不全", "没有资料"]),
    ("资料齐全的得两分；不齐的不计分", None, "2 / 0", ["资料齐全", "不齐的"]),
    ("资料齐全，满分4分；资料不齐，2分；没有，0分", None, "4 / 2 / 0", ["资料齐全", "资料不齐", "没有"]),
    (
        "本项满分4分。资料齐全，4分；资料不齐，2分；没有，0分",
        None,
        "4 / 2 / 0",
        ["资料齐全", "资料不齐", "没有"],
    ),
    ("（4分）资料齐全，4分；资料不齐，0~3分", None, "4 / 0~3", ["资料齐全", "资料不齐"]),
    ("资料齐全（含目录）（4分）；资料不齐（0~3分）", None, "4 / 0~3", ["资料齐全（含目录）", "资料不齐"]),
    ("2分：资料齐全；1分：资料不齐；0分：没有", None, "2 / 1 / 0", ["资料齐全", "资料不齐", "没有"]),
    ("（2分）资料齐全；（0分）没有资料", None, "2 / 0", ["资料齐全", "没有资料"]),
    ("资料齐全，0.5分；没有，0分", None, "0.5 / 0", ["资料齐全", "没有"]),
    ("满意度90分以上，2分；低于60分，0分", None, "2 / 0", ["满意度90分以上", "低于60分"]),
    (
        "十分钟内答复，2分；30分钟内答复，1分；不答复，0分",
        None,
        "2 / 1 / 0",
        ["十分钟内答复", "30分钟内答复", "不答复"],
    ),
    ("不得分包业务，1分；否则0分", None, "1 / 0", ["不得分包业务", "否则"]),
    ("每年开展一次培训，得2分；未开展，0分", None, "2 / 0", ["每年开展一次培训", "未开展"]),
    ("服务评比分档：优得5分，良得3分，差得0分", None, "5 / 3 / 0", ["优", "良", "差"]),
]

DEDUCTED = [
    ("每缺一项扣1分；齐全，3分", None, "3 / 0~2 (1)", ["齐全", "每缺一项扣1分；齐全，3分"]),
    (
        "制度齐全，4分；每缺一项扣0.5分，扣完为止。",
        None,
        "4 / 0~3.5 (0.5)",
        ["制度齐全", "每缺一项扣0.5分，扣完为止"],
    ),
    ("建立制度。每缺一项扣1分，扣完为止。", 3, "3 / 0~2 (1)", ["建立制度", "每缺一项扣1分，扣完为止"]),
    ("满分3分，每缺一项扣1分", None, "3 / 0~2 (1)", ["不扣分", "满分3分，每缺一项扣1分"]),
    ("缺一项扣1分，最多扣2分", 5, "5 / 3~4 (1)", ["不扣分", "缺一项扣1分，最多扣2分"]),
    ("每缺一项扣1.5分，扣完为止", 4, "4 / 1~2.5 (1.5) / 0", ["不扣分", *["每缺一项扣1.5分，扣完为止"] * 2]),
    ("每缺一项扣3分", 2, "2 / 0", ["不扣分", "每缺一项扣3分"]),
    ("没有记录的，扣2分", 5, "5 / 3", ["不扣分", "没有记录的，扣2分"]),
    ("记录不全的，酌情扣1~2分", 5, "5 / 3~4", ["不扣分", "记录不全的，酌情扣1~2分"]),
    (
        "每缺一项扣1分；没有记录的不得分",
        3,
        "3 / 1~2 (1) / 0",
        ["不扣分", "每缺一项扣1分", "没有记录的"],
    ),
    ("每缺一项扣3分；没有记录的不得分", 3, "3 / 0", ["不扣分", "没有记录的"]),
    (
        "没有记录的不得分，每缺一项扣1分",
        2,
        "2 / 1 (1) / 0",
        ["不扣分", "每缺一项扣1分", "没有记录的"],
    ),
]

AWARDED = [
    ("每有一项得0.5分，最高2分", None, "0~2 (0.5)"),
    ("每增加一项加2分", 5, "5 / 0~4 (2)"),
    ("办结事项1分/项，累计不超过3分", None, "0~3 (1)"),
    ("办结事项每件得1分，3分封顶", None, "0~3 (1)"),
]


@pytest.mark.parametrize(("words", "printed", "levels", "phrases"), WRITTEN + DEDUCTED)
def test_levels_are_read_as_written(words, printed, levels, phrases):
    reading = read_levels(words, printed=printed and Fraction(printed))
    assert (shown(reading.levels), [level.text.zh for level in reading.levels]) == (levels, phrases)
    assert reading.notes == ()


@pytest.mark.parametrize(("words", "printed", "levels"), AWARDED)
def test_awards_per_piece_go_up_to_their_cap(words, printed, levels):
    reading = read_levels(words, printed=printed and Fraction(printed))
    assert (shown(reading.levels), reading.text, reading.notes) == (levels, words, ())


def test_honours_in_one_sentence_have_their_own_words_and_the_whole_is_kept():
    words = "获得表扬，其中国家级5分，省级3分，市级2分，只计最高一级，不累加。"
    reading = read_levels(words, bonus=True)
    assert shown(reading.levels) == "5 / 3 / 2"
    assert [level.text.zh for level in reading.levels] == ["国家级", "省级", "市级"]
    assert (reading.text, reading.notes) == (words, ())


def test_text_is_the_best_levels_words_where_nothing_else_is_stated():
    assert read_levels("不公开，0分；公开，1分").text == "公开"
    assert read_levels("公开，1分；不公开，0分，下同").text == "公开，1分；不公开，0分，下同"


# words, maximum printed elsewhere, levels of the draft, doubts (code, found, proposed)
DOUBTFUL = [
    ("资料齐全，3分", None, "3 / 0", [("no_zero", "3", "0（否则）")]),
    ("齐全，3分；不全，1~2分", None, "3 / 1~2 / 0", [("no_zero", "3 / 1~2", "0（否则）")]),
    ("齐全，4分；不全，0~2分", None, "4 / 0~2", [("gap", "4 / 0~2", "4 / 0~2")]),
    (
        "优，4~5分；良，2~4分；差，0~2分",
        None,
        "4~5 / 2~3 / 0~1",
        [("overlap", "4~5 / 2~4", "4~5 / 2~3"), ("overlap", "2~3 / 0~2", "2~3 / 0~1")],
    ),
    ("甲类，2分；乙类，2分；丙类，0分", None, "2 / 0", [("overlap", "2 / 2", "2")]),
    ("齐全，1.5分；不全，0~1分；缺页，0.5分", None, "1.5 / 0~1", [("overlap", "0~1 / 0.5", "0~1")]),
    ("齐全，0~1.5分", None, "0~1.5 (0.5)", [("half_step", "0~1.5 (0.5)", "0.5")]),
    ("有甲，2分；有乙，2分", 4, "0~4 (2)", [("added_up", "2+2", "0~4 (2)")]),
    ("齐全，2分；不全，0分", 3, "2 / 0", [("maximum", "3 ≠ 2", "2")]),
    ("泄密的一票否决；合规，1分；违规，0分", None, "1 / 0", [("veto", "否决", "")]),
    ("4分；0~3分", None, "4 / 0~3", [("no_words", "4", "4分；0~3分"), ("no_words", "0~3", "4分；0~3分")]),
    ("发现一处扣1分，出事故扣5分", 10, "10 / 0~9 (1)", [("mixed", "-1 / -5", "10 / 0~9 (1)")]),
    ("有制度，1分；每有一项得0.5分，最高3分", None, "0~3 (0.5)", [("mixed", "1 / 0.5", "0~3 (0.5)")]),
]


@pytest.mark.parametrize(("words", "printed", "levels", "doubts"), DOUBTFUL)
def test_doubtful_levels_are_proposed_and_noted(words, printed, levels, doubts):
    reading = read_levels(words, printed=printed and Fraction(printed))
    assert (shown(reading.levels), [tuple(note) for note in reading.notes]) == (levels, doubts)


@pytest.mark.parametrize(
    "words",
    [
        "视情况给分",
        "",
        "没有，0分",
        "每缺一项扣1分",
        "每有一项得1分",
        "0~5000分；没有，0分",
        "优，2分；" * 1000,
        "优2分" * 41,
    ],
    ids=["no points", "nothing", "only 0", "no maximum", "no cap", "too many marks", "too long", "too many"],
)
def test_words_without_understood_points_have_no_levels(words):
    assert read_levels(words).levels == ()


def test_a_lone_branch_of_a_bonus_needs_no_zero():
    reading = read_levels("媒体报道，2分，不累加。", bonus=True)
    assert (shown(reading.levels), reading.notes) == ("2", ())


@given(st.text())
def test_folding_keeps_every_character_in_its_place(words):
    assert len(folded(words)) == len(words)


GENRE = st.lists(
    st.sampled_from(
        [
            *"甲乙，。；：、（）每扣得加满缺项一最高其中",
            "分",
            "2分",
            "0~3分",
            "1.5分",
            "不得分",
            "扣0.5分",
            "每项",
            "满分4分",
            "3分封顶",
            "/项",
            "扣1~2分",
            "否决",
        ]
    ),
    max_size=25,
).map("".join)


@given(GENRE, st.sampled_from([None, 0, 1, 2, 4]), st.booleans())
def test_any_words_give_disjoint_levels_best_first(words, printed, bonus):
    reading = read_levels(words, printed=None if printed is None else Fraction(printed), bonus=bonus)
    for better, worse in zip(reading.levels, reading.levels[1:], strict=False):
        assert worse.low <= worse.high < better.low <= better.high
    for level in reading.levels:
        assert level.text.zh
        assert level.marks(Fraction(1))[-1] == level.high
        assert level.low >= 0


def test_the_same_words_for_different_points_are_a_doubt():
    found = read_levels("机构成立，2分；机构成立，0分")
    assert shown(found.levels) == "2 / 0"
    assert found.notes == (Note("same_words", "2 / 0：机构成立", ""),)
