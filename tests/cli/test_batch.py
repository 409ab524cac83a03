"""Many evaluations at once: one overview, every core, and a bad folder stops nobody."""

import shutil

import openpyxl
from tests.cli.conftest import EXAMPLES, only_json


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
