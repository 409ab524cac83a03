"""`zhiping verify`: a package with its result computed again, without a server."""

import json
import shutil

import pytest
from tests.cli.conftest import evaluation, only_json
from tests.cli.test_server_commands import loaded
from tests.documents.package.packages import KEY, package, world

from zhiping.documents.files import result_file, rubric_file
from zhiping.domain.result_document import for_operator
from zhiping.domain.transparency.canonical import sha256


@pytest.fixture
def concluded(zhiping, example, tmp_path):
    """Return an evaluation whose package holds a result that the command line computed, and its rubric."""

    def make(name="platform"):
        code, out, _ = zhiping(*evaluation(example(name)), "--json")
        assert code == 0
        return with_result(world(photos=1), only_json(out))

    return make


def with_result(made, result):
    """Conclude an evaluation with this result."""
    made.result = result
    made.files["result.json"] = result_file.dumps(result)
    made.files["rubric.toml"] = rubric_file.dumps(rubric_file.bundled()).encode()
    score = {"grade": result["grade"], "graded": result["score"]["graded"]}
    made.record(
        "evaluation", made.evaluation, "evaluation.concluded", {**score, "result_sha256": sha256(result)}
    )
    return made


@pytest.mark.parametrize("name", ["platform", "self"])
def test_result_is_computed_again(zhiping, concluded, tmp_path, name):
    built, _ = package(concluded(name), tmp_path, rubric="rubric.toml")
    (tmp_path / "key.txt").write_text(KEY.public)
    code, out, err = zhiping("verify", built.path, "--key", tmp_path / "key.txt", "--json")
    found = only_json(out)
    assert (code, found["faults"], err) == (0, [], "")
    assert found["package"]["computed"] is True
    assert [one["code"] for one in found["unchecked"]] == ["seal.none"]


def test_score_that_does_not_follow_from_the_marks_is_named(zhiping, concluded, tmp_path):
    made = concluded()
    result = json.loads(json.dumps(made.result))
    first = next(one for one in result["criteria"] if one["agreed"] != one["max"] and not one["disputed"])
    gained = int(first["max"]) - int(first["agreed"])
    first["agreed"] = first["max"]
    for name in ("base", "total", "graded"):
        result["score"][name] = str(int(result["score"][name]) + gained)
    built, _ = package(with_result(made, result), tmp_path, rubric="rubric.toml")
    code, out, _ = zhiping("verify", built.path, "--json", "--lang", "en")
    faults = only_json(out)["faults"]
    assert code == 1
    assert {fault["code"] for fault in faults} == {"result.computed"}
    assert {"score", f"criteria.{first['id']}.agreed"} <= {fault["what"] for fault in faults}


def test_extract_is_computed_from_the_agreed_points(zhiping, concluded, tmp_path):
    made = concluded()
    extract = for_operator(made.result)
    made.files["result.json"] = result_file.dumps(extract)
    built, _ = package(made, tmp_path, "good.zip", rubric="rubric.toml", edition="public", whole_result=False)
    assert zhiping("verify", built.path)[0] == 0
    extract["grade"] = "qualified" if extract["grade"] == "excellent" else "excellent"
    made.files["result.json"] = result_file.dumps(extract)
    score = {"grade": extract["grade"], "graded": extract["score"]["graded"]}
    made.record("evaluation", made.evaluation, "evaluation.concluded", {**score, "result_sha256": "0" * 64})
    built, _ = package(made, tmp_path, "bad.zip", rubric="rubric.toml", edition="public", whole_result=False)
    code, out, _ = zhiping("verify", built.path, "--json")
    assert (code, [(f["code"], f["what"]) for f in only_json(out)["faults"]]) == (
        1,
        [("result.computed", "grade")],
    )


def test_folder_is_answered_in_the_language_asked_for(zhiping, tmp_path):
    built, seal = package(world(), tmp_path, "package")
    (tmp_path / "package.seal").write_text(seal, encoding="utf-8")
    code, out, _ = zhiping("verify", built.path, "--lang", "en")
    assert (code, "verified: 20 files and 4 ledgers agree with the checkpoints." in out) == (0, True)
    shutil.rmtree(built.path / "data/evidence")
    code, out, _ = zhiping("verify", built.path)
    assert code == 1
    assert "核验未通过，共" in out
    assert "第 1 条" in out


@pytest.mark.parametrize(
    ("name", "content"), [("missing.zip", None), ("text.zip", "no zip"), ("empty.zip", "")]
)
def test_what_is_no_package_is_wrong_use(zhiping, tmp_path, name, content):
    if content is not None:
        (tmp_path / name).write_text(content)
    code, out, err = zhiping("verify", tmp_path / name)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1


