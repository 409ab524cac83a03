"""result.json: the published schema, the examples, and what is refused on the way back."""

import json
from pathlib import Path

import jsonschema
import pytest

from zhiping.documents.files import result_file, rubric_file
from zhiping.domain.errors import Invalid

EXPECTED = sorted((Path(__file__).parents[2] / "expected").glob("*.json"))
PUBLISHED = Path(result_file.__file__).with_name("result.schema.json")


def test_published_schema_is_the_one_of_the_types():
    assert json.loads(PUBLISHED.read_text(encoding="utf-8")) == result_file.schema()


@pytest.mark.parametrize("path", EXPECTED, ids=lambda path: path.stem)
def test_expected_results_keep_the_schema_and_read_back_unchanged(path):
    document = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(result_file.schema()).validate(document)
    assert result_file.load(path, rubric_file.bundled()) == document


def changed(tmp_path, change):
    document = json.loads(EXPECTED[0].read_text(encoding="utf-8"))
    change(document)
    path = tmp_path / "r.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        (lambda d: d.update(grade=3), "result.value", "grade"),
        (lambda d: d.update(status="done"), "result.value", "status"),
        (lambda d: d.update(extra=1), "result.unknown", ""),
        (lambda d: d["margin"].pop("to_next"), "result.missing", "margin"),
        (lambda d: d["criteria"][4].update(disputed=1), "result.value", "criteria[4].disputed"),
        (
            lambda d: d["criteria"][4]["marks"][0].update(level=True),
            "result.value",
            "criteria[4].marks[0].level",
        ),
        (lambda d: d.update(criteria={}), "result.value", "criteria"),
        (lambda d: d.update(schema="other/1"), "result.value", "schema"),
    ],
)
def test_a_changed_result_is_refused_at_its_place(tmp_path, change, code, place):
    path = changed(tmp_path, change)
    with pytest.raises(Invalid) as caught:
        result_file.load(path)
    assert [(p.code, p.where) for p in caught.value.problems] == [(code, ("r.json", place))]


def test_a_result_of_another_scale_is_refused(tmp_path):
    path = changed(tmp_path, lambda d: d["rubric"].update(scale_sha256="0" * 64))
    with pytest.raises(Invalid) as caught:
        result_file.load(path, rubric_file.bundled())
    assert [p.code for p in caught.value.problems] == ["result.scale"]


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff\xfe", b"[" * 100_000, b"NaN"])
def test_what_is_no_result_is_refused(tmp_path, content):
    path = tmp_path / "r.json"
    path.write_bytes(content)
    with pytest.raises(Invalid):
        result_file.load(path)
