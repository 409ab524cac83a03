"""Criteria that the names of files and folders state."""

import pytest

from zhiping.documents.files import rubric_file
from zhiping.domain.evidence import criteria_of

RUBRIC = rubric_file.bundled()


@pytest.mark.parametrize(
    ("path", "criteria"),
    [
        ("3.4 设备台账.pdf", ("3.4",)),
        ("3.4设备台账.pdf", ("3.4",)),
        ("3.4.pdf", ("3.4",)),
        ("３．４　设备台账.pdf", ("3.4",)),
        ("3.4、3.5 台账.pdf", ("3.4", "3.5")),
        ("3.4 3.5,3.4+4.1 台账.pdf", ("3.4", "3.5", "4.1")),
        ("12.10 说明.pdf", ()),
        ("b.1 荣誉.jpg", ("B.1",)),
        ("Ｂ．２荣誉.jpg", ("B.2",)),
        ("材料/3.4/台账.pdf", ("3.4",)),
        ("3.4/5.1 台账.pdf", ("5.1",)),
        ("3.4/更多/台账.pdf", ("3.4",)),
        ("3.4\\台账.pdf", ("3.4",)),
        ("3.4.1 台账.pdf", ()),
        ("2024.05 台账.pdf", ()),
        ("99.9 台账.pdf", ()),
        ("3.4 99.9 台账.pdf", ()),
        ("99.9 台账/3.4/a.pdf", ("3.4",)),
        ("台账 3.4.pdf", ()),
        ("台账.pdf", ()),
        ("", ()),
    ],
)
def test_criteria_are_those_a_name_begins_with(path, criteria):
    assert criteria_of(path, RUBRIC) == criteria
