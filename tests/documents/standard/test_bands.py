"""Grades as tables print them."""

import pytest
from tests.documents.standard.rows import FULL, HEAD, draft

from zhiping.domain.rubric import problems

GRADE_TABLES = [
    (["优秀|≥90分", "合格|80～89分", "不合格|<80分"], [90, 80, 0], [("band_gap", "89 < x < 90", "合格")]),
    (["优秀|90~100", "合格|80~90", "不合格|80以下"], [90, 80, 0], [("band_overlap", "90", "优秀")]),
    (["优秀|90分及以上", "合格|80-90分（不含90分）", "不合格|不足80分"], [90, 80, 0], []),
    (["优秀|[90,100]", "合格|[80,90)", "不合格|[0,80)"], [90, 80, 0], []),
    (
        ["不合格|≤79", "合格|80～89.99", "优秀|90以上"],
        [90, 80, 0],
        [("band_gap", "79 < x < 80", "不合格"), ("band_gap", "89.99 < x < 90", "合格")],
    ),
    (["优秀|90以上", "良好|90以上", "合格|0~90（不含90）"], [90, 0], [("band_overlap", "90", "优秀")]),
    (
        ["优秀|90以上", "优秀|80以上", "合格|60以上"],
        [90, 0],
        [("band_twice", "优秀", ""), ("band_floor", "合格 60", "0")],
    ),
    (["优秀|高分", "合格|0~100"], [0], [("band_unread", "优秀 高分", "")]),
    (["|90"], [90, 80, 0], [("band_unread", "90", ""), ("no_bands", "", "优秀 90 / 合格 80 / 不合格 0")]),
]


@pytest.mark.parametrize(("rows", "bounds", "expected"), GRADE_TABLES)
def test_grades_are_read_by_their_lower_bounds(rows, bounds, expected):
    found = draft([HEAD, *FULL], ["评价等级|得分", *rows])
    assert [band.lower for band in found.rubric.bands] == bounds
    assert sorted((d.code, d.found, d.proposed) for d in found.doubts) == sorted(expected)
    assert list(problems(found.rubric)) == []
