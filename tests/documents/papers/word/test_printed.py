"""Papers and workbooks of all examples as printed: nothing is cut, no page only signs, hands have room."""

import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.pagebreak import Break, RowBreak
from tests.documents.papers.word import printed

from zhiping.documents.files import evaluation_file
from zhiping.documents.files.rubric_file import bundled
from zhiping.documents.papers.word import fill, papers, stages
from zhiping.documents.papers.word.package import pack
from zhiping.documents.papers.word.source import read
from zhiping.documents.papers.word.template import template
from zhiping.documents.spreadsheets import deliberation, improvements
from zhiping.documents.spreadsheets.form import reading
from zhiping.documents.spreadsheets.tables import official, summary
from zhiping.domain.evaluation import Evaluation, Platform
from zhiping.domain.result import evaluate
from zhiping.domain.sheet import with_level_reasons
from zhiping.texts.catalogue import LANGUAGES, speaking

RUBRIC = bundled()
EXAMPLES = Path(__file__).parents[4] / "examples"
LEAST = 0.125  # of a last page is used
FILLED = 0.66  # of a page of a workbook but the last
# What is written by hand, in millimetres: heights of rows and widths of columns, by head or label.
HEIGHTS = {
    "zh": {
        "sign_in": {"首次会议签字": 10, "末次会议签字": 10},
        "inspection": {"检查情况": 18, "签字": 10},
        "table": {"扣分理由": 12},
        "materials": {"材料名称、文号": 10},
        "improvement_report": {"完成情况": 12},
        "closure": {"完成情况及证明材料": 12},
        "recheck": {"组织单位（盖章）": 42},
        "receipt": {"签收单位（盖章）": 42},
        "handover": {"移交单位（盖章）": 42},
        "opening": {"会议记录": 70},
        "closing": {"会议记录": 60},
    },
    "en": {
        "sign_in": {"Opening meeting (signature)": 10, "Closing meeting (signature)": 10},
        "inspection": {"Findings": 18, "Signature": 10},
        "table": {"Reason for the loss": 12},
        "materials": {"Document title and number": 10},
        "improvement_report": {"What was done": 12},
        "closure": {"What was done, materials": 12},
        "recheck": {"Organiser (seal)": 42},
        "receipt": {"Receiving organisation (seal)": 42},
        "handover": {"Organisation (seal)": 42},
        "opening": {"Minutes": 70},
        "closing": {"Minutes": 60},
    },
}
WIDTHS = {
    "zh": {
        "inspection": {"检查情况": 70, "编号": 13},
        "materials": {"材料名称、文号": 45, "编号": 13},
        "table": {"编号": 13, "扣分理由": 45},
        "deliberation": {"编号": 13},
        "summary": {"编号": 13},
    },
    "en": {
        "inspection": {"Findings": 70, "No.": 11},
        "materials": {"Document title and number": 45, "No.": 13},
        "table": {"No.": 13, "Reason for the loss": 45},
        "deliberation": {"No.": 13},
        "summary": {"No.": 13},
    },
}
SIGNED = {"report": ("签字", "Signature")}  # tables that stay on one page
COVERS = {"report", "draft"}
STAMPS = {"draft": {"zh": "征求意见稿", "en": "DRAFT FOR COMMENTS"}}
LENGTHS = {"declaration": 1, "invitation": 2}  # pages of one person's paper


def example(name):
    """An example and its members' sheets, with what the panel agreed."""
    folder = EXAMPLES / name
    about = evaluation_file.load(folder / "evaluation.toml", RUBRIC)
    sheets = reading.read_forms(sorted(folder.glob("sheets/*.xlsx")), RUBRIC, about.policy.step)
    path = folder / "deliberation.xlsx"
    return about, sheets, deliberation.read_agreed(path, RUBRIC, sheets, about) if path.exists() else None


def failed():
    """The example of a city, had it lost every third criterion."""
    about, sheets, agreed = example("platform")
    lost = {criterion.id for criterion in RUBRIC.base[::3]}
    lowered = [
        with_level_reasons(
            RUBRIC,
            replace(
                sheet,
                marks={
                    name: replace(
                        m, points=Fraction(0), no_level=False, reason=m.reason or "现场未见相应记录"
                    )
                    if name in lost
                    else m
                    for name, m in sheet.marks.items()
                },
            ),
        )
        for sheet in sheets
    ]
    return about, evaluate(RUBRIC, about, lowered, {k: a for k, a in agreed.items() if k not in lost})


def cases():
    """Every example with its result, one that failed, one still open, and blank forms."""
    found = {}
    for folder in sorted(path.parent.name for path in EXAMPLES.glob("*/evaluation.toml")):
        about, sheets, agreed = example(folder)
        found[folder] = about, evaluate(RUBRIC, about, sheets, agreed)
    about, sheets, _ = example("platform")
    blank = Evaluation(Platform("某市质量基础设施“一站式”服务平台"))
    return {
        **found,
        "failed": failed(),
        "open": (about, evaluate(RUBRIC, about, sheets)),
        "blank": (blank, None),
    }


