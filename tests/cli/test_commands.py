"""The other commands: form, papers, path, rubric, help."""

import json
import os
import subprocess
import sys

import openpyxl
import pytest
from tests.cli.conftest import evaluation, only_json

from zhiping.cli.lines import cells
from zhiping.documents.files import rubric_file
from zhiping.texts.catalogue import lookup


def test_form_makes_a_sheet_for_every_expert_of_an_evaluation(zhiping, example, tmp_path):
    code, out, _ = zhiping(
        "form", "--about", example("offline") / "evaluation.toml", "-o", tmp_path / "forms"
    )
    made = sorted(path.stem for path in (tmp_path / "forms").iterdir())
    assert (code, made) == (0, sorted(["李国栋", "萨仁", "郝志平"]))
    assert out.count("已写入") == 3
    info = openpyxl.load_workbook(tmp_path / "forms/萨仁.xlsx")["信息"]
    assert {"草甸旗质量基础设施“一站式”服务窗口", "ZJ-05", "萨仁"} <= {c.value for row in info for c in row}


def test_form_makes_one_empty_sheet(zhiping, tmp_path):
    words = ("--expert", "王敏", "--platform", "某平台", "--step", "0.5", "-o", tmp_path / "a/王敏.xlsx")
    code, out, _ = zhiping("form", *words, "--json")
    assert (code, only_json(out)["files"]) == (0, [str(tmp_path / "a/王敏.xlsx")])
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["王敏.xlsx"]


def test_form_states_who_is_on_the_panel_when_the_expert_is_not(zhiping, example, tmp_path):
    about = example("offline") / "evaluation.toml"
    code, _, err = zhiping("form", "--about", about, "--expert", "某人", "-o", tmp_path / "f")
    assert code == 2
    assert "郝志平、李国栋、萨仁" in err


def test_path_finds_the_way_and_states_when_there_is_none(zhiping, example, tmp_path):
    assert zhiping(*evaluation(example("offline")), "-o", tmp_path / "out")[0] == 0
    result = tmp_path / "out/result.json"
    code, out, _ = zhiping("path", result, tmp_path / "out/improvements.xlsx", "--to", "excellent", "--json")
    found = only_json(out)
    assert (code, found["reaches"], found["effort"]) == (0, "90", "7")
    assert "达到“优秀”" in zhiping("path", result, "--to", "优秀")[1]
    assert zhiping("path", result, "--to", "qualified")[:2] == (0, "现得分已达到“合格”，无须为此提分。\n")


def test_path_of_a_platform_with_both_channels_has_steps(zhiping, example, tmp_path):
    assert zhiping(*evaluation(example("platform")), "--no-bonus", "-o", tmp_path / "out")[0] == 0
    code, out, _ = zhiping("path", tmp_path / "out/result.json", "--to", "excellent")
    assert (code, "达到“优秀”" in out) == (0, True)


def test_path_refuses_a_result_whose_marks_were_changed_by_hand(zhiping, example, tmp_path):
    zhiping(*evaluation(example("offline")), "-o", tmp_path / "out")
    file = tmp_path / "out/result.json"
    result = json.loads(file.read_bytes())
    base = result["score"]["base"]
    result["criteria"][0]["agreed"] = None
    file.write_text(json.dumps(result), encoding="utf-8")
    code, _, err = zhiping("path", file, "--to", "excellent")
    assert (code, err.splitlines()[0].startswith(f"result.json score.base 现为 {base}，")) == (1, True)


OFFLINE = ["3.3", "4.1", "14.1", "14.2", "14.3", "15.1"]  # capped by the table


def efforts(path, stated):
    """Fill the effort column of an improvements sheet for some criteria."""
    book = openpyxl.load_workbook(path)
    page = book.worksheets[0]
    head = next(row for row in page.iter_rows() if "工作量" in [c.value for c in row])
    column = [c.value for c in head].index("工作量")
    for row in page.iter_rows():
        if row[0].value in stated:
            row[column].value = stated[row[0].value]
    book.save(path)


