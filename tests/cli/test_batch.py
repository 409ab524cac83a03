"""Many evaluations at once: one overview, every core, and a bad folder does not stop the others."""

import json
import os
import shutil
import signal

import openpyxl
import pytest
from docx import Document
from tests.cli.conftest import EXAMPLES, only_json

from zhiping.cli.batch import evaluate_folder


def batch(tmp_path):
    folder = tmp_path / "all"
    for name in ("platform", "offline", "self"):
        shutil.copytree(EXAMPLES / name, folder / name)
    return folder


def test_batch_evaluates_every_folder_and_writes_one_overview(zhiping, tmp_path):
    code, out, _ = zhiping("evaluate", "--batch", batch(tmp_path), "-o", tmp_path / "out", "--jobs", "2")
    assert code == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "offline",
        "overview.json",
        "overview.xlsx",
        "platform",
        "self",
    }
    assert (tmp_path / "out/offline/report.pdf").read_bytes().startswith(b"%PDF")
    book = openpyxl.load_workbook(tmp_path / "out/overview.xlsx")
    data = json.loads((tmp_path / "out/overview.json").read_text(encoding="utf-8"))
    assert [(p["kind"], p["channel"]) for p in data["platforms"]] == [
        ("authority", "offline"),
        ("authority", "both"),
        ("self", "both"),
    ]
    assert len(book.worksheets) == 2  # self-evaluations never stand among the others
    assert "3" in out


def test_batch_goes_on_after_a_bad_folder_and_reports_it(zhiping, tmp_path):
    folder = batch(tmp_path)
    (folder / "self/sheets/评价组.xlsx").write_bytes(b"PK\x03\x04 broken")
    (folder / "offline/deliberation.xlsx").unlink()
    (folder / "empty").mkdir()
    code, out, _ = zhiping("evaluate", "--batch", folder, "--json", "--jobs", "1")
    entries = {e["folder"]: e for e in only_json(out)["evaluations"]}
    assert code == 1
    assert {k: e["result"] and e["result"]["status"] for k, e in entries.items()} == {
        "empty": None,
        "offline": "open",
        "platform": "concluded",
        "self": None,
    }
    assert [e["code"] for e in entries["empty"]["errors"]] == ["sheets.none"]
    assert [e["where"][0] for e in entries["self"]["errors"]] == ["评价组.xlsx"]
    assert not (tmp_path / "评价结果").exists()


def test_batch_passes_over_what_an_archive_made_on_a_mac_brings_along(zhiping, tmp_path):
    folder = batch(tmp_path)
    (folder / "__MACOSX/self/sheets").mkdir(parents=True)
    (folder / "__MACOSX/self/sheets/._评价组.xlsx").write_bytes(b"\0\5\x16\7")
    (folder / "self/sheets/._评价组.xlsx").write_bytes(b"\0\5\x16\7")
    (folder / "self/sheets/~$评价组.xlsx").write_bytes(b"owner")
    code, out, _ = zhiping("evaluate", "--batch", folder, "--json", "--jobs", "1")
    entries = only_json(out)["evaluations"]
    assert (code, [entry["folder"] for entry in entries]) == (0, ["offline", "platform", "self"])


def test_batch_returns_the_same_results_on_one_core_and_on_two(zhiping, tmp_path):
    folder = batch(tmp_path)
    one, two = (zhiping("evaluate", "--batch", folder, "--json", "--jobs", n)[1] for n in ("1", "2"))
    assert only_json(one) == only_json(two)


def test_batch_run_again_into_its_own_folder_reads_no_paper_as_a_sheet(zhiping, tmp_path, monkeypatch):
    folder = batch(tmp_path)
    for path in (folder / "offline/sheets").iterdir():  # sheets may lie beside what we write
        path.rename(folder / "offline" / path.name)
    (folder / "offline/sheets").rmdir()
    for _ in range(2):
        assert zhiping("evaluate", "--batch", folder, "-o", folder, "--jobs", "1")[0] == 0
    monkeypatch.chdir(folder)
    for _ in range(2):
        assert zhiping("evaluate", "--batch", ".", "--jobs", "1")[0] == 0


def test_batch_refuses_a_folder_named_like_the_overview_before_it_starts(zhiping, tmp_path):
    folder = batch(tmp_path)
    (folder / "self").rename(folder / "overview.xlsx")
    assert zhiping("evaluate", "--batch", folder, "-o", tmp_path / "out")[0] == 2
    assert not (tmp_path / "out").exists()


