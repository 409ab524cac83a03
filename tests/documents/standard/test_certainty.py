"""Ways of writing levels in which points or words are easily lost: read right, or doubted."""

from fractions import Fraction

import pytest

from zhiping.documents.standard.branches import shown
from zhiping.documents.standard.levels import read_levels

# words, printed maximum, levels, each level's words: nothing to doubt
CERTAIN = [
    (
        "甲级8分：台账完整，逐日登记；乙级5分：台账完整；丙级0分：没有台账",
        8,
        "8 / 5 / 0",
        ["甲级：台账完整，逐日登记", "乙级：台账完整", "丙级：没有台账"],
    ),
    (
        "优秀（7~8分）台账完整；良好（4~6分）台账较完整；差（0~3分）没有台账",
        8,
        "7~8 / 4~6 / 0~3",
        ["优秀：台账完整", "良好：台账较完整", "差：没有台账"],
    ),
    (
        "优秀7~8分，台账完整；良好4~6分，台账较完整；差0~3分，没有台账",
        8,
        "7~8 / 4~6 / 0~3",
        ["优秀：台账完整", "良好：台账较完整", "差：没有台账"],
    ),
    (
        "完整8分（有目录），一般4分（无目录），没有0分（或不提供）",
        8,
        "8 / 4 / 0",
        ["完整（有目录）", "一般（无目录）", "没有（或不提供）"],
    ),
    ("完整得满分，一般得4分，没有不得分", 8, "8 / 4 / 0", ["完整", "一般", "没有"]),
    (
        "好评率90分及以上，8分；80～89分，5分；80分以下，0分",
        8,
        "8 / 5 / 0",
        ["好评率90分及以上", "80～89分", "80分以下"],
    ),
    ("未设台账的不得分；台账不全的扣3分", 8, "8 / 5 / 0", ["不扣分", "台账不全的扣3分", "未设台账的"]),
    (
        "未设台账的不得分；台账不全的，每缺一项扣3分",
        8,
        "8 / 2~5 (3) / 0",
        ["不扣分", "台账不全的，每缺一项扣3分", "未设台账的"],
    ),
    ("0.5分/项，共8分", 8, "0~8 (0.5)", None),
    ("2分/次，上限8分", 8, "0~8 (2)", None),
    ("0.5分每项，上限8分", None, "0~8 (0.5)", None),
    ("1项0.5分，最多8分", None, "0~8 (0.5)", None),
    ("每发现一处扣0.5分，扣完4分为止", 8, "8 / 4~7.5 (0.5)", None),
    ("每发现一处扣0.5分，扣至0分为止", 8, "8 / 0~7.5 (0.5)", None),
    ("完整得十二分，没有不得分", 12, "12 / 0", ["完整", "没有"]),
    ("完整——8分；没有——0分", 8, "8 / 0", ["完整", "没有"]),
    ("采用5分制，完整8分，没有0分", 8, "8 / 0", ["采用5分制，完整", "没有"]),
    ("完整8分/不全4分/没有0分", 8, "8 / 4 / 0", ["完整", "不全", "没有"]),
    ("30分内到场得8分，30分以上到场不得分", 8, "8 / 0", ["30分内到场", "30分以上到场"]),
    ("部分设备完好率达到80%，得8分；否则0分", 8, "8 / 0", ["部分设备完好率达到80%", "否则"]),
]

