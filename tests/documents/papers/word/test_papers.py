"""The Word papers say what is known, leave blank what is not, and keep single marks from the operator."""

import re
import zipfile
from dataclasses import replace
from datetime import date
from io import BytesIO
from xml.etree import ElementTree as ET

import docx
import pytest
from pypdf import PdfReader
from tests.documents import evaluations

from zhiping.documents.files.rubric_file import bundled
from zhiping.documents.papers import charts
from zhiping.documents.papers.facts.evaluation import facts
from zhiping.documents.papers.report import report_of
from zhiping.documents.papers.word import fill, papers, stages
from zhiping.documents.papers.word.layout import STYLES
from zhiping.documents.papers.word.source import read
from zhiping.documents.papers.word.stages import MEMBERS, PAPERS
from zhiping.documents.papers.word.template import template
from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.evaluation import (
    Appointment,
    Evaluation,
    FactCheck,
    Interview,
    Meeting,
    Platform,
    Recommendation,
    ReportText,
    Seen,
)
from zhiping.domain.letters import Letter, Letters
from zhiping.domain.panel import Expert, Training
from zhiping.domain.policy import Policy, default
from zhiping.domain.result import evaluate
from zhiping.texts.catalogue import LANGUAGES, speaking

RUBRIC = bundled()
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
SOURCES = papers.Path(papers.__file__).parent / "sources"
DUTIES = [tuple(i.id for i in RUBRIC.indicators)[at::5] for at in range(5)]
PANEL = tuple(
    replace(
        expert,
        organisation=f"第{at}检验所",
        title="高级工程师",
        duties=DUTIES[at],
        checks=DUTIES[(at + 1) % 5],
        training=(Training(date(2025, 3, 1), topic="评价方法"),),
        experience="窗口负责人三年" if at == 1 else "",
        affiliations=(),
        declared=date(2026, 5, 2),
    )
    for at, expert in enumerate(evaluations.PANEL)
)
FULL = evaluations.about(
    platform=replace(
        evaluations.PLATFORM,
        address="敖包旗新华街 8 号",
        sites=("主站", "园区站"),
        url="https://qi.example.org",
    ),
    authority="某盟市场监督管理局",
    programme="2026 年度评价计划",
    purpose="了解运行成效",
    basis=("某地方标准",),
    panel=PANEL,
    substitutes=(Expert("S1", "其其格", organisation="第九检验所"),),
    secretary="苏日娜",
    visit=replace(
        evaluations.ABOUT.visit,
        place="主站会议室",
        sites=("园区站",),
        schedule=(Appointment("9:00", "首次会议", "二楼", "全体"),),
        opening=Meeting("5月12日9时", "二楼会议室", "乌兰", ("平台负责人",), "组长说明程序"),
        seen=(Seen("成立文件", "敖质〔2022〕3号", "2022-04-20", "1", ("1.1", "1.2")),),
        interviews=(Interview("阿木尔", "窗口人员", "受理流程"),),
    ),
    report=ReportText(
        "敖评〔2026〕1号", date(2026, 6, 1), "平台运行平稳", ("台账不全",), (Recommendation("补齐台账"),)
    ),
    guidance={"3.1": "以步行距离判断"},
)
BARE = Evaluation(Platform("某平台"))
RESULT = evaluate(RUBRIC, FULL, evaluations.sheets(), evaluations.AGREED)
OPEN = evaluate(RUBRIC, FULL, evaluations.sheets())
NO_DAY = "{}年{}月{}日".format(*("\u00a0" * n for n in (12, 6, 6)))  # no line ends inside of it
NO_NUMBER = "____\u00a0〔{}〕{}号".format(*("\u00a0" * n for n in (8, 6)))
NO_SCORE = {"base": None, "bonus": None, "total": None, "graded": None}


def words(data: bytes) -> str:
    """All text of a paper, a line per paragraph."""
    body = docx.Document(BytesIO(data)).element.body
    lines = body.iter(W + "p")
    return "\n".join(
        "".join("\n" if t.tag == W + "br" else t.text or "" for t in p.iter(W + "t", W + "br")) for p in lines
    )


def written(tmp_path, stage, about=FULL, result=RESULT, language="zh", **more) -> dict[str, bytes]:
    """The papers of a stage by their file names."""
    with speaking(language):
        made = papers.write_papers(stage, about, RUBRIC, result, tmp_path / "out", **more)
    return {path.name: path.read_bytes() for path in made}


def paper(tmp_path, name, about=FULL, result=RESULT, language="zh") -> str:
    """One paper's text."""
    stage = next(stage for stage, names in stages.STAGES.items() if name in names)
    with speaking(language):
        title = papers.title(name)
    return words(
        next(
            d
            for n, d in written(tmp_path, stage, about, result, language).items()
            if n[3:] == f"{title}.docx"
        )
    )


def left_over(text: str, language: str) -> list[str]:
    """What only a template or a program would write; "None" is a word of the English table."""
    return re.findall(r"{[{%#]|[}%#]}|Undefined|<built-in" + ("|None" if language == "zh" else ""), text)


