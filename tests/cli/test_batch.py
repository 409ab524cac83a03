"""Many evaluations at once: one overview, every core, and a bad folder stops nobody."""

import os
import shutil
import signal

import openpyxl
from tests.cli.conftest import EXAMPLES, only_json

from zhiping.cli import batch as zhiping_batch


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
        "overview.xlsx",
        "platform",
        "self",
    }
    assert (tmp_path / "out/offline/report.pdf").read_bytes().startswith(b"%PDF")
    book = openpyxl.load_workbook(tmp_path / "out/overview.xlsx")
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


def test_batch_gives_the_same_results_on_one_core_and_on_two(zhiping, tmp_path):
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
    monkeypatch.setattr("zhiping.cli.batch.settle", _killed_by("kill"))
    code, out, _ = zhiping("evaluate", "--batch", folder, "--json", "--jobs", "2")
    entries = {e["folder"]: e for e in only_json(out)["evaluations"]}
    assert code == 1
    assert {k: [p["code"] for p in e["errors"]] for k, e in entries.items()} == {
        "offline": [],
        "platform": [],
        "self": ["batch.crashed"],
    }


def _killed_by(word):
    def settle(job):
        if job.about.read_text(encoding="utf-8") == word:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(job)

    real = zhiping_batch.settle
    return settle