# words, printed maximum, levels, doubts (code, found, proposed)
DOUBTED = [
    ("全部到岗得8分，过半得一半分，无人得0分", 8, "8 / 4 / 0", [("share", "4")]),
    ("全部到岗得8分，过半得50%的分值，无人得0分", 8, "8 / 4 / 0", [("share", "4")]),
    ("全部到岗得8分，过半减半得分，无人得0分", 8, "8 / 4 / 0", [("share", "4")]),
    ("全部到岗得8分，过半得一半分，无人得0分", None, "8 / 4 / 0", [("share", "4")]),
    ("满足得8分，部分满足得50%，不满足不得分", 8, "8 / 4 / 0", [("share", "4")]),
    ("满足得8分，部分满足按50%计分，不满足不得分", 8, "8 / 4 / 0", [("share", "4")]),
    ("满足得8分，部分满足得该项分值的50%，不满足不得分", 8, "8 / 4 / 0", [("share", "4")]),
    ("满足得8分，部分满足得标准分的一半，不满足不得分", 8, "8 / 4 / 0", [("share", "4")]),
    ("满足得8分，部分满足得五成，不满足不得分", 8, "8 / 4 / 0", [("share", "4")]),
    ("满足得8分，部分满足得1/2，不满足不得分", 8, "8 / 4 / 0", [("share", "4")]),
    ("满足得8分，部分满足得二分之一，不满足不得分", 8, "8 / 4 / 0", [("share", "4")]),
    ("满足得8分，部分满足得百分之五十，不满足不得分", 8, "8 / 4 / 0", [("share", "4")]),
    ("满足得100%；部分满足得25％；不满足得0%", 8, "8 / 2 / 0", [("share", "2")]),
    ("满足得8分，部分满足50%，不满足不得分", 8, "8 / 0", [("left_over", "")]),
    ("满足得8分，部分满足得50%～80%，不满足不得分", 8, "8 / 0", [("left_over", "")]),
    ("满足得8分，部分满足扣50%，不满足不得分", 8, "8 / 0", [("left_over", "")]),
    ("满足得8分，部分满足得150%，不满足不得分", 8, "8 / 0", [("left_over", "")]),
    ("满足得8分，部分满足得0.5倍分值，不满足不得分", 8, "8 / 0", [("left_over", "")]),
    ("满足得8分，部分满足减三成，不满足不得分", 8, "8 / 0", [("left_over", "")]),
    ("满足得8分，部分满足得三分之一，不满足不得分", 8, "8 / 0", [("left_over", "")]),
    ("每缺一项扣0.5分，扣完2分为止", None, "2 / 0~1.5 (0.5)", [("mixed", "2 / 0~1.5 (0.5)")]),
    ("人员充足8分，不足4分，没有0分", 8, "8 / 4 / 0", [("condition", "4")]),
    ("人员充足8分，人员不足4分，没有0分", 8, "8 / 4 / 0", [("condition", "4")]),
    (
        "人员得分低于6分且不整改的，得2分；其余8分",
        8,
        "8 / 2 / 0",
        [("condition", ""), ("no_zero", "0（否则）")],
    ),
    ("好评90分及以上，8分；80～89分，5分；80分以下，0分", None, "8 / 5 / 0", [("condition", "")]),
    ("5分得8分，4分得6分，3分及以下不得分", 8, "8 / 6 / 0", [("condition", "")]),
    ("完整8分：有目录；一般4分，没有0分", 8, "8 / 4 / 0", [("word_side", "")]),
    ("完整8分，没有0分，目录须与台账一致", 8, "8 / 0", [("word_side", "")]),
    ("台账完整，未设的不得分，每缺一项扣2分", 8, "8 / 2~6 (2) / 0", [("word_side", "")]),
    ("得分=完成率×8", 8, "", [("formula", "")]),
    ("完成90%得8分；60%~90%按比例得分；低于60%不得分", 8, "", [("formula", "")]),
    ("全部到岗得8分，每缺一人扣一半", 8, "8 / 0", [("left_over", ""), ("no_zero", "0（否则）")]),
    ("全部到岗得8分，缺人的酌情给分", 8, "8 / 0", [("left_over", ""), ("no_zero", "0（否则）")]),
    ("全部到岗得8分，缺人的扣分", 8, "8 / 0", [("left_over", ""), ("no_zero", "0（否则）")]),
    ("未到岗的扣除全部分值，每缺一人扣1分", 8, "8 / 0~7 (1)", [("left_over", "")]),
    ("到岗8分，不到岗0分。有记录加2分", 8, "8 / 2 / 0", [("left_over", "")]),
    ("投诉一次-5分", 8, "", [("left_over", "")]),
    ("按程度得8、5、3分", 8, "", [("left_over", "")]),
    ("扣5分以内", 8, "", [("left_over", "")]),
    ("未达标的扣50%", 8, "", [("left_over", "")]),
    ("每服务一家得1分，最高20分；有投诉扣5分", 20, "20 / 0~19 (1)", [("mixed", "20 / 0~19 (1)")]),
    ("满分8分，其中：制度4分，记录4分", 8, "0~8 (4)", [("added_up", "0~8 (4)")]),
    ("有制度4分，有记录4分，都没有不得分", 8, "0~8 (4)", [("added_up", "0~8 (4)")]),
    ("出现事故直接评为不合格；无事故8分，其余0分", 8, "8 / 0", [("veto", "")]),
    (
        "基础分5分，每增加一家加2分，最高加4分",
        10,
        "0~10 (1)",
        [("mixed", "0~10 (1)"), ("left_over", "")],
    ),
]


@pytest.mark.parametrize(("words", "printed", "levels", "phrases"), CERTAIN)
def test_levels_and_their_words_are_read_whatever_their_order(words, printed, levels, phrases):
    reading = read_levels(words, printed=None if printed is None else Fraction(printed))
    assert (shown(reading.levels), reading.notes) == (levels, ())
    assert phrases is None or [level.text.zh for level in reading.levels] == phrases


@pytest.mark.parametrize(("words", "printed", "levels", "doubts"), DOUBTED)
def test_points_that_may_be_lost_are_a_doubt(words, printed, levels, doubts):
    reading = read_levels(words, printed=None if printed is None else Fraction(printed))
    assert shown(reading.levels) == levels
    assert [(note.code, note.proposed) for note in reading.notes] == doubts
    assert reading.top == printed


@pytest.mark.parametrize(
    ("words", "printed", "top"),
    [
        ("得分=完成率×8分", None, 8),
        ("视情况打分，最高得8分", None, 8),
        ("满分8分，视情况打分", None, 8),
        ("酌情", 5, 5),
    ],
)
def test_item_without_levels_keeps_its_printed_or_stated_maximum(words, printed, top):
    reading = read_levels(words, printed=printed and Fraction(printed))
    assert (reading.levels, reading.top) == ((), top)