def rows(data: bytes, table: int) -> list[list[str]]:
    """The cells of one table of a paper, without the notes below it."""
    found = docx.Document(BytesIO(data)).tables[table].rows
    return [[c.text for c in row.cells] for row in found if row.cells[0].paragraphs[0].style.name != "note"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("stage", stages.STAGES)
def test_papers_of_a_stage_name_the_platform_and_hold_no_tag(tmp_path, stage, language):
    made = written(tmp_path, stage, language=language)
    with speaking(language):
        titles = [papers.title(name) for name in stages.of_stage(stage, FULL, RESULT)]
    assert [name[3:-5] for name in made] == titles
    for name, data in made.items():
        text = words(data)
        assert FULL.platform.name in text, name
        assert left_over(text, language) == [], name


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("stage", stages.STAGES)
@pytest.mark.parametrize(
    "about", [BARE, replace(BARE, kind="self", policy=default("self"))], ids=["led", "self"]
)
def test_papers_of_a_bare_evaluation_are_blank_forms(tmp_path, stage, about, language):
    made = written(tmp_path, stage, about, None, language)
    with speaking(language):
        assert [name[3:-5] for name in made] == [papers.title(n) for n in stages.of_stage(stage, about, None)]
    for name, data in made.items():
        assert left_over(words(data), language) == [], name


def test_papers_leave_a_line_for_what_no_one_stated(tmp_path):
    text = paper(tmp_path, "notice", BARE, None)
    assert "____________：" in text
    assert f"现场评价时间为{NO_DAY}至{NO_DAY}，地点为____________。" in text
    assert (
        "评价组由 ____________ 人组成。组长：____________；成员：____________；秘书：____________。" in text
    )
    assert "评价目的：" not in text


FAILED = {"rectification", "reevaluation"}  # of a platform that failed


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({}, FAILED),
        ({"kind": "self"}, {"draw", "comments", "draft", "answer", "announcement", "publicity", *FAILED}),
        ({"policy": Policy(method="mean")}, {"deliberation", *FAILED}),
        ({"policy": Policy(method="panel")}, {"deliberation", "fact_notes", "summary", *FAILED}),
        ({"policy": Policy(draft_days=None)}, {"comments", "draft", "answer", *FAILED}),
    ],
    ids=["consensus", "self", "mean", "panel", "no-draft"],
)
def test_papers_follow_the_kind_and_the_policy(changes, missing):
    about = replace(FULL, **changes)
    found = [name for stage in stages.STAGES for name in stages.of_stage(stage, about, RESULT)]
    assert set(PAPERS) - set(found) == missing
    assert found == [name for name in PAPERS if name not in missing]


REMEDY = {"improvement_plan", "improvement_report", "extension", "recheck", "closure"}


@pytest.mark.parametrize(
    ("result", "missing"),
    [
        (None, {"draft", "report", "approval"}),
        (OPEN, set()),
        ({**RESULT, "status": "refused", "grade": None}, {"draft", "report", "approval"}),
        ({**RESULT, "grade": "unqualified"}, {"improvement"}),
        ({**RESULT, "findings": []}, {"improvement", *FAILED, *REMEDY}),
    ],
    ids=["none", "open", "refused", "unqualified", "nothing-lost"],
)
def test_papers_after_follow_the_result(result, missing):
    assert set(stages.STAGES["after"]) - set(stages.of_stage("after", FULL, result)) == missing


def test_papers_for_the_operator_hold_no_single_marks(tmp_path):
    """Every number a single member gave is made unmistakable; only the panel's own papers may know it."""
    marks = [{**m, "points": "7777", "level": None} for m in RESULT["criteria"][0]["marks"]]
    single = {"marks": marks, "proposal": "7777", "dissent": "应为 7777 分"}
    criteria = [{**c, **single} for c in RESULT["criteria"]]
    sheets = [{**s, "base": "7777", "bonus": "7777", "total": "7777"} for s in RESULT["sheets"]]
    severity = [{**s, "share": "7777", "points": "7777"} for s in RESULT["agreement"]["severity"]]
    result = {
        **RESULT,
        "criteria": criteria,
        "sheets": sheets,
        "agreement": {**RESULT["agreement"], "severity": severity},
    }
    assert "7777" not in str(facts(FULL, RUBRIC, result))
    report = papers.write_report(report_of(result, RUBRIC, FULL), tmp_path / "report.docx")
    assert "7777" not in words(report.read_bytes())


def test_papers_with_single_marks_are_the_panels_own(tmp_path):
    made = written(tmp_path, "visit")
    bearing = {
        name[3:-5]
        for name, data in made.items()
        if "巴特尔 0 分" in words(data) or "不提供给运营单位" in words(data)
    }
    assert bearing == {papers.title(name) for name in MEMBERS}


