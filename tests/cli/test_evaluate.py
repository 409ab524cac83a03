"""Sheets in, result out: the three examples, what is refused, what stays open, what is left in place."""

import hashlib
import json
import re
from pathlib import Path

import openpyxl
import pypdf
import pytest
from rich.cells import cell_len
from tests.cli.conftest import evaluation, only_json
from tests.documents.files.test_device_file import device, event

from zhiping.documents.files import result_file
from zhiping.domain.result_document import for_operator

EXPECTED = Path(__file__).parents[1] / "expected"
PAPERS = {"improvements.xlsx", "report.docx", "report.pdf", "result.json", "summary.xlsx", "table.xlsx"}


@pytest.mark.parametrize("name", ["platform", "offline", "self"])
def test_evaluate_returns_the_expected_result_of_each_example(zhiping, example, name):
    code, out, err = zhiping(*evaluation(example(name)), "--json")
    expected = json.loads((EXPECTED / f"{name}.json").read_text(encoding="utf-8"))
    assert {**only_json(out), "generator": ""} == {**expected, "generator": ""}
    assert (code, err) == (0, "")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_evaluate_writes_every_paper_and_shows_the_grade(zhiping, example, tmp_path, language):
    code, out, _ = zhiping(*evaluation(example("platform")), "-o", tmp_path / "out", "--lang", language)
    assert code == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == PAPERS
    assert {"zh": "优秀", "en": "Excellent"}[language].lower() in out.lower()
    assert "91.00" in out


def test_evaluate_without_agreed_marks_is_open_and_asks_for_deliberation(zhiping, example, tmp_path):
    folder = example("platform")
    (folder / "deliberation.xlsx").unlink()
    code, out, _ = zhiping(*evaluation(folder), "-o", tmp_path / "out")
    result = json.loads((tmp_path / "out/result.json").read_bytes())
    assert code == 3
    assert {path.name for path in (tmp_path / "out").iterdir()} == {*PAPERS, "deliberation.xlsx"}
    assert (result["status"], result["grade"], result["score"]["graded"]) == ("open", None, None)
    assert [entry["id"] for entry in result["open"]] == [
        "1.3", "3.4", "5.2", "7.2", "9.2", "9.3", "13.2", "15.1", "16.2", "17.2", "18.1", "B.1",
    ]  # fmt: skip
    assert "deliberation.xlsx" in out


def test_evaluate_keeps_what_a_partly_filled_deliberation_already_states(zhiping, example, tmp_path):
    folder, out = example("platform"), tmp_path / "out"
    book = openpyxl.load_workbook(folder / "deliberation.xlsx")
    sheet = book.worksheets[0]
    emptied = next(row for row in sheet.iter_rows() if row[0].value == "9.3")
    heads = next(
        [c.value for c in row] for row in sheet.iter_rows() if "评价组评分" in [c.value for c in row]
    )
    emptied[heads.index("评价组评分")].value = None
    book.save(folder / "deliberation.xlsx")
    code, _, _ = zhiping(*evaluation(folder), "-o", out)
    result = json.loads((out / "result.json").read_bytes())
    assert code == 3
    assert result["open"] == [{"id": "9.3", "why": "differ"}]
    words = [*evaluation(folder)[:-1], out / "deliberation.xlsx"]
    again = only_json(zhiping(*words, "--json")[1])
    assert [c["agreed"] for c in again["criteria"]] == [c["agreed"] for c in result["criteria"]]


def test_evaluate_refuses_a_panel_that_is_not_legal_and_still_states_why(zhiping, example, tmp_path):
    folder = example("platform")
    about = folder / "evaluation.toml"
    about.write_text(
        about.read_text(encoding="utf-8").replace('title = "副教授"', 'title = "助教"'), encoding="utf-8"
    )
    code, out, _ = zhiping(*evaluation(folder), "-o", tmp_path / "out")
    result = json.loads((tmp_path / "out/result.json").read_bytes())
    assert code == 1
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["result.json"]
    assert (result["status"], result["grade"]) == ("refused", None)
    assert [c for c in result["checks"] if c["state"] == "fail"] == [
        {"code": "title", "state": "fail", "data": {"experts": ["萨仁"]}}
    ]
    assert "萨仁" in out


def illegal(folder):
    """Remove every signature in time from an example's panel, and leave indicators without a duty."""
    about = folder / "evaluation.toml"
    words = re.sub(r"declared = 2025-09-0\d", "declared = 2025-09-12", about.read_text(encoding="utf-8"))
    about.write_text(words.replace("duties = [1, 8, 17]", "duties = []"), encoding="utf-8")
    return folder


