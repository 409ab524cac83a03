"""Hostile inputs and outputs of the command line: one sentence each, and nothing half written."""

import os

import pytest
from tests.cli.conftest import evaluation

KINDS = {
    "pipe": os.mkfifo,
    "device": lambda path: path.symlink_to("/dev/zero"),
    "loop": lambda path: path.symlink_to(path.name),
}


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("kind", KINDS)
def test_sheet_that_is_no_ordinary_file_is_refused_at_once(zhiping, example, kind):
    folder = example("platform")
    sheet = sorted(folder.glob("sheets/*.xlsx"))[0]
    words = evaluation(folder)
    sheet.unlink()
    KINDS[kind](sheet)
    code, _, err = zhiping(*words, "-o", folder / "out")
    sentence = f"找不到“{sheet}”" if kind == "loop" else f"“{sheet}”不是普通文件"
    assert (code, err.strip(), (folder / "out").exists()) == (2, sentence, False)


@pytest.mark.parametrize("kind", ["pipe", "device"])
@pytest.mark.parametrize("name", ["evaluation.toml", "deliberation.xlsx"])
def test_option_that_is_no_ordinary_file_is_wrong_use(zhiping, example, kind, name):
    folder = example("platform")
    words = evaluation(folder)
    (folder / name).unlink()
    KINDS[kind](folder / name)
    code, _, err = zhiping(*words, "-o", folder / "out")
    assert (code, f"“{folder / name}”不是普通文件" in err) == (2, True)


@pytest.mark.parametrize("key", ["previous", "region"])
@pytest.mark.parametrize(
    ("name", "why"), [("pipe", "不是普通文件"), ("/dev/zero", "不是普通文件"), ("sheets", "这是文件夹")]
)
def test_file_that_an_evaluation_names_is_not_waited_for(zhiping, example, key, name, why):
    folder = example("platform")
    os.mkfifo(folder / "pipe")
    about = folder / "evaluation.toml"
    about.write_text(f'{key} = "{name}"\n' + about.read_text(encoding="utf-8"), encoding="utf-8")
    code, _, err = zhiping(*evaluation(folder), "-o", folder / "out")
    assert (code, f"evaluation.toml {key} 无法打开：{why}" in err) == (1, True)


def test_deeply_nested_file_of_a_device_is_refused_as_no_such_file(zhiping, example):
    folder = example("platform")
    (folder / "sheets" / "a.json").write_text('{"a":' * 100_000, encoding="utf-8")
    command, *words = evaluation(folder)
    code, _, err = zhiping(command, folder / "sheets" / "a.json", *words, "-o", folder / "out")
    assert (code, err.startswith("a.json 不是评分页面保存的文件")) == (1, True)


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ("loop", "“{path}”不是文件夹"),
        ("file/out", "{path} 不是文件夹，不能在其中读写"),
        ("长" * 200, "名称过长"),
        ("/proc/out", "/proc/out 找不到这个文件或文件夹"),
        ("", "没有写明输出位置"),
    ],
)
def test_output_that_cannot_be_written_is_named_as_typed(zhiping, example, target, sentence):
    folder = example("platform")
    (folder / "loop").symlink_to("loop")
    (folder / "file").write_text("mine")
    before = names(folder)
    path = folder / target if target else ""
    code, _, err = zhiping(*evaluation(folder), "-o", path)
    assert (code, sentence.format(path=path) in err, names(folder)) == (2, True, before)


@pytest.mark.parametrize("kind", ["pipe", "device", "link"])
def test_paper_that_is_no_ordinary_file_is_set_aside_unread(zhiping, example, kind):
    folder, out = example("platform"), example("self").parent / "out"
    out.mkdir()
    (out / "result.json").write_text("{}")
    victim = folder / "victim"
    victim.write_text("mine")
    paper = out / "report.docx"
    {**KINDS, "link": lambda path: path.symlink_to("../platform/victim")}[kind](paper)
    code, _, err = zhiping(*evaluation(folder), "-o", out)
    assert (code, victim.read_text()) == (0, "mine")
    assert "原有的 report.docx 内容不同，已另存为 report-1.docx" in err
    assert paper.read_bytes()[:2] == b"PK"
    assert not [name for name in names(out.parent) if name.startswith(".")]


def test_folder_named_like_a_paper_is_named_where_it_is(zhiping, example):
    folder = example("platform")
    (folder / "out" / "report.pdf").mkdir(parents=True)
    code, _, err = zhiping(*evaluation(folder), "-o", folder / "out")
    assert (code, names(folder / "out")) == (2, ["report.pdf"])
    assert f"{folder / 'out' / 'report.pdf'} 这是文件夹，需要的是文件" in err