def test_batch_goes_on_when_a_process_is_killed(zhiping, tmp_path, monkeypatch):
    folder = batch(tmp_path)
    (folder / "self/evaluation.toml").write_text("kill", encoding="utf-8")
    monkeypatch.setattr("zhiping.cli.batch.evaluate_folder", kill_or_evaluate)
    code, out, _ = zhiping("evaluate", "--batch", folder, "--json", "--jobs", "2")
    entries = {e["folder"]: e for e in only_json(out)["evaluations"]}
    assert code == 1
    assert {k: [p["code"] for p in e["errors"]] for k, e in entries.items()} == {
        "offline": [],
        "platform": [],
        "self": ["batch.crashed"],
    }


def kill_or_evaluate(folder, **rest):
    """Evaluate a folder unless it asks for the process to be killed; pickled by name for other processes."""
    if (folder / "evaluation.toml").read_text(encoding="utf-8") == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    return evaluate_folder(folder, **rest)


def test_batch_runs_after_a_report_was_typeset_in_this_process(zhiping, tmp_path):
    folder = batch(tmp_path)
    assert zhiping("evaluate", "--batch", folder, "--jobs", "1", "-o", tmp_path / "one")[0] == 0
    assert zhiping("evaluate", "--batch", folder, "--jobs", "2", "-o", tmp_path / "two")[0] == 0
    reports = [{path.parent.name for path in (tmp_path / out).glob("*/report.pdf")} for out in ("one", "two")]
    assert reports == [{"offline", "platform", "self"}] * 2


@pytest.mark.skipif(os.name != "posix", reason="links need rights on Windows")
def test_batch_follows_no_link_out_of_its_folder(zhiping, tmp_path):
    folder = batch(tmp_path)
    (folder / "loop").symlink_to("..")
    (folder / "self-again").symlink_to("self")
    shutil.copytree(folder / "offline", tmp_path / "outside")
    (folder / "platform/sheets/9.xlsx").symlink_to(next((tmp_path / "outside/sheets").iterdir()))
    (folder / "offline/evaluation.toml").unlink()
    (folder / "offline/evaluation.toml").symlink_to(tmp_path / "outside/evaluation.toml")
    code, out, _ = zhiping("evaluate", "--batch", folder, "--json", "--jobs", "1")
    entries = {
        e["folder"]: [problem["code"] for problem in e["errors"]] for e in only_json(out)["evaluations"]
    }
    assert code == 1
    assert entries == {
        "loop": ["batch.outside"],
        "offline": ["batch.outside"],
        "platform": ["batch.outside"],
        "self": [],
        "self-again": [],
    }


def test_batch_counts_a_broken_file_apart_from_an_illegal_panel(zhiping, tmp_path):
    folder = batch(tmp_path)
    (folder / "self/evaluation.toml").write_text("period = [2025-09-31", encoding="utf-8")
    about = folder / "offline/evaluation.toml"
    late = about.read_text(encoding="utf-8").replace("declared = 2025-10-13", "declared = 2025-10-16")
    about.write_text(late, encoding="utf-8")
    code, out, err = zhiping("evaluate", "--batch", folder, "-o", tmp_path / "out", "--jobs", "1")
    assert code == 1
    assert "共 3 次评价：定分 1，待评议 0，评价组不合规 1，有误 1" in out
    assert "self evaluation.toml 第 1 行第 11 列：2025-09-31 这一天不存在" in out
    assert "offline 评价前已签署公正性与保密承诺书：未在评价前签署：" in out
    assert err == ""  # no progress bar where stderr is no terminal


def test_batch_keeps_an_overview_that_others_made(zhiping, tmp_path):
    folder, out = batch(tmp_path), tmp_path / "out"
    out.mkdir()
    (out / "overview.xlsx").write_bytes(b"theirs")
    _, _, err = zhiping("evaluate", "--batch", folder, "-o", out, "--jobs", "1")
    assert (out / "overview-1.xlsx").read_bytes() == b"theirs"
    assert "overview-1.xlsx" in err
    assert openpyxl.load_workbook(out / "overview.xlsx").worksheets
    zhiping("evaluate", "--batch", folder, "-o", out, "--jobs", "1")
    assert sorted(path.name for path in out.glob("*.xlsx")) == ["overview-1.xlsx", "overview.xlsx"]


def test_batch_names_the_sheets_that_are_open(zhiping, tmp_path):
    folder = batch(tmp_path)
    (folder / "self/sheets/~$评价组.xlsx").write_bytes(b"owner")
    assert "self/评价组.xlsx 正在打开（旁" in zhiping("evaluate", "--batch", folder, "--jobs", "1")[2]


PROGRAMME = """
authority = "云川市市场监督管理局"
[papers]
number = "云市监质〔2025〕{n}号"
[papers.improvement]
number = 60
[papers.announcement]
number = 90
date = 2026-01-20
"""


def lines(path):
    """The paragraphs of a paper."""
    return [paragraph.text for paragraph in Document(path).paragraphs]