def test_files_of_a_stage_are_numbered_without_gaps(tmp_path):
    own = replace(FULL, kind="self")
    numbers = [name[:3] for name in written(tmp_path, "after", own)]
    assert numbers == [f"{no:02d} " for no in range(1, len(numbers) + 1)]


def test_namesakes_are_reported_apart_wherever_people_are_listed(tmp_path):
    names = ("张伟", "张伟", *evaluations.NAMES[2:])
    experts = tuple(replace(e, name=n) for e, n in zip(FULL.panel, names, strict=True))
    about = replace(FULL, panel=experts)
    sheets = [replace(s, name=n) for s, n in zip(evaluations.sheets(), names, strict=True)]
    result = evaluate(RUBRIC, about, sheets, evaluations.AGREED)
    wanted = ("评价方案", "评价组名单及分工表", "现场评价签到表", "专家评分汇总表", "评议纪要", "评价报告")
    made = {}
    for stage in stages.STAGES:
        made |= {name[3:-5]: words(data) for name, data in written(tmp_path, stage, about, result).items()}
    for name in wanted:
        text = made[name.removeprefix("现场评价")]
        assert (name, text.count("张伟") > 1) == (name, True)
        assert (name, text.count("张伟")) == (name, text.count("张伟 E1") + text.count("张伟 E2"))


def test_summary_has_a_column_for_each_member(tmp_path):
    data = written(tmp_path, "visit")["06 专家评分汇总表.docx"]
    table = rows(data, 0)
    assert table[0] == ["编号", "评分项", "满分", *evaluations.NAMES, "评价组\n评分", "备注"]
    by_id = {row[0]: row for row in table}
    assert by_id["3.1"][2:] == ["2", "1", "1", "2", "1", "0", "1", "经评议"]
    assert by_id["4.2"][2:] == ["1", "0", "0", "0", "0", "0", "0", ""]
    assert table[-1][3:9] == [s["total"] for s in RESULT["sheets"]] + [RESULT["shown"]["total"]]
    grid = docx.Document(BytesIO(data)).tables[0]._tbl.tblGrid
    assert len(grid) == len(table[0])


def test_deliberation_minutes_hold_each_disputed_criterion(tmp_path):
    table = rows(written(tmp_path, "visit")["07 评议纪要.docx"], 0)
    assert [row[0] for row in table[1:]] == [c["id"] for c in RESULT["criteria"] if c["disputed"]]
    found = next(row for row in table if row[0] == "3.1")
    assert found[3:] == [
        "乌兰 1 分、张建国 1 分、欧阳文静 2 分、李敏 1 分、巴特尔 0 分",
        "1",
        "1",
        evaluations.AGREED["3.1"].reason,
        evaluations.AGREED["3.1"].dissent,
    ]


def test_fact_check_lists_facts_without_marks(tmp_path):
    table = rows(written(tmp_path, "visit")["09 问题确认单.docx"], 0)
    lost = [c["id"] for c in RESULT["criteria"] if c["lost"] not in (None, "0")]
    assert [row[1] for row in table[1:]] == lost
    title, fact = next(row for row in table if row[1] == "3.1")[2:4]
    assert (title, fact) == ("固定场所和选址", evaluations.AGREED["3.1"].reason)


def test_notes_for_the_fact_check_have_every_members_words(tmp_path):
    table = rows(written(tmp_path, "visit")["08 问题确认单底稿.docx"], 0)
    found = next(row for row in table if row[0] == "3.1")
    assert all(line.endswith(f"：{evaluations.REASONS['3.1']}") for line in found[2].split("\n"))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("fact_check", ["专家支持", "没有标准化专家"]),
        ("improvement", ["专家支持", "没有标准化专家"]),
        ("improvement_plan", ["专家支持", "没有标准化专家"]),
        ("improvement_report", ["专家支持：没有标准化专家"]),
        ("recheck", ["专家支持：没有标准化专家"]),
        ("closure", ["专家支持", "没有标准化专家"]),
    ],
)
def test_papers_have_the_title_of_a_finding_and_its_fact(tmp_path, name, shown):
    about = replace(FULL, findings={"5.2": FactCheck("没有标准化专家")})
    stage = next(stage for stage, names in stages.STAGES.items() if name in names)
    made = written(tmp_path, stage, about)
    data = next(data for file, data in made.items() if file[3:-5] == papers.title(name))
    cells = [row for table in docx.Document(BytesIO(data)).tables for row in table.rows]
    found = next(row for row in cells if row.cells[1].text == "5.2")
    assert [cell.text for cell in found.cells][2 : 2 + len(shown)] == shown


def test_draw_that_was_not_made_is_not_recorded(tmp_path):
    text = paper(tmp_path, "draw", replace(FULL, draw=None))
    assert not any(member.name in text for member in (*FULL.panel, *FULL.substitutes))
    assert "校验码" not in text


