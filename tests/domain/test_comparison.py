"""Comparison of rubric versions, and its agreement with the two hashes."""

from dataclasses import replace
from fractions import Fraction

import pytest

from zhiping.documents.files import rubric_file
from zhiping.domain.comparison import changes
from zhiping.domain.rubric import Level, Text

TABLE = rubric_file.bundled()


def edited(path, **values):
    """Return the bundled table with one part changed; `path`: positions down the tree."""

    def go(part, rest):
        if not rest:
            return replace(part, **values)
        name = {"Rubric": "dimensions", "Dimension": "indicators", "Indicator": "criteria"}[
            type(part).__name__
        ]
        parts = list(getattr(part, name))
        parts[rest[0]] = go(parts[rest[0]], rest[1:])
        return replace(part, **{name: tuple(parts)})

    return go(TABLE, path)


def summary(old, new):
    return [(change.part, change.id, change.what) for change in changes(old, new)]


def test_same_table_has_no_changes():
    assert changes(TABLE, edited(())) == ()


@pytest.mark.parametrize(
    ("path", "values", "expected"),
    [
        ((), {"version": "2026"}, ("table", "", "wording")),
        ((), {"urgent": ("1.1",)}, ("table", "", "wording")),
        ((0,), {"name": Text("保障能力")}, ("dimension", TABLE.dimensions[0].id, "wording")),
        ((0,), {"max": Fraction(31)}, ("dimension", TABLE.dimensions[0].id, "scale")),
        ((0, 0), {"focus": Text("新要求")}, ("indicator", "1", "wording")),
        ((0, 0, 1), {"text": Text("新评分项")}, ("criterion", "1.2", "wording")),
        ((0, 0, 1), {"place": "别处"}, ("criterion", "1.2", "wording")),
        (
            (0, 0, 1),
            {"levels": (Level(Fraction(0), Fraction(1), Text("有")),)},
            ("criterion", "1.2", "scale"),
        ),
    ],
)
def test_change_is_reported_at_its_part(path, values, expected):
    assert summary(TABLE, edited(path, **values)) == [expected]


def test_level_with_new_words_only_changes_wording():
    levels = TABLE.criteria["1.2"].levels
    other = (replace(levels[0], text=Text("另一种说法")), *levels[1:])
    assert summary(TABLE, edited((0, 0, 1), levels=other)) == [("criterion", "1.2", "wording")]


def test_added_and_removed_criteria_also_change_their_parents():
    criteria = TABLE.indicators[0].criteria
    fewer = edited((0, 0), criteria=criteria[:-1])
    gone = criteria[-1].id
    assert summary(TABLE, fewer) == [("indicator", "1", "scale"), ("criterion", gone, "removed")]
    assert summary(fewer, TABLE) == [("indicator", "1", "scale"), ("criterion", gone, "added")]
    [change] = [c for c in changes(TABLE, fewer) if c.what == "removed"]
    assert (change.before, change.after) == (criteria[-1], None)


def test_changed_bands_and_caps_are_reported():
    best, *rest = TABLE.bands
    higher = edited((), bands=(replace(best, lower=Fraction(91)), *rest))
    renamed = edited((), bands=(replace(best, name=Text("最好")), *rest))
    assert summary(TABLE, higher) == [("grade", best.grade, "scale")]
    assert summary(TABLE, renamed) == [("grade", best.grade, "wording")]
    first = TABLE.caps[0]
    name = f"{first.channel} {first.criterion}"
    assert summary(TABLE, edited((), caps=TABLE.caps[1:])) == [("cap", name, "removed")]
    lower = (replace(first, max=first.max + 1), *TABLE.caps[1:])
    assert summary(TABLE, edited((), caps=lower)) == [("cap", name, "scale")]


def test_reordering_is_reported():
    assert summary(TABLE, edited((), caps=TABLE.caps[::-1])) == [("cap", "", "order")]


def test_changes_agree_with_both_hashes():
    """No changes if and only if the wording hashes are equal; likewise scale changes and the scale hashes."""
    criterion = TABLE.criteria["3.1"]
    versions = [
        TABLE,
        edited((), version="2026"),
        edited((0, 2, 0), text=Text("另一项")),
        edited((0, 2, 0), levels=criterion.levels[:1]),
        edited((0, 2), criteria=TABLE.indicators[2].criteria[1:]),
        edited((), caps=()),
    ]
    for old in versions:
        for new in versions:
            found = changes(old, new)
            assert (found == ()) == (old.wording_sha256 == new.wording_sha256)
            scale = [c for c in found if c.what != "wording" and c.part not in ("cap", "table")]
            assert (scale == []) == (old.scale_sha256 == new.scale_sha256)