def test_path_leaves_out_steps_above_the_ceiling_of_the_channel(zhiping, example, tmp_path):
    zhiping(*evaluation(example("offline")), "-o", tmp_path / "out")
    words = ["path", tmp_path / "out/result.json", "--to", "优秀"]
    found = only_json(zhiping(*words, "--json")[1])
    assert found["ceiling"] == {"above": [], "left_out": OFFLINE}
    assert not {step["id"] for step in found["steps"]} & set(OFFLINE)
    out = zhiping(*words)[1].replace("\n", "")
    assert "下列评分项须先具备线上渠道，未计入超出可得最高分的改进：3.3、4.1、14.1、14.2、14.3、15.1。" in out


def test_path_includes_a_step_above_the_ceiling_with_an_effort_and_marks_it(zhiping, example, tmp_path):
    zhiping(*evaluation(example("offline")), "-o", tmp_path / "out")
    sheet = tmp_path / "out/improvements.xlsx"
    efforts(sheet, {"4.1": 0.5, "14.2": 0.5})
    words = ["path", tmp_path / "out/result.json", sheet, "--to", "优秀"]
    found = only_json(zhiping(*words, "--json")[1])
    assert found["ceiling"] == {"above": ["4.1", "14.2"], "left_out": ["3.3", "14.1", "14.3", "15.1"]}
    out = zhiping(*words, "--lang", "en")[1]
    assert "channel is" in out  # in a column, so over some lines


def test_path_out_of_reach_without_another_channel_states_by_how_much(zhiping, example, tmp_path):
    zhiping(*evaluation(example("offline")), "-o", tmp_path / "out")
    sheet = tmp_path / "out/improvements.xlsx"
    efforts(sheet, {"1.4": "不改", "9.3": "不改", "17.2": "-"})
    code, out, _ = zhiping("path", tmp_path / "out/result.json", sheet, "--to", "优秀")
    first, *rest = out.splitlines()
    assert (code, first) == (1, "可以改进的全部改进后仍达不到“优秀”：还差 3 分。")
    assert rest[0].startswith("下列评分项须先具备线上渠道")


def test_path_refuses_a_file_that_is_no_result_with_every_place(zhiping, example, tmp_path):
    zhiping(*evaluation(example("self")), "-o", tmp_path / "out")
    result = json.loads((tmp_path / "out/result.json").read_bytes())
    result["criteria"][0]["max"] = 2.5
    del result["grade"]
    (tmp_path / "bad.json").write_text(json.dumps(result), encoding="utf-8")
    code, out, _ = zhiping("path", tmp_path / "bad.json", "--to", "excellent", "--json")
    assert (code, [e["where"] for e in only_json(out)["errors"]]) == (
        1,
        [["bad.json", ""], ["bad.json", "criteria[0].max"]],
    )