def test_table_to_fill_by_hand_has_every_criterion_with_its_levels(tmp_path):
    table = rows(written(tmp_path, "visit")["05 评价表（手填）.docx"], 0)
    assert [row[0] for row in table if row[0] in RUBRIC.criteria] == list(RUBRIC.criteria)
    found = next(row for row in table if row[0] == "3.1")
    levels = [
        f"{level.high} 分：" if level.exact else f"{level.low}～{level.high} 分："
        for level in RUBRIC.criteria["3.1"].levels
    ]
    assert [line[: len(start)] for line, start in zip(found[2].split("\n"), levels, strict=True)] == levels
    assert found[4:] == ["", "", ""]


def test_materials_are_asked_for_per_criterion_with_the_guidance(tmp_path):
    table = rows(written(tmp_path, "prepare")["09 材料清单.docx"], 0)
    assert [row[0] for row in table if row[0] in RUBRIC.criteria] == list(RUBRIC.criteria)
    assert next(row for row in table if row[0] == "3.1")[1].endswith("\n评分口径：以步行距离判断")


def test_declaration_has_a_page_for_each_member(tmp_path):
    data = written(tmp_path, "prepare")["06 公正性与保密承诺书.docx"]
    assert words(data).count("郑重承诺") == 5


def test_inspection_names_who_leads_and_what_was_seen(tmp_path):
    text = paper(tmp_path, "inspection")
    assert "1　组织机构　　负责：乌兰　　复核：巴特尔" in text
    assert "敖质〔2022〕3号" in text
    assert "阿木尔" in text


SENT = Letters(
    number="敖市监质〔2026〕{n}号",
    date=date(2026, 6, 5),
    contact="周九",
    phone="0000-1",
    email="zhi@example.org",
    address="敖包旗新华街 2 号",
    copy_to=("上级局", "旗政府办公室"),
    printed_by="某盟市场监督管理局办公室",
    contact_due=date(2026, 5, 6),
    self_report_due=date(2026, 5, 8),
    materials_due=date(2026, 5, 9),
    plan_due=date(2026, 6, 20),
    publicity_days=5,
    own={
        "notice": Letter("21", date(2026, 5, 4), date(2026, 5, 5)),
        "comments": Letter("敖市监函〔2026〕3号"),
    },
)
LETTERED = replace(FULL, papers=SENT)


def test_letters_have_their_own_number_and_date(tmp_path):
    made = {name: paper(tmp_path, name, LETTERED) for name in ("notice", "comments", "improvement")}
    assert made["notice"].startswith("敖市监质〔2026〕21号\n某盟市场监督管理局\n关于开展\n")
    assert "某盟市场监督管理局\n2026年5月4日\n" in made["notice"]
    assert made["comments"].startswith("敖市监函〔2026〕3号\n")
    assert (
        "\n2026年6月5日\n" not in made["comments"]
    )  # the date of all is after the report, this is before it
    assert made["improvement"].startswith(NO_NUMBER + "\n")
    assert "某盟市场监督管理局\n2026年6月5日\n" in made["improvement"]


def test_every_letter_ends_with_its_copies_and_who_sends_it(tmp_path):
    made = {}
    for stage in stages.STAGES:
        made |= written(tmp_path, stage, LETTERED, None)
    ending = "\n抄送：上级局、旗政府办公室。\n某盟市场监督管理局办公室"
    sent = ("notice", "comments", "answer", "announcement", "rectification", "improvement", "reevaluation")
    assert {name[3:-5] for name, data in made.items() if ending in words(data)} == set(
        map(papers.title, sent)
    )
    assert words(made["01 评价通知.docx"]).endswith("2026年5月5日印发\n")
    assert "抄送" not in paper(tmp_path, "notice")


def test_notice_asks_with_dates_and_addresses(tmp_path):
    text = paper(tmp_path, "notice", LETTERED)
    assert "确定 1 名联络员，负责评价期间的沟通协调，于2026年5月6日前将姓名、职务和联系电话告知联系人" in text
    assert "于2026年5月8日前报送自评报告（附件 3，加盖公章）" in text
    assert "于2026年5月9日前报送填好的清单" in text
    assert "联系人：周九\n联系电话：0000-1\n电子邮箱：zhi@example.org\n通信地址：敖包旗新华街 2 号\n" in text
    assert "3．自评报告（格式）\n" in text
    assert "4．评价表\n" in text


@pytest.mark.parametrize(("name", "word"), [("improvement", "改进"), ("rectification", "整改")])
def test_notice_of_findings_asks_for_a_plan_by_a_date_and_has_a_reply_slip(tmp_path, name, word):
    text = paper(
        tmp_path, name, LETTERED, {**RESULT, "grade": "unqualified" if word == "整改" else "excellent"}
    )
    assert f"请于2026年6月20日前报送{word}方案（附件 1）" in text
    assert "（1）补齐台账\n" in text
    assert f"附件：1．{word}方案（格式）\n" in text
    assert f"\n附件 2\n{word}通知书回执\n" in text
    assert text.count("2026年6月5日\n") == 1  # the operator dates the slip