def written(folder, language):
    """The papers of every case, each different one once: name of the paper by path."""
    folder.mkdir()
    seen, made = set(), {}
    for case, (about, result) in cases().items():
        for stage in stages.STAGES:
            with speaking(language):
                paths = papers.write_papers(stage, about, RUBRIC, result, folder / "new")
                names = {papers.title(name): name for name in stages.of_stage(stage, about, result)}
            for path in paths:
                data = path.read_bytes()
                if data not in seen:
                    seen.add(data)
                    name = names[path.stem[3:]]
                    made[path.rename(folder / f"{case}-{stage}-{name}.docx")] = name
    return made


def faults(docx, pdf, language, name=""):
    """Everything wrong with a printed paper, by kind."""
    pages, texts = printed.read(pdf), printed.paragraphs(docx)
    found = {
        "torn": printed.torn(pages, [text for _, text in texts]),
        "lonely": printed.lonely(pages, texts),
        "empty": [f"{page.used:.2f}" for page in pages[1:][-1:] if page.used < LEAST],
        "low": printed.low(pages, HEIGHTS[language].get(name, {})),
        "narrow": printed.narrow(pages, WIDTHS[language].get(name, {})),
        "covered": printed.covered(pages, texts),
        "iso": printed.iso_days(pages) if language == "zh" else [],
        "divided": printed.divided(pages, SIGNED.get(name, ())),
        "unstamped": printed.unstamped(pages, STAMPS.get(name, {}).get(language, "")),
        "misnumbered": printed.misnumbered(pages, LENGTHS.get(name, 0), cover=name in COVERS),
        "high": printed.high(pages, texts),
    }
    return {kind: what for kind, what in found.items() if what}


@pytest.mark.parametrize("language", LANGUAGES)
def test_papers_are_printed_whole(soffice, tmp_path, language):
    made = written(tmp_path / "made", language)
    printed_ = soffice(list(made), "pdf", tmp_path)
    found = {
        path.stem: wrong
        for (path, name), pdf in zip(made.items(), printed_, strict=True)
        if (wrong := faults(path, pdf, language, name))
    }
    assert found == {}
    assert set(made.values()) == set(stages.PAPERS)


def workbooks(folder, language):
    """The workbooks of every case that has a result."""
    folder.mkdir()
    made = []
    for case, (about, result) in cases().items():
        writers = {
            "table": lambda path, about, result: official.write_table(
                result, RUBRIC, path, panel=about.panel or ()
            ),
            "summary": lambda path, about, result: summary.write_summary(
                result, RUBRIC, path, panel=about.panel or ()
            ),
            "improvements": lambda path, about, result: improvements.write_improvements(
                result, RUBRIC, path, about
            ),
            "deliberation": lambda path, about, result: deliberation.write_deliberation(
                result, RUBRIC, path, panel=about.panel or ()
            ),
        }
        disputed = [c for c in result["criteria"] if c["disputed"]] if result else []
        for name, write in writers.items() if result else ():
            if name != "deliberation" or len(disputed) > 1:
                made.append(folder / f"{case}-{name}.xlsx")
                with speaking(language):
                    write(made[-1], about, result)
    return made


def book_faults(pdf):
    """Everything wrong with a printed workbook, by kind."""
    pages = printed.read(pdf)
    found = {
        "signed": printed.only_signed(pages),
        "empty": [f"{page.used:.2f}" for page in pages[:-1] if page.used < FILLED],
    }
    return {kind: what for kind, what in found.items() if what}


@pytest.mark.parametrize("language", LANGUAGES)
def test_workbooks_are_printed_whole(soffice, tmp_path, language):
    made = workbooks(tmp_path / "made", language)
    printed_ = soffice(made, "pdf", tmp_path)
    found = {
        path.stem: wrong for path, pdf in zip(made, printed_, strict=True) if (wrong := book_faults(pdf))
    }
    assert found == {}
    assert {path.stem.rpartition("-")[2] for path in made} == {
        "table",
        "summary",
        "improvements",
        "deliberation",
    }


@pytest.mark.parametrize(("before_end", "kind"), [(4, "signed"), (30, "empty")])
def test_seeded_break_of_a_workbook_is_found(soffice, tmp_path, before_end, kind):
    about, result = cases()["open"]
    deliberation.write_deliberation(result, RUBRIC, tmp_path / "d.xlsx", panel=about.panel)
    book = openpyxl.load_workbook(tmp_path / "d.xlsx")
    page = book.worksheets[0]
    page.row_breaks = RowBreak(brk=[Break(id=max(page.max_row - before_end, page.min_row + 4))])
    book.save(tmp_path / "d.xlsx")
    [pdf] = soffice([tmp_path / "d.xlsx"], "pdf", tmp_path)
    assert kind in book_faults(pdf)