@pytest.mark.parametrize("stage", ["prepare", "visit", "after"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_papers_writes_a_stage(zhiping, example, tmp_path, stage, language):
    folder = example("platform")
    words = [
        "papers",
        stage,
        "--about",
        folder / "evaluation.toml",
        "-o",
        tmp_path / stage,
        "--lang",
        language,
    ]
    if stage == "after":
        zhiping(*evaluation(folder), "-o", tmp_path / "out")
        words += ["--result", tmp_path / "out/result.json"]
    code, out, _ = zhiping(*words)
    made = list((tmp_path / stage).iterdir())
    assert code == 0
    assert len(made) >= 8
    assert str(len(made)) in out
    pdfs = [path for path in made if path.suffix == ".pdf"]  # the report for comments
    assert all(path.read_bytes().startswith(b"PK") for path in made if path not in pdfs)
    assert [path.read_bytes()[:4] for path in pdfs] == [b"%PDF"] * (stage == "after")


@pytest.mark.parametrize(("stage", "code"), [("准备", "prepare"), ("现场", "visit"), ("模板", "templates")])
def test_papers_accepts_the_stage_in_words(zhiping, example, tmp_path, stage, code):
    about = ("--about", example("offline") / "evaluation.toml")
    names = []
    for word in (stage, code):
        assert zhiping("papers", word, *about, "-o", tmp_path / word)[0] == 0
        names.append(sorted(path.name for path in (tmp_path / word).iterdir()))
    assert names[0] == names[1]


def test_papers_offers_the_stages_in_words(zhiping):
    code, _, err = zhiping("papers", "以后")
    assert code == 2
    allowed = "prepare（准备）、visit（现场）、after（之后）、archive（归档）、templates（模板）"
    assert f"没有“以后”这个选择；可用 {allowed}" in err
    assert "use prepare, visit, after, archive, templates" in zhiping("papers", "x", "--lang", "en")[2]


def test_nothing_typed_is_wrong_use(zhiping):
    assert zhiping() == (2, "", "zhiping: 缺少：命令\n用法说明：zhiping --help\n")


def test_command_typed_nearly_right_is_offered(zhiping):
    assert "没有“evalute”这个选择；是否应为 evaluate" in zhiping("evalute", "x")[2]


def test_form_accepts_the_kind_in_words(zhiping, tmp_path):
    assert zhiping("form", "--kind", "自评", "-o", tmp_path / "a.xlsx")[0] == 0
    info = openpyxl.load_workbook(tmp_path / "a.xlsx")["信息"]
    assert "自评" in {c.value for row in info for c in row}
    assert (
        "可用 authority（主管部门评价）、self（自评）" in zhiping("form", "--kind", "他", "-o", "b.xlsx")[2]
    )


def test_folders_stand_for_the_file_of_ours_in_them(zhiping, example, tmp_path):
    folder = example("offline")
    assert zhiping(*evaluation(folder), "-o", tmp_path / "结 果")[0] == 0
    files = ("path", tmp_path / "结 果/result.json", tmp_path / "结 果/improvements.xlsx", "--to", "优秀")
    assert zhiping("path", tmp_path / "结 果", tmp_path / "结 果", "--to", "优秀") == zhiping(*files)
    words = ("papers", "之后", "--about", folder, "--result", tmp_path / "结 果", "-o", tmp_path / "after")
    assert zhiping(*words)[0] == 0
    code, _, err = zhiping("path", tmp_path, "--to", "优秀")
    assert (code, "是文件夹，这里需要文件" in err) == (2, True)


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "utf-8", "ascii"])
def test_terminal_gets_chinese_in_its_own_encoding(encoding):
    """A terminal that cannot show Chinese gets UTF-8, as every pipe does."""
    reader, writer = os.openpty()
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "ZHIPING_LANG": "zh", "COLUMNS": "80"}
    code = "import sys; from zhiping.cli.main import main; sys.exit(main(['rubric', 'check']))"
    command = [sys.executable, "-c", code]
    subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, env=environment, check=True)
    os.close(writer)
    shown = os.read(reader, 10_000).decode("utf-8" if encoding == "ascii" else encoding)
    os.close(reader)
    assert "评价表可用" in shown


def test_rubric_check_show_and_export_agree(zhiping, tmp_path):
    assert zhiping("rubric", "check")[0] == 0
    assert "1.1" in zhiping("rubric", "show")[1]
    assert zhiping("rubric", "export", "-o", tmp_path / "r.toml")[0] == 0
    assert rubric_file.load(tmp_path / "r.toml") == rubric_file.bundled()
    assert zhiping("rubric", "export", "-o", tmp_path / "r.xlsx")[0] == 0
    assert only_json(zhiping("rubric", "show", "--json")[1])["rubric"]["id"] == rubric_file.bundled().id


def test_a_draft_with_an_unsettled_doubt_is_refused_until_it_is_settled(zhiping, tmp_path):
    draft = tmp_path / "draft.toml"
    text = rubric_file.dumps(rubric_file.bundled())
    doubt = (
        '\n[[doubts]]\nid = "3.5"\ncode = "moved"\nwhere = "1"\nfound = "4"\nproposed = "3"\nsettled = "{}"\n'
    )
    draft.write_text(text + doubt.format(""), encoding="utf-8")
    form = ("form", "--rubric", draft, "-o", tmp_path / "f.xlsx")
    assert zhiping(*form)[0] == 3
    assert zhiping("rubric", "check", draft)[0] == 3
    assert not (tmp_path / "f.xlsx").exists()
    draft.write_text(text + doubt.format("归入 3.5"), encoding="utf-8")
    assert zhiping(*form)[0] == 0


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    "command",
    ["", "form", "evaluate", "papers", "path", "rubric", "rubric show", "rubric read", "rubric export"],
)
def test_every_command_teaches_itself_in_both_languages(zhiping, command, language):
    code, out, _ = zhiping(*command.split(), "--lang", language, "--help")
    area = command.replace(" ", "_")
    about = lookup(language, f"cli.{area}.about" if area else "cli.about").splitlines()[0]
    assert code == 0
    assert about[:12] in out
    assert "zhiping" in out
    if language == "en":
        assert not [c for c in out if "\u4e00" <= c <= "\u9fff"]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    "command", ["", "form", "evaluate", "papers", "path", "rubric read", "doctor", "demo"]
)
def test_help_keeps_to_the_width_of_the_terminal(zhiping, monkeypatch, command, language):
    monkeypatch.setenv("COLUMNS", "80")
    lines = zhiping(*command.split(), "--lang", language, "--help")[1].splitlines()
    examples = lines[next((n for n, line in enumerate(lines) if line.startswith(("示例", "Example"))), 999) :]
    assert max(cells(line) for line in lines if line not in examples) <= 80