def test_experts_are_invited_by_a_letter_and_a_slip_each(tmp_path):
    text = paper(tmp_path, "invitation", LETTERED)
    assert text.count("邀请参加") == text.count("\n回执\n") == len(FULL.panel)
    assert "乌兰（第0检验所）：\n" in text
    assert "特邀请您担任评价组组长。" in text
    assert "您的分工见回执，请于2026年5月6日前反馈" in text


def test_answer_lists_what_the_operator_objects_to(tmp_path):
    checked = {
        "9.2": FactCheck("仅两份记录", "objected", "另有三份记录"),
        "1.3": FactCheck("缺制度", "agreed"),
    }
    about = replace(LETTERED, findings=checked)
    table = rows(written(tmp_path, "after", about)["03 异议答复.docx"], 0)
    assert [(row[0], row[1].split("\n")[0], row[2]) for row in table[1:]] == [("1", "9.2", "另有三份记录")]
    blank = rows(written(tmp_path / "blank", "after", LETTERED)["03 异议答复.docx"], 0)
    assert [row[1:4] for row in blank[1:]] == [["", "", ""]] * 3  # as many as fit on the page


def test_new_evaluation_is_announced_with_the_findings_of_the_last(tmp_path):
    failed = {**RESULT, "grade": "unqualified"}
    text = paper(tmp_path, "reevaluation", LETTERED, failed)
    assert "评价等级为“不合格”" in text
    assert evaluations.REASONS["9.2"] in text


def test_documents_are_listed_for_filing_with_number_author_and_date(tmp_path):
    data = written(tmp_path, "archive", LETTERED)["01 归档文件目录.docx"]
    table = rows(data, 0)
    assert table[0] == ["序号", "档号", "文号", "责任者", "题名", "日期", "密级", "页数", "备注"]
    found = {row[4].removeprefix(FULL.platform.name): row for row in table[1:] if row[4]}
    assert list(found) == [
        papers.title(name)
        for stage in ("prepare", "visit", "after")
        for name in stages.of_stage(stage, FULL, RESULT)
    ]
    assert found["评价通知"][2:4] == ["敖市监质〔2026〕21号", "某盟市场监督管理局"]
    assert found["评价通知"][5] == "20260504"
    assert found["评价报告"][2:6] == [
        "敖评〔2026〕1号",
        "某盟市场监督管理局",
        found["评价报告"][4],
        "20260601",
    ]
    assert found["问题确认单"][3] == "评价组"
    assert found["自评报告"][3] == "敖包旗质量技术服务中心"
    assert "保管期限：30 年" in words(data)


def test_records_are_destroyed_only_with_all_signatures(tmp_path):
    text = paper(tmp_path, "disposal")
    for who in (
        "分管档案工作负责人",
        "办公室负责人",
        "档案部门负责人",
        "业务部门负责人",
        "监销人（两人签字）",
    ):
        assert who in text


def test_plan_names_the_lowest_grade(tmp_path):
    assert "评价等级为“不合格”的 30 个工作日内完成整改" in paper(tmp_path, "plan")
    assert "where the grade is “Unqualified”" in paper(tmp_path, "plan", language="en")


@pytest.mark.parametrize(
    ("basis", "text"),
    [
        ("某地方标准", "《某地方标准》"),
        ("《某地方标准》", "《某地方标准》"),
        ("国市监质〔2024〕6号", "国市监质〔2024〕6号"),
        ("DB15/T 1234—2025 某地方标准", "《某地方标准》（DB15/T 1234—2025）"),
        ("GB/T 9704-2012　格式", "《格式》（GB/T 9704-2012）"),
    ],
)
def test_basis_is_written_in_title_marks(basis, text):
    with speaking("zh"):
        assert facts(replace(FULL, basis=(basis,)), RUBRIC, None)["evaluation"]["basis"] == [text]
    with speaking("en"):
        assert (
            "《某地方标准》（"
            not in facts(replace(FULL, basis=(basis,)), RUBRIC, None)["evaluation"]["basis"][0]
        )


def test_basis_has_the_number_of_the_standard_where_the_rubric_knows_it():
    standard = "质量基础设施“一站式”服务规范 平台评价与改进"
    rubric = replace(RUBRIC, number="DB15/T 1234—2025")
    for basis in ((), (standard,), (f"《{standard}》",)):
        found = facts(replace(FULL, basis=basis), rubric, None)["evaluation"]["basis"]
        assert found == [f"《{standard}》（DB15/T 1234—2025）"]
    assert facts(replace(FULL, basis=("其他",)), rubric, None)["evaluation"]["basis"] == ["《其他》"]


def test_rectification_offers_the_choice_and_the_working_days(tmp_path):
    failed = {**RESULT, "grade": "unqualified"}
    text = paper(tmp_path, "rectification", result=failed)
    assert "□ 限期整改。自评价报告印发之日起 30 个工作日内（至2026年7月14日）完成下列问题" in text
    assert "在评价报告印发之日起 10 个工作日内（至2026年6月15日）书面申请复核" in text
    assert "□ 重新评估。" in text
    assert evaluations.REASONS["9.2"] in text
    assert "整改方案" in paper(tmp_path, "improvement_plan", result=failed)