@pytest.mark.parametrize("language", ["zh", "en"])
def test_evaluate_of_an_illegal_panel_asks_to_mend_it_and_not_to_deliberate(
    zhiping, example, tmp_path, monkeypatch, language
):
    monkeypatch.setenv("COLUMNS", "80")
    folder = illegal(example("platform"))
    (folder / "deliberation.xlsx").unlink()
    words = [*evaluation(folder), "-o", tmp_path / "out", "--lang", language]
    code, out, _ = zhiping(*words)
    lines = out.splitlines()
    assert code == 1
    assert {"zh": "请先补正评价组", "en": "Mend the panel first"}[language] in lines[1]
    assert {"zh": "评议均不作数", "en": "deliberation count"}[language] in "".join(lines[1:3])
    assert "deliberation.xlsx" not in out
    assert "9.3" not in out
    assert "…" not in out
    for name in ("苏和", "郝志平", "乌云", "李国栋", "萨仁"):
        assert name in out


@pytest.mark.parametrize("language", ["zh", "en"])
def test_screen_keeps_to_the_width_of_the_terminal(zhiping, example, tmp_path, monkeypatch, language):
    monkeypatch.setenv("COLUMNS", "80")
    folder = example("platform")
    results = [zhiping(*evaluation(folder), "-o", tmp_path / "a", "--lang", language)[1]]
    (folder / "deliberation.xlsx").unlink()
    results += [zhiping(*evaluation(folder), "-o", tmp_path / "b", "--lang", language)[1]]
    lines = [line for out in results for line in out.splitlines() if str(tmp_path) not in line]
    assert max(map(cell_len, lines)) <= 80
    assert "…" not in "".join(lines).replace("web site …", "")


@pytest.mark.parametrize(("day", "noted"), [("2025-12-17", False), ("2025-12-18", True)])
def test_recommendation_after_the_deadline_is_noted(zhiping, example, day, noted):
    folder = example("platform")  # improved within 90 days of 18 September
    about = folder / "evaluation.toml"
    text = about.read_text(encoding="utf-8")
    about.write_text(text.replace("until = 2025-11-30", f"until = {day}"), encoding="utf-8")
    code, out, _ = zhiping(*evaluation(folder), "-o", folder / "out")
    assert (code, "晚于整改（改进）期限（至2025年12月17日）" in out) == (0, noted)


def test_evaluate_shows_every_fault_of_every_sheet_and_writes_nothing(zhiping, example, tmp_path):
    folder = example("platform")
    faults = {"萨仁": {"3.1": 1.5}, "苏和": {"8.2": 3, "1.1": "两分"}}
    for name, marks in faults.items():
        path = folder / "sheets" / f"{name}.xlsx"
        book = openpyxl.load_workbook(path)
        for row in book["评价表"].iter_rows():
            if row[0].value in marks:
                row[6].value = marks[row[0].value]
        book.save(path)
    code, out, err = zhiping(*evaluation(folder), "-o", tmp_path / "out")
    told = [line.split("：")[0] for line in err.splitlines()]
    assert (code, out) == (1, "")
    assert not (tmp_path / "out").exists()
    assert len(told) == 4
    assert "苏和.xlsx" in err
    assert "（3.1）：1.5 不是可选分值；可选 2，或 0～1 的整数" in err
    assert "（8.2）：3 不是可选分值；可选 4、0" in err
    errors = only_json(zhiping(*evaluation(folder), "--json")[1])["errors"]
    assert sorted(e["data"]["id"] for e in errors) == ["1.1", "3.1", "8.2"]


def test_evaluate_leaves_other_files_of_the_folder_in_place(zhiping, example, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "笔记.txt").write_text("留着", encoding="utf-8")
    (out / "result.json").write_text("{}", encoding="utf-8")
    assert zhiping(*evaluation(example("self")), "-o", out)[0] == 0
    assert {path.name for path in out.iterdir()} == {*PAPERS, "笔记.txt"}
    assert json.loads((out / "result.json").read_bytes())["grade"] == "excellent"


