"""Files of members' devices, read by the command line as sheets."""

import json
from fractions import Fraction

import pytest

from zhiping.documents.files import rubric_file
from zhiping.documents.files.device_file import FORMAT, read_devices
from zhiping.domain.errors import Invalid
from zhiping.domain.exact import number_text

TABLE = rubric_file.bundled()
STEP = Fraction(1)


def mark(criterion, points, **texts):
    empty = {"reason": "", "advice": "", "note": "", "no_level": False, "evidence": []}
    return {"criterion": criterion, "points": points, **empty, **texts}


def event(criterion, points, **texts):
    return {
        **mark(criterion, points, **texts),
        "id": criterion,
        "replaces": None,
        "at": "2026-05-20T09:00:00Z",
    }


def device(folder, name="陈立", *, events=(), drop=(), **other):
    """Write the file of a device whose server had full marks, with events not sent yet."""
    marks = [mark(c.id, number_text(c.max)) for c in TABLE.base if c.id not in drop]
    content = {
        "format": FORMAT, "evaluation": "1", "sheet": "2", "platform": "某平台", "name": name,
        "rubric": {"title": "", "wording_sha256": TABLE.wording_sha256}, "marks": marks,
        "events": list(events), "photos": [], **other,
    }  # fmt: skip
    path = folder / f"{name}.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_events_that_were_not_sent_replace_the_marks_of_the_server(tmp_path):
    path = device(tmp_path, events=[event("3.1", "0", reason="无"), event("3.1", "1", reason="缺一处")])
    (sheet,) = read_devices([path], TABLE, STEP, platform="某平台")
    assert (sheet.expert_id, sheet.name, sheet.date) == ("陈立", "陈立", "2026-05-20")
    assert (sheet.marks["3.1"].points, sheet.marks["3.1"].reason) == (Fraction(1), "缺一处")
    assert len(sheet.marks) == 49


def test_every_fault_of_every_file_is_reported(tmp_path):
    broken = tmp_path / "坏.json"
    broken.write_text('{"format": "other"}', encoding="utf-8")
    paths = [
        broken,
        device(tmp_path, "甲", drop=("3.1",)),
        device(tmp_path, "乙", events=[event("3.2", "7")]),
        device(tmp_path, "丙", platform="另一平台"),
    ]
    with pytest.raises(Invalid) as caught:
        read_devices(paths, TABLE, STEP, platform="某平台")
    assert [(p.code, p.where[0]) for p in caught.value.problems] == [
        ("device.unreadable", "坏.json"),
        ("mark.missing", "甲.json"),
        ("mark.illegal", "乙.json"),
        ("device.platform", "丙.json"),
    ]


@pytest.mark.parametrize("content", ["", "[]", "{}", '"x"', '{"format": "zhiping-fieldwork/1"}', "\ud800"])
def test_other_files_are_refused(tmp_path, content):
    path = tmp_path / "x.json"
    path.write_text(content, encoding="utf-8", errors="surrogatepass")
    with pytest.raises(Invalid) as caught:
        read_devices([path], TABLE, STEP)
    assert [p.code for p in caught.value.problems] == ["device.unreadable"]