def test_improvement_is_asked_for_within_its_days(tmp_path):
    assert "自评价报告印发之日起 90 日内（至2026年8月30日）完成改进" in paper(tmp_path, "improvement")
    assert "改进方案" in paper(tmp_path, "improvement_plan")
    assert "改进（整改）方案" in paper(tmp_path, "improvement_plan", result=OPEN)


def test_last_day_beyond_the_published_holidays_is_provisional(tmp_path):
    later = replace(FULL, report=replace(FULL.report, date=date(2099, 6, 1)))
    text = paper(tmp_path, "rectification", later, {**RESULT, "grade": "unqualified"})
    assert "30 个工作日内（暂定至2099年7月13日）完成" in text


def test_without_a_date_of_the_report_only_the_days_are_stated(tmp_path):
    undated = replace(FULL, report=replace(FULL.report, date=None))
    assert "自评价报告印发之日起 90 日内完成改进" in paper(tmp_path, "improvement", undated)


def test_english_papers_are_complete(tmp_path):
    text = paper(tmp_path, "notice", language="en")
    assert text.startswith("No. ____________\n某盟市场监督管理局\nNotice of evaluation\n")
    assert "The visit takes place on 12 May 2026 to 13 May 2026 at 主站会议室." in text
    template = SOURCES / "en"
    assert [
        p.name
        for p in sorted(template.glob("*.txt"))
        if re.search(r"[\u4e00-\u9fff]", p.read_text(encoding="utf-8"))
    ] == []


@pytest.mark.parametrize("name", PAPERS)
def test_both_languages_say_the_same_facts(name):
    tags = [
        set(
            re.findall(
                r"\b(?:platform|evaluation|panel|visit|rubric|policy|report|result)\.[\w.]+",
                papers._path(name, language).read_text(encoding="utf-8"),
            )
        )
        for language in LANGUAGES
    ]
    assert tags[0] == tags[1]
    shapes = [
        [
            (
                type(b).__name__,
                getattr(b, "kind", ""),
                [(r.kind, len(r.cells)) for r in getattr(b, "rows", ())],
            )
            for b in source.blocks
            if type(b).__name__ == "Table"
        ]
        for source in (
            read(papers._path(name, language).read_text(encoding="utf-8")) for language in LANGUAGES
        )
    ]
    assert shapes[0] == shapes[1]


HOSTILE = "甲<w:t>&amp;\"'{{ 7*7 }}{% for x in y %}{%tr %}]]>\ud800\x00\x0b乙\n丙\r\n丁"
CLEANED = "甲<w:t>&amp;\"'{{ 7*7 }}{% for x in y %}{%tr %}]]>乙\n丙\n丁"


@pytest.mark.parametrize("stage", stages.STAGES)
def test_hostile_text_stays_text(tmp_path, stage):
    about = replace(FULL, authority=HOSTILE, platform=replace(FULL.platform, name=HOSTILE, operator=HOSTILE))
    made = written(tmp_path, stage, about)
    for name, data in made.items():
        assert CLEANED in words(data), name
        assert (
            docx.Document(BytesIO(data)).core_properties.author == CLEANED.replace("\n", " ")
            or "\n" in CLEANED
        )


def test_report_states_what_8_3_asks(tmp_path):
    path = papers.write_report(report_of(RESULT, RUBRIC, FULL), tmp_path / "report.docx")
    text = words(path.read_bytes())
    said = [
        "报告编号：敖评〔2026〕1号",
        "某地方标准",
        "2025年5月1日至2026年4月30日",
        "2026年5月12日至2026年5月13日",
        "园区站",
        "人数不少于 3 人且为奇数",
        "平台运行平稳",
        "1．台账不全",
        "补齐台账\n敖包旗质量技术服务中心\n至2026年8月30日",
        "成员独立评分；意见一致的直接采用",
        "评议一致（本次采用）",
        "成员评分一致性系数 α 为",
        "2026年6月1日",
        "有保留意见，见评议纪要",
        RUBRIC.scale_sha256[:16],
        RESULT["sheets"][0]["sha256"][:16],
    ]
    assert [part for part in said if part not in text] == []


def test_report_scores_every_criterion(tmp_path):
    path = papers.write_report(report_of(RESULT, RUBRIC, FULL), tmp_path / "report.docx")
    tables = [[[c.text for c in row.cells] for row in t.rows] for t in docx.Document(str(path)).tables]
    scored = next(t for t in tables if t[0][0] == "编号" and t[0][3:4] == ["得分"])
    found = {row[0]: row[2:4] for row in scored if row[0] in RUBRIC.criteria}
    assert found == {c["id"]: [c["max"], c["agreed"]] for c in RESULT["criteria"]}
    assert scored[-1][-2] == RESULT["shown"]["total"]