def test_evaluate_without_about_shows_no_check_it_cannot_make(zhiping, example):
    folder = example("platform")
    words = ["evaluate", *sorted(folder.glob("sheets/*.xlsx")), "--policy", "mean", "--no-bonus", "--json"]
    code, out, _ = zhiping(*words)
    result = only_json(out)
    assert code == 0
    assert [(c["code"], c["state"]) for c in result["checks"]] == [
        ("size", "pass"),
        *(
            (c, "not_shown")
            for c in ("lead", "title", "training", "declaration", "conflict", "experience", "duties")
        ),
    ]
    assert (result["score"]["graded"], result["grade"]) == ("89.4", "qualified")
    assert result["platform"]["name"] == "云川市质量基础设施“一站式”服务平台"


def test_evaluate_accepts_the_policy_of_a_self_evaluation_from_its_sheet(zhiping, example):
    code, out, _ = zhiping("evaluate", *sorted(example("self").glob("sheets/*.xlsx")), "--json")
    result = only_json(out)
    assert (code, result["kind"], result["policy"]["method"]) == (0, "self", "panel")


def test_wrong_use_with_json_is_one_document(zhiping):
    code, out, err = zhiping("evaluate", "没有.xlsx", "--json")
    assert (code, err, [e["code"] for e in only_json(out)["errors"]]) == (2, "", ["use"])