def test_key_file_without_a_key_is_wrong_use(zhiping, tmp_path):
    built, _ = package(world(), tmp_path)
    (tmp_path / "key.txt").write_text("no key")
    code, _, err = zhiping("verify", built.path, "--key", tmp_path / "key.txt")
    assert (code, err.strip()) == (2, f"{tmp_path / 'key.txt'} 中没有公钥")


@pytest.fixture
def reported(zhiping, example, tmp_path):
    """Return an evaluation whose package holds a real report, and the report."""
    assert zhiping(*evaluation(example("platform")), "-o", tmp_path / "out")[0] == 0
    made = with_result(world(photos=0), json.loads((tmp_path / "out/result.json").read_bytes()))
    made.files["report.pdf"] = (tmp_path / "out/report.pdf").read_bytes()
    return made, tmp_path / "out/report.pdf"


def test_report_alone_has_its_embedded_result_computed_again(zhiping, reported):
    code, out, _ = zhiping("verify", reported[1], "--json")
    found = only_json(out)
    assert (code, found["faults"], [one["code"] for one in found["unchecked"]]) == (0, [], ["report.alone"])


def test_report_is_recognised_in_its_package_and_another_is_not(zhiping, reported, tmp_path):
    made, path = reported
    built, _ = package(made, tmp_path, rubric="rubric.toml")
    code, out, _ = zhiping("verify", path, "--package", built.path, "--lang", "en")
    assert (code, "verified: the result embedded in the report" in out) == (0, True)
    path.write_bytes(path.read_bytes() + b"\n")
    code, out, _ = zhiping("verify", path, "--package", built.path, "--json")
    assert (code, [one["code"] for one in only_json(out)["faults"]]) == (1, ["report.elsewhere"])


@pytest.mark.parametrize("name", ["signed.pdf", "sealed.ofd"])
def test_filed_copy_is_recognised_by_its_hash(zhiping, reported, tmp_path, name):
    made, _ = reported
    copy = tmp_path / name
    copy.write_bytes(b"%PDF-1.7 scan" if name.endswith("pdf") else b"PK\x03\x04 sealed")
    made.files[f"copies/{name}"] = copy.read_bytes()
    built, _ = package(made, tmp_path, rubric="rubric.toml")
    code, out, _ = zhiping("verify", copy, "--package", built.path, "--lang", "en")
    assert (code, f"(data/copies/{name})" in out) == (0, True)
    copy.write_bytes(copy.read_bytes() + b"\n")
    code, out, _ = zhiping("verify", copy, "--package", built.path, "--json")
    codes = [one["code"] for one in only_json(out)["faults"]]
    assert (code, codes) == (1, ["report.elsewhere", "report.no_result"])


def test_pdf_without_a_result_is_no_report(zhiping, tmp_path):
    (tmp_path / "other.pdf").write_bytes(b"%PDF-1.7\n")
    code, out, _ = zhiping("verify", tmp_path / "other.pdf", "--json")
    assert (code, [one["code"] for one in only_json(out)["faults"]]) == (1, ["report.no_result"])


def test_verify_starts_no_django(tmp_path):
    built, _ = package(world(), tmp_path)
    assert loaded("verify", str(built.path)) & {"django", "granian", "psycopg"} == set()


def test_kept_checkpoint_is_compared_as_a_file_or_as_it_is_typed(zhiping, tmp_path):
    made = world(photos=1)
    built, _ = package(made, tmp_path)
    (tmp_path / "key.txt").write_text(KEY.public)
    ledger = made.ledgers()[0]
    (tmp_path / "kept.txt").write_text(KEY.checkpoint(ledger, 2))
    words = ("verify", built.path, "--key", tmp_path / "key.txt", "--json", "--checkpoint")
    code, out, _ = zhiping(*words, tmp_path / "kept.txt")
    assert (code, only_json(out)["faults"]) == (0, [])
    (tmp_path / "other.txt").write_text(KEY.checkpoint(world(photos=1, seed=9).ledgers()[0], 2))
    code, out, _ = zhiping(*words, tmp_path / "kept.txt", "--checkpoint", tmp_path / "other.txt")
    assert code == 1
    assert [one["code"].partition(".")[0] for one in only_json(out)["faults"]] == ["kept"]
    code, out, _ = zhiping(*words, "1 7K3QF-0X9TB-M2NAV-85HDR")
    assert (code, [one["code"] for one in only_json(out)["faults"]]) == (1, ["kept.differs"])


def test_checkpoint_needs_a_package(zhiping, tmp_path):
    (tmp_path / "report.pdf").write_bytes(b"%PDF-1.7")
    code, _, err = zhiping("verify", tmp_path / "report.pdf", "--checkpoint", "1 7K3QF-0X9TB-M2NAV-85HDR")
    assert (code, "--package" in err) == (2, True)