def test_report_shows_its_charts_as_pictures(tmp_path):
    path = papers.write_report(report_of(RESULT, RUBRIC, FULL), tmp_path / "report.docx")
    shapes = docx.Document(str(path)).inline_shapes
    drawn = [charts.band(RESULT, RUBRIC), charts.shares(RESULT), charts.losses(RESULT)]
    assert [shape._inline.docPr.get("descr") for shape in shapes] == [chart.words for chart in drawn]
    with zipfile.ZipFile(path) as package:
        pictures = [package.read(f"word/media/{name}.png") for name in ("band", "shares", "losses")]
    assert pictures == charts.pngs([chart.svg for chart in drawn])
    for shape, data in zip(shapes, pictures, strict=True):
        width, height = (int.from_bytes(data[at : at + 4]) for at in (16, 20))  # of a PNG
        assert abs(width / height - shape.width / shape.height) < 0.01


def test_report_of_an_open_result_is_a_draft_without_grade(tmp_path):
    path = papers.write_report(report_of(OPEN, RUBRIC, FULL), tmp_path / "report.docx")
    text = words(path.read_bytes())
    assert "草稿" in text
    assert "成员评分不一致" in text
    assert "评价等级为“" not in text


def test_report_of_a_refused_panel_is_refused(tmp_path):
    refused = {**RESULT, "status": "refused", "grade": None, "shown": NO_SCORE}
    with pytest.raises(Invalid) as caught:
        papers.write_report(report_of(refused, RUBRIC, FULL), tmp_path / "report.docx")
    assert caught.value.problems == (Problem("report.refused"),)
    assert list(tmp_path.iterdir()) == []


def test_papers_are_the_same_bytes_each_time(tmp_path):
    assert written(tmp_path / "a", "after") == written(tmp_path / "b", "after")


def millimetres(length) -> int:
    return round(length / 36000)


@pytest.mark.parametrize(("name", "lies"), [("notice", "portrait"), ("inspection", "landscape")])
def test_papers_keep_the_official_layout(tmp_path, name, lies):
    stage = "prepare" if name == "notice" else "visit"
    made = written(tmp_path, stage)
    document = docx.Document(BytesIO(next(d for n, d in made.items() if papers.title(name) in n)))
    page = document.sections[0]
    size = [millimetres(v) for v in (page.page_width, page.page_height)]
    text = [
        millimetres(v)
        for v in (
            page.page_width - page.left_margin - page.right_margin,
            page.page_height - page.top_margin - page.bottom_margin,
        )
    ]
    assert (size, text) == (([210, 297], [156, 225]) if lies == "portrait" else ([297, 210], [225, 156]))
    if lies == "portrait":
        assert [millimetres(v) for v in (page.top_margin, page.left_margin)] == [37, 28]
    styles = {style.style_id: style for style in document.styles}
    fonts = {k: styles[k].element.rPr.rFonts.get(W + "eastAsia") for k in ("title", "body", "h1")}
    assert fonts == {"title": "方正小标宋简体", "body": "仿宋_GB2312", "h1": "黑体"}
    assert (styles["body"].font.size.pt, styles["title"].font.size.pt) == (16, 22)
    assert "PAGE" in page.footer._element.xml