def test_help_loads_no_heavy_library():
    heavy = "{'rich', 'docx', 'typst', 'xlsxwriter', 'python_calamine', 'docxtpl', 'jinja2'}"
    code = (
        "import sys; from zhiping.cli.main import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        f"print(sorted({heavy} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_form_never_overwrites_a_sheet_a_person_may_have_filled(zhiping, example, tmp_path):
    words = ("form", "--about", example("offline") / "evaluation.toml", "-o", tmp_path / "forms")
    assert zhiping(*words)[0] == 0
    (tmp_path / "forms/萨仁.xlsx").write_bytes(b"filled")
    (tmp_path / "forms/郝志平.xlsx").unlink()
    assert zhiping(*words)[0] == 2
    assert (tmp_path / "forms/萨仁.xlsx").read_bytes() == b"filled"
    assert not (tmp_path / "forms/郝志平.xlsx").exists()


def test_papers_after_want_a_concluded_result(zhiping, example, tmp_path):
    folder = example("platform")
    (folder / "deliberation.xlsx").unlink()
    zhiping(*evaluation(folder), "-o", tmp_path / "out")
    about = ("--about", folder / "evaluation.toml", "--result", tmp_path / "out/result.json")
    assert zhiping("papers", "after", *about, "-o", tmp_path / "after")[0] == 1
    assert not (tmp_path / "after").exists()


@pytest.mark.parametrize("batch", [False, True])
def test_papers_refuse_a_result_of_another_platform_alike(zhiping, example, tmp_path, batch):
    other, folder = example("offline"), example("self")
    zhiping(*evaluation(other), "-o", tmp_path / "out")
    (tmp_path / "out" / "result.json").rename(folder / "result.json")
    (tmp_path / "all").mkdir()
    folder = folder.rename(tmp_path / "all" / "self")
    words = ["--batch", tmp_path / "all"] if batch else ["--about", folder, "--result", folder]
    code, out, _ = zhiping("papers", "prepare", *words, "-o", tmp_path / "papers", "--json")
    said = only_json(out)
    errors = said["evaluations"][0]["errors"] if batch else said["errors"]
    assert (code, [error["code"] for error in errors]) == (1, ["result.other_platform"])


def test_papers_keeps_what_people_changed(zhiping, example, tmp_path):
    words = ("papers", "visit", "--about", example("offline") / "evaluation.toml", "-o", tmp_path / "v")
    assert zhiping(*words)[0] == 0
    changed = next(p for p in (tmp_path / "v").iterdir() if "会议记录" in p.name)
    changed.write_bytes(b"minutes")
    code, _, err = zhiping(*words)
    assert (code, err.count("已另存为")) == (0, 1)
    assert changed.with_stem(f"{changed.stem}-1").read_bytes() == b"minutes"
    assert zhiping(*words)[2] == ""


def test_papers_templates_come_with_an_evaluation_file_to_start_from(zhiping, tmp_path):
    assert zhiping("papers", "templates", "-o", tmp_path / "t")[0] == 0
    assert (tmp_path / "t/evaluation.toml").read_text(encoding="utf-8").startswith("# ")


def test_control_characters_never_reach_the_terminal(zhiping, tmp_path):
    about = tmp_path / "evaluation.toml"
    about.write_text('kind = "\\u001b[31m\\u202ered"\n[platform]\nname = "x"\n', encoding="utf-8")
    code, _, err = zhiping("papers", "prepare", "--about", about)
    assert code == 1
    assert not {"\x1b", "\u202e"} & set(err)