def test_papers_of_a_batch_are_each_platforms_and_two_letters_about_all(zhiping, tmp_path):
    folder = batch(tmp_path)
    (folder / "programme.toml").write_text(PROGRAMME, encoding="utf-8")
    about = (folder / "platform/evaluation.toml").read_text(encoding="utf-8")
    own = about.replace("[papers.improvement]\nnumber = 27", "[papers.improvement]")
    (folder / "platform/evaluation.toml").write_text(own, encoding="utf-8")
    out = tmp_path / "letters"
    code, shown, _ = zhiping("papers", "after", "--batch", folder, "-o", out, "--jobs", "1")
    assert (code, "3 个平台" in shown) == (0, True)
    assert {path.name for path in out.iterdir()} == {
        "offline", "platform", "self", "overview.xlsx", "结果通报（汇总）.docx", "公示稿（汇总）.docx",
    }  # fmt: skip
    notices = {path.parent.name: lines(path)[0] for path in out.glob("*/*改进通知书.docx")}
    assert notices == {
        "offline": "云市监质〔2025〕60号",
        "platform": "云市监质〔2025〕61号",
        "self": "____\u00a0〔{}〕{}号".format("\u00a0" * 8, "\u00a0" * 6),
    }
    assert not list(out.glob("*/*结果通报.docx"))
    letter = Document(out / "结果通报（汇总）.docx")
    text = [paragraph.text for paragraph in letter.paragraphs]
    assert (text[0], "2026年1月20日" in text) == ("云市监质〔2025〕90号", True)
    assert any("参加评价的 2 个平台中，“优秀”1 个、“合格”1 个。" in line for line in text)
    rows = [[cell.text for cell in row.cells] for row in letter.tables[0].rows]
    assert rows.pop()[0].startswith("排列不分先后")  # the note below
    assert [row[1] for row in rows[1:]] == [
        "草甸旗质量基础设施“一站式”服务窗口",
        "云川市质量基础设施“一站式”服务平台",
    ]
    assert rows[2][4:] == ["91.00", "优秀", "", "1", "12"]


def test_papers_of_a_batch_go_on_after_a_bad_folder(zhiping, tmp_path):
    folder = batch(tmp_path)
    (folder / "offline/evaluation.toml").unlink()
    (folder / "platform/deliberation.xlsx").unlink()
    shutil.copy(folder / "self/evaluation.toml", tmp_path / "self.toml")
    code, out, _ = zhiping(
        "papers", "after", "--batch", folder, "-o", tmp_path / "out", "--json", "--jobs", "2"
    )
    entries = {e["folder"]: [p["code"] for p in e["errors"]] for e in only_json(out)["evaluations"]}
    assert code == 1
    assert entries == {"offline": ["batch.no_about"], "platform": ["result.not_concluded"], "self": []}
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"overview.xlsx", "self"}
    assert "platform：" in zhiping("papers", "after", "--batch", folder, "-o", tmp_path / "out")[1]


def test_papers_of_a_batch_use_the_results_that_are_there(zhiping, tmp_path):
    folder = batch(tmp_path)
    shutil.rmtree(folder / "self")
    assert zhiping("evaluate", "--batch", folder, "-o", tmp_path / "out", "--jobs", "1")[0] == 0
    for name, result in (("platform", "platform"), ("offline", "platform")):
        shutil.copy(tmp_path / "out" / result / "result.json", folder / name / "result.json")
    shutil.rmtree(folder / "platform/sheets")
    code, out, _ = zhiping(
        "papers", "archive", "--batch", folder, "-o", tmp_path / "files", "--json", "--jobs", "1"
    )
    entries = {e["folder"]: [p["code"] for p in e["errors"]] for e in only_json(out)["evaluations"]}
    assert (code, entries) == (1, {"offline": ["result.other_platform"], "platform": []})
    assert len(list((tmp_path / "files/platform").iterdir())) == 4


def test_papers_of_a_batch_before_the_visit_need_no_result(zhiping, tmp_path):
    folder = batch(tmp_path)
    code, _, _ = zhiping("papers", "prepare", "--batch", folder, "-o", tmp_path / "out", "--jobs", "1")
    assert (code, {path.name for path in (tmp_path / "out").iterdir()}) == (
        0,
        {"platform", "offline", "self"},
    )
    about = folder / "self/evaluation.toml"
    assert zhiping("papers", "prepare", "--batch", folder, "--about", about)[0] == 2


@pytest.mark.parametrize(
    ("language", "words"), [("zh", "本身就是一次评价"), ("en", "is one evaluation itself")]
)
def test_batch_of_one_evaluation_asks_for_the_folder_above(zhiping, tmp_path, language, words):
    folder = batch(tmp_path) / "offline"
    code, _, err = zhiping("evaluate", "--batch", folder, "-o", tmp_path / "out", "--lang", language)
    assert (code, words in err, (tmp_path / "out").exists()) == (2, True, False)