# The order the schema of WordprocessingML fixes for children; Word refuses a file that breaks it.
ORDER = {
    "pPr": "pStyle keepNext keepLines pageBreakBefore framePr pBdr tabs spacing ind jc outlineLvl sectPr",
    "rPr": "rFonts b sz szCs lang",
    "tblPr": "tblW jc tblBorders tblLayout tblCellMar",
    "tcPr": "tcW gridSpan tcBorders shd vAlign",
    "tbl": "tblPr tblGrid tr",
    "tr": "trPr tc",
    "tc": "tcPr p",
    "p": "pPr fldSimple r",
    "style": "name basedOn qFormat pPr rPr",
    "pBdr": "top bottom between",
    "tabs": "tab",
    "sectPr": "headerReference footerReference pgSz pgMar pgNumType titlePg",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_parts_are_written_in_the_order_word_asks(tmp_path, language):
    made = [
        d for stage in stages.STAGES for d in written(tmp_path / stage, stage, language=language).values()
    ]
    for data in made:
        with zipfile.ZipFile(BytesIO(data)) as package:
            parts = [
                package.read(n) for n in package.namelist() if n.startswith("word/") and n.endswith(".xml")
            ]
        for element in (e for part in parts for e in ET.fromstring(part).iter()):
            kind = element.tag.removeprefix(W)
            if kind in ORDER and kind != "p":
                places = [ORDER[kind].split().index(child.tag.removeprefix(W)) for child in element]
                assert places == sorted(places), ET.tostring(element)[:300]


def test_libreoffice_reads_every_paper(soffice, tmp_path):
    made = []
    for language in LANGUAGES:
        for stage in stages.STAGES:
            folder = tmp_path / language / stage
            with speaking(language):
                found = papers.write_papers(stage, FULL, RUBRIC, RESULT, folder)
            made += [path.rename(path.with_name(f"{language}-{stage}-{path.name}")) for path in found]
    printed = soffice(made, "pdf", tmp_path)
    for path in printed:
        pages = [page.extract_text() for page in PdfReader(path).pages]
        assert 1 <= len(pages) <= 14, path.name
        assert [n for n, text in enumerate(pages, 1) if not re.sub(r"[—\s\d]|Page|of", "", text)] == [], (
            path.name
        )
        assert "敖包旗" in "".join("".join(pages).split()), path.name


def body(blocks: str, **known) -> ET.Element:
    """The body of a paper written for a test, filled."""
    made = fill.cleaned(template(read(blocks), "", "zh"))
    sandbox = fill.strict()
    ready = fill.ready(sandbox, fill.compiled(sandbox, made))
    return ET.fromstring(fill.filled(made, ready, known, {})["word/document.xml"])[0]


def kept(element: ET.Element) -> list[bool]:
    """Whether each of a table's rows stays with the next."""
    return [row.find(f".//{W}keepNext") is not None for row in element.iter(W + "tr")]


def kept_paragraphs(element: ET.Element) -> list[tuple[str | None, bool]]:
    """The style of each paragraph, and whether it stays with the next."""
    return [
        (p.find(f".//{W}pStyle").get(W + "val"), p.find(f".//{W}keepNext") is not None)
        for p in element.iter(W + "p")
    ]


def test_last_two_rows_of_a_table_stay_with_the_signature_below():
    rows = "|= 50 50\n|* a | b\n|% for n in range(4)\n| {{ n }} | \n|% endfor\n"
    assert kept(body(rows + "~ 说明\n~ 签字")) == [False, False, False, True, True, False]
    assert kept(body(rows + "% if 0\n% endif\n> 签字")) == [False, False, False, True, True]
    assert kept(body(rows + "又一段")) == [False] * 5


def test_rows_of_a_box_stay_together_and_rows_of_a_loop_do_not():
    box = "|= 50 50\n|(36) a | b\n|(18) c | d\n| e | f\n"
    loop = "|= 50 50\n|% for n in range(3)\n|(18) {{ n }} | \n|% endfor\n"
    assert kept(body(box)) == [True, True, False]
    assert kept(body(loop)) == [False] * 3


def test_whole_table_stays_on_one_page():
    found = body("|=! 50 50\n|* a | b\n|% for n in range(3)\n| {{ n }} | \n|% endfor\n>> 单位\n")
    assert kept(found) == [True] * 4


def test_papers_of_several_people_are_numbered_apart(tmp_path):
    made = written(tmp_path, "prepare")
    for name in ("declaration", "invitation"):
        [data] = [data for path, data in made.items() if papers.title(name) in path]
        sections = docx.Document(BytesIO(data)).sections
        starts = [s._sectPr.find(f"{W}pgNumType").get(f"{W}start") for s in sections]
        assert starts == ["1"] * len(FULL.panel)


def test_draft_for_comments_states_on_each_page_and_in_its_title_that_it_is_one(tmp_path):
    made = written(tmp_path, "after")
    [draft] = [data for path, data in made.items() if "（征求意见稿）" in path]
    [final] = [data for path, data in made.items() if path.endswith(" 评价报告.docx")]
    for data, stamp in ((draft, "征求意见稿"), (final, None)):
        with zipfile.ZipFile(BytesIO(data)) as package:
            headers = [ET.fromstring(package.read(f"word/header{no}.xml")) for no in (1, 2, 3)]
        for header in headers:
            [across] = [e.get("string") for e in header.iter() if e.get("string")] or [None]
            assert [across, "".join(header.itertext()) or None] == [stamp, stamp]
    title = next(p.text for p in docx.Document(BytesIO(draft)).paragraphs if p.style.style_id == "title")
    assert title.endswith("\n评价报告（征求意见稿）")


def test_high_box_is_written_in_from_its_top():
    found = body("|= 20c 80\n|(30) 记录 | \n|(29) 意见 | \n")
    assert [e.get(W + "val") for e in found.iter(W + "vAlign")] == ["center", "top", "center", "center"]


def test_paper_with_a_seal_leaves_room_for_it():
    found = body("正文\n>> 单位\n> 日期")
    assert kept_paragraphs(found) == [("body", True), ("seal", True), ("sign", False)]
    assert {STYLES[language]["seal"].before for language in LANGUAGES} == {40}


def test_every_line_with_a_seal_leaves_room_for_it():
    lines = [line for path in SOURCES.glob("*/*.txt") for line in path.read_text().splitlines()]
    assert [line for line in lines if re.match(r"> .*(（盖章）|\(seal\))", line)] == []


def test_contact_stays_with_the_signature_and_the_paragraph_above():
    found = body(
        "正文\n再一段\n联系人：{{ papers.contact }}\n% if 0\n% endif\n>> 单位", papers={"contact": "甲"}
    )
    assert kept_paragraphs(found) == [("body", False), ("body", True), ("body", True), ("seal", False)]