@pytest.mark.parametrize(
    "words",
    [
        ["evaluate"],
        ["evaluate", "没有.xlsx"],
        ["evaluate", "--batch", "没有"],
        ["evaluate", "--policy", "median", "a.xlsx"],
        ["evaluate", "--batch", ".", "a.xlsx"],
        ["path", "没有.json", "--to", "excellent"],
        ["papers", "prepare"],
        ["papers", "sometime"],
        ["rubric", "export", "-o", "rubric.pdf"],
        ["nonsense"],
        [],
    ],
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_wrong_use_is_exit_2_with_a_message_in_the_language(zhiping, words, language):
    code, out, err = zhiping(*words, "--lang", language)
    assert (code, out) == (2, "")
    assert any("\u4e00" <= c <= "\u9fff" for c in err.replace("没有.", "").replace("“没有”", "")) == (
        language == "zh"
    )


def test_evaluate_never_loses_a_paper_a_person_filled_in(zhiping, example, tmp_path):
    folder, out = example("platform"), tmp_path / "out"
    filled = (folder / "deliberation.xlsx").read_bytes()
    (folder / "deliberation.xlsx").unlink()
    out.mkdir()
    (out / "deliberation.xlsx").write_bytes(filled)
    assert zhiping(*evaluation(folder), "-o", out)[0] == 3
    assert (out / "deliberation-1.xlsx").read_bytes() == filled
    assert zhiping(*evaluation(folder), "-o", out)[0] == 3
    assert sorted(p.name for p in out.glob("deliberation*")) == ["deliberation-1.xlsx", "deliberation.xlsx"]


def test_evaluate_states_in_words_which_sheet_belongs_to_no_one(zhiping, example):
    folder = example("offline")
    book = openpyxl.load_workbook(folder / "sheets/萨仁.xlsx")
    cell = next(row[1] for row in book["信息"].iter_rows() if row[0].value == "专家编号")
    cell.value = "ZJ-99"
    book.save(folder / "sheets/萨仁.xlsx")
    (folder / "deliberation.xlsx").unlink()
    code, _, err = zhiping(*evaluation(folder))
    assert code == 1
    assert "评分表的专家“ZJ-99”不在评价组名单中；名单为 ZJ-02、ZJ-04、ZJ-05" in err


def test_evaluate_refused_accepts_the_old_report_away_and_keeps_what_people_changed(
    zhiping, example, tmp_path
):
    folder, out = example("offline"), tmp_path / "out"
    assert zhiping(*evaluation(folder), "-o", out)[0] == 0
    about = folder / "evaluation.toml"
    late = about.read_text(encoding="utf-8").replace("declared = 2025-10-13", "declared = 2025-10-16")
    about.write_text(late, encoding="utf-8")
    assert zhiping(*evaluation(folder), "-o", out)[0] == 1
    assert sorted(p.name for p in out.iterdir()) == ["improvements-1.xlsx", "report-1.docx", "result.json"]


def test_evaluate_puts_everything_back_when_one_file_cannot_be_replaced(zhiping, example, tmp_path):
    folder, out = example("offline"), tmp_path / "out"
    assert zhiping(*evaluation(folder), "-o", out)[0] == 0
    (out / "summary.xlsx").unlink()
    (out / "summary.xlsx").mkdir()
    (out / "summary.xlsx/x").touch()
    before = {p.name: p.read_bytes() for p in out.iterdir() if p.is_file()}
    code, _, err = zhiping(*evaluation(folder), "-o", out, "--lang", "en", "--no-bonus")
    assert code == 2
    assert "summary.xlsx" in err
    assert {p.name: p.read_bytes() for p in out.iterdir() if p.is_file()} == before


def test_evaluate_keeps_rare_characters_in_data_and_lists_what_the_pdf_lacks(zhiping, example, tmp_path):
    folder, out = example("self"), tmp_path / "out"
    about = folder / "evaluation.toml"
    words = about.read_text(encoding="utf-8").replace("田立新", "田\U00020bb7😀")
    about.write_text(words.replace('region = "', 'region = "😀'), encoding="utf-8")
    assert zhiping(*evaluation(folder), "-o", out)[0] == 0
    result = json.loads((out / "result.json").read_bytes())
    assert "U+1F600" in result["replaced_characters"]
    pdf = pypdf.PdfReader(out / "report.pdf")
    printed = "".join("".join(page.extract_text() for page in pdf.pages).split())
    assert hashlib.sha256((out / "result.json").read_bytes()).hexdigest()[:20] in printed
    assert pdf.attachments["result.json"] == [result_file.dumps(for_operator(result))]
    rows = openpyxl.load_workbook(out / "table.xlsx").worksheets[0].iter_rows(values_only=True)
    assert any("田\U00020bb7😀" in str(value) for row in rows for value in row)


def test_evaluate_does_not_depend_on_the_order_of_sheets(zhiping, example):
    sheets = sorted(example("platform").glob("sheets/*.xlsx"))
    one = zhiping("evaluate", *sheets, "--policy", "mean", "--json")
    assert zhiping("evaluate", *reversed(sheets), "--policy", "mean", "--json") == one
    odd = example("self") / "sheets/评价组.xlsx"  # another platform, another kind
    first, last = (zhiping("evaluate", *paths, "--json") for paths in ([odd, *sheets], [*sheets, odd]))
    assert first == last
    assert {e["where"][0] for e in only_json(first[1])["errors"]} == {"评价组.xlsx"}


def test_evaluate_keeps_files_of_its_names_that_others_made(zhiping, example, tmp_path):
    """Without a result of ours in it, a folder's report.pdf was made by another."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "report.pdf").write_bytes(b"theirs")
    (out / "summary.xlsx").write_bytes(b"theirs too")
    words = evaluation(example("platform"))
    code, _, err = zhiping(*words, "-o", out)
    assert code == 0
    assert (out / "report-1.pdf").read_bytes() == b"theirs"
    assert (out / "summary-1.xlsx").read_bytes() == b"theirs too"
    assert (out / "report.pdf").read_bytes().startswith(b"%PDF")
    assert "report-1.pdf" in err
    zhiping(*words, "-o", out)  # now the report is ours
    assert sorted(path.name for path in out.glob("report*.pdf")) == ["report-1.pdf", "report.pdf"]


def locked(folder, name):
    """Leave the lock files of Excel and of macOS beside a sheet."""
    (folder / "sheets" / f"~${name}.xlsx").write_bytes(b"owner")
    (folder / "sheets" / f"._{name}.xlsx").write_bytes(b"\0\5\x16\7")
    return folder


@pytest.mark.parametrize("language", ["zh", "en"])
def test_evaluate_passes_over_lock_files_and_names_the_open_sheet(zhiping, example, language):
    folder = locked(example("platform"), "苏和")
    code, out, err = zhiping(*evaluation(folder), "--json", "--lang", language)
    assert (code, only_json(out)["shown"]["graded"]) == (0, "91.00")
    assert {"zh": "注意：苏和.xlsx 正在打开（旁", "en": "苏和.xlsx is open in another"}[language] in err
    assert err.count("苏和.xlsx") == 1
    lock = folder / "sheets/~$苏和.xlsx"
    words = [word for word in evaluation(folder) if word != lock]
    assert zhiping(*words, "--json")[1:] == zhiping(*evaluation(folder), "--json")[1:]


def test_path_names_the_open_list_of_improvements(zhiping, example, tmp_path):
    zhiping(*evaluation(example("offline")), "-o", tmp_path / "out")
    (tmp_path / "out/.~lock.improvements.xlsx#").touch()
    words = ("path", tmp_path / "out/result.json", tmp_path / "out/improvements.xlsx", "--to", "优秀")
    code, _, err = zhiping(*words)
    assert (code, "improvements.xlsx 正在打开（旁" in err) == (0, True)


def test_evaluate_reads_a_folder_of_sheets_and_patterns_and_files_alike(zhiping, example, monkeypatch):
    folder = example("platform")
    about = ("--about", folder / "evaluation.toml", "--agreed", folder / "deliberation.xlsx", "--json")
    typed = zhiping(*evaluation(folder), "--json")
    assert zhiping("evaluate", folder / "sheets", *about) == typed
    assert zhiping("evaluate", folder / "sheets/*.xlsx", *about) == typed
    assert zhiping("evaluate", f"'{folder}/sheets/*.xlsx'", *about) == typed
    assert zhiping("evaluate", folder / "sheets", folder / "sheets/苏和.xlsx", *about) == typed
    named = (folder / "sheets").rename(folder / "表 [2025]")
    assert zhiping("evaluate", named / "*.xlsx", *about) == typed
    assert zhiping("evaluate", folder, "--json", "--about", folder / "evaluation.toml")[0] == 2
    named.rename(folder / "评分表")
    assert zhiping("evaluate", folder, "--json") == typed
    monkeypatch.chdir(folder)
    assert zhiping("evaluate", ".", "--json") == typed


def test_evaluate_names_everything_missing_at_once(zhiping, example, tmp_path):
    folder = example("platform")
    (tmp_path / "空").mkdir()
    scan = tmp_path / "扫描件.PDF"
    scan.write_bytes(b"%PDF-1.7")
    about = (
        "评分表是用 zhiping form 生成、填好分数的电子表格（.xlsx、.xlsm、.xls、.ods、.et），"
        "扫描件和打印件须先录入其中"
    )
    wrong = (tmp_path / "空", "没有.xlsx", "表*.xlsx", "x" * 300, "evaluation.toml", scan)
    code, _, err = zhiping("evaluate", folder / "sheets", *wrong)
    assert code == 2
    assert err.splitlines() == [
        f"“{tmp_path / '空'}”中没有评分表；如果其中每个子文件夹是一次评价，请用 --batch",
        "找不到“没有.xlsx”",
        "没有与“表*.xlsx”相符的文件",
        f"找不到“{'x' * 300}”",
        "“evaluation.toml”不是评分表；请写作 --about evaluation.toml",
        f"“{scan}”不是评分表；{about}",
    ]


def test_evaluate_refuses_more_sheets_than_a_panel_can_have(zhiping, example):
    folder = example("platform") / "sheets"
    for number in range(100):
        (folder / f"副本{number}.xlsx").hardlink_to(folder / "苏和.xlsx")
    count = len(list(folder.glob("*.xlsx")))
    code, _, err = zhiping("evaluate", folder)
    assert (code, err.splitlines()[0]) == (
        1,
        f"一次评价有 {count} 份评分表，最多 99 份；多个平台请分文件夹存放，用 --batch",
    )


def test_evaluate_names_an_illegal_panel_before_faults_of_sheets(zhiping, example, tmp_path):
    folder = illegal(example("platform"))
    book = openpyxl.load_workbook(folder / "sheets/苏和.xlsx")
    next(row for row in book["评价表"].iter_rows() if row[0].value == "8.2")[6].value = 3
    book.save(folder / "sheets/苏和.xlsx")
    (folder / "deliberation.xlsx").unlink()
    code, _, err = zhiping(*evaluation(folder), "-o", tmp_path / "out")
    first, second, third, _ = err.splitlines()
    assert code == 1
    assert first.startswith("evaluation.toml 评价组不合规，请先补正（评价前已签署公正性与保密承诺书）：未在")
    assert second.startswith("evaluation.toml 评价组不合规，请先补正（各二级指标均已明确分工）")
    assert third.startswith("苏和.xlsx 评价表!")


def test_output_drops_the_quote_that_cmd_of_windows_hands_on(zhiping, example, tmp_path):
    assert zhiping(*evaluation(example("self")), "-o", f'{tmp_path / "结 果"}"')[0] == 0
    assert (tmp_path / "结 果/report.pdf").exists()


def test_evaluate_reads_files_of_members_devices(zhiping, tmp_path):
    """Three devices without a network: the lead's laptop lists what the panel must discuss, and concludes."""
    for name in ("甲", "乙"):
        device(tmp_path, name)
    device(tmp_path, "丙", events=[event("3.1", "0", reason="没有标志")])
    code, out, _ = zhiping("evaluate", *sorted(tmp_path.glob("*.json")), "--json")
    found = only_json(out)
    assert (code, [one["id"] for one in found["open"]]) == (3, ["3.1"])
    assert [sheet["name"] for sheet in found["sheets"]] == ["丙", "乙", "甲"]