LINE = "为全面掌握质量基础设施“一站式”服务平台的建设和运行情况，推动持续改进、提升服务成效。\n"
# A paper with one fault each, its kind, and what is reported.
SEEDED = {
    "word": ("|= 4c 48 48\n|* No. | Remarks | a\n| 1 | x | \n", "torn", "N|o"),
    "head": ("|= 7c 46 47\n|* 序号 | 事项 | 甲\n| 1 | 甲 | \n", "torn", "序|号"),
    "id": ("@small\n|= 5c 48 47\n|* a | b | c\n| 16.1 | 甲 | \n", "torn", "1"),
    "day": ("|= 12 44 44\n|* 日期 | 事项 | 甲乙\n| 2025年9月10日 | 甲 | \n", "torn", "年"),
    "line": (
        "~ 运营单位代表（签字、盖章）：＿＿＿＿＿＿＿＿　　组长（签字）：＿＿＿＿＿＿＿＿\n",
        "torn",
        "＿|＿",
    ),
    "lonely": (LINE * 11 + "---\n>> 云川市市场监督管理局\n> 2025年9月10日\n", "lonely", 2),
    "contact": (
        LINE * 5 + "云川市市场监督管理局印发。\n---\n通信地址：云川市政府路 6 号\n>> 云川市市场监督管理局\n",
        "lonely",
        2,
    ),
    "empty": (LINE + "---\n" + LINE[:10] + "\n", "empty", "0."),
    "low": ("|= 10c 45 45\n|* 序号 | 事项 | 签字\n| 1 | 甲 | \n", "low", "1: 7 < 10 mm"),
    "box": ("|= 20c 80\n|(20) 单位（盖章） | 日期：\n", "low", "单位（盖章）: 20 < 42 mm"),
    "narrow": ("|= 10c 70 20\n|* 序号 | 事项 | 签字\n|(12) 1 | 甲 | \n", "narrow", "签字: 31 < 40 mm"),
    "covered": (LINE + ">> 云川市市场监督管理局\n", "covered", "云川市市场监督管理局"),
    "iso": ("会议时间：2025-09-10\n", "iso", "2025-09-10"),
    "divided": (
        LINE * 7 + "|= 50 50\n|* 姓名 | 本人签名\n|% for n in range(8)\n|(11) {{ n }} | \n|% endfor\n",
        "divided",
        "本人签名",
    ),
    "unstamped": (LINE, "unstamped", 1),
    "misnumbered": ("@report\n" + LINE + "--- 1\n" + LINE, "misnumbered", "1: none"),
    "cover": (LINE, "misnumbered", "0: 1"),
    "high": (LINE + "_ 抄送：北原市。\n", "high", "抄送：北原市。: "),
}
SOUND = (
    f"@report\n{LINE}|= 10c 60 30c\n|* 序号 | 事项 | 签字\n"
    "|% for n in range(30)\n|(12) {{ n }} | 2025年9月10日 | \n|% endfor\n"
    "~ 签字：____________\n|= 20c 80\n|(46) 单位（盖章） | 日期：\n"
    f"{LINE * 3}|=! 50 50\n|* 姓名 | 本人签名\n|% for n in range(8)\n|(11) {{{{ n }}}} | \n|% endfor\n"
    f">> 云川市市场监督管理局\n> 2025年9月10日\n_ 抄送：北原市。\n"
)


@pytest.fixture(scope="module")
def seeded(soffice, tmp_path_factory):
    """The faults found in each seeded paper."""
    folder = tmp_path_factory.mktemp("seeded")
    paths = []
    for name, source in {**{name: source for name, (source, *_) in SEEDED.items()}, "sound": SOUND}.items():
        made = fill.cleaned(template(read(source), "", "zh"))
        if name == "covered":
            made["word/styles.xml"] = made["word/styles.xml"].replace(b'w:before="800"', b'w:before="0"')
        if name == "high":
            made["word/document.xml"] = re.sub(rb"<w:framePr [^>]*>", b"", made["word/document.xml"])
        sandbox = fill.strict()
        code = fill.ready(sandbox, fill.compiled(sandbox, made))
        paths.append(folder / f"{name}.docx")
        paths[-1].write_bytes(pack(fill.filled(made, code, {"stamp": "征求意见稿"}, {})))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(HEIGHTS["zh"], "seeded", {"签字": 10, "单位（盖章）": 42})
        patch.setitem(WIDTHS["zh"], "seeded", {"签字": 40})
        patch.setattr(f"{__name__}.COVERS", {"seeded"})
        patch.setitem(SIGNED, "seeded", ("本人签名",))
        patch.setitem(STAMPS, "seeded", {"zh": "征求意见稿"})
        return {
            path.stem: faults(path, pdf, "zh", "seeded")
            for path, pdf in zip(paths, soffice(paths, "pdf", folder), strict=True)
        }


@pytest.mark.parametrize("name", SEEDED)
def test_seeded_fault_is_found(seeded, name):
    _, kind, words = SEEDED[name]
    assert [str(words) in str(one) for one in seeded[name].get(kind, [])][:1] == [True], seeded[name]


def test_sound_paper_has_no_fault(seeded):
    assert seeded["sound"] == {}
