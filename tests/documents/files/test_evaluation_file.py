"""evaluation.toml: everything it can say, and every way a clerk can get it wrong."""

import datetime as dt
import re
from fractions import Fraction
from pathlib import Path

import pytest
from tests.documents import evaluations

from zhiping.documents.files import evaluation_file, overview_file, result_file
from zhiping.documents.files.rubric_file import bundled
from zhiping.domain import region
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
    Visit,
)
from zhiping.domain.letters import Letter, Letters
from zhiping.domain.panel import Affiliation, Expert, Training
from zhiping.domain.policy import Policy
from zhiping.domain.programme import Programme
from zhiping.domain.rubric import Rubric
from zhiping.texts.catalogue import LANGUAGES, problem_text, speaking

CRITERIA = list(bundled().criteria)
PLATFORM = '[platform]\nname = "甲平台"\n'


def load(folder: Path, content: str | bytes, rubric: Rubric | None = None) -> Evaluation:
    path = folder / "evaluation.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return evaluation_file.load(path, rubric)


def problems(folder: Path, content: str | bytes, rubric: Rubric | None = None) -> list[Problem]:
    with pytest.raises(Invalid) as caught:
        load(folder, content, rubric)
    return list(caught.value.problems)


def problems_of(folder: Path, content: str | bytes, rubric: Rubric | None = None) -> list[str]:
    return [problem_text(problem) for problem in problems(folder, content, rubric)]


def test_smallest_file_leaves_everything_else_unknown(tmp_path):
    assert load(tmp_path, PLATFORM) == Evaluation(platform=Platform("甲平台"))


FULL = """
kind = "authority"
reason = "first"
purpose = "摸清情况"
authority = "某局"
programme = "2025 年度计划"
basis = ["标准", "计划"]
period = [2024-09-01, "2025年8月31日"]
secretary = "钱七"

[platform]
name = " 甲平台 "
operator = "甲中心"
channel = "both"
region = "某市"
address = "某路 1 号"
sites = ["一站", "二站"]
url = "example.org"
contact = "孙八"
service_start = 2023-05-01

[policy]
method = "mean"
bonus_counts = false
step = 0.5
clock = "twelve_months"
trigger_days = 20
draft_days = false
review_days = 8
rectify_days = 40
improve_days = 60
retention = "permanent"

[visit]
start = 2025-09-10
end = 2025-09-11
place = "一站"
sites = "一站"
opening = { time = 2025-09-10T09:00:00, chair = "赵一", attendees = ["赵一", "甲方"] }
[visit.closing]
time = "11 日下午"
place = "会议室"
notes = "无异议"
[[visit.schedule]]
time = 09:00:00
what = "首次会议"
where = "会议室"
who = "全体"
[[visit.seen]]
title = "制度汇编"
number = "〔2024〕1 号"
date = 2024-01-05
page = "3"
criteria = ["1.3", "12.8"]
[[visit.interviews]]
person = "李窗口"
role = "窗口人员"
topic = "流程"

[[panel]]
id = "E1"
name = "赵一"
organisation = "某院"
seat = "lead"
title = "高级工程师"
rank = "associate"
equivalent_ability = "有"
training = [2025-03-12, { date = 2025-04-01, valid_until = 2027-03-31, topic = "评价" }]
experience = "三年"
affiliations = ["某院", { organisation = "旧院", until = 2024-06-30 }]
declared = 2025-09-01
conflicts = "无关联声明之外的一条"
duties = [1, 2, "B"]
checks = ["3"]
runs = []
[[panel]]
name = "钱二"
training = []
experience = ""

[[substitutes]]
name = "孙三"

[report]
number = "2025-01"
date = 2025-09-20
overview = "总体良好"
problems = ["问题一"]
recommendations = ["建议一"]

[papers]
number = "某局〔2025〕{n}号"
date = 2025-09-30
contact = "周九"
phone = "0000-1"
email = "a@example.org"
address = "某路 2 号"
copy_to = ["上级局", "市府办"]
printed_by = "某局办公室"
contact_due = 2025-09-01
self_report_due = 2025-09-02
materials_due = 2025-09-03
plan_due = 2025-10-10
publicity_days = 5
[papers.notice]
number = 21
date = 2025-08-20
printed = 2025-08-21
[papers.answer]
number = "无号"

[guidance]
"1.1" = "看文件"
12.8 = "看合同"
"""


def test_everything_a_file_can_say_is_read(tmp_path):
    lead = Expert(
        id="E1",
        name="赵一",
        organisation="某院",
        seat="lead",
        title="高级工程师",
        rank="associate",
        equivalent_ability="有",
        training=(
            Training(dt.date(2025, 3, 12)),
            Training(dt.date(2025, 4, 1), dt.date(2027, 3, 31), "评价"),
        ),
        experience="三年",
        affiliations=(Affiliation("某院"), Affiliation("旧院", dt.date(2024, 6, 30))),
        declared=dt.date(2025, 9, 1),
        conflicts=("无关联声明之外的一条",),
        duties=("1", "2", "B"),
        checks=("3",),
        runs=(),
    )
    assert load(tmp_path, FULL, bundled()) == Evaluation(
        platform=Platform(
            name="甲平台",
            operator="甲中心",
            channel="both",
            region="某市",
            address="某路 1 号",
            sites=("一站", "二站"),
            url="example.org",
            contact="孙八",
            service_start=dt.date(2023, 5, 1),
        ),
        kind="authority",
        reason="first",
        purpose="摸清情况",
        authority="某局",
        programme="2025 年度计划",
        basis=("标准", "计划"),
        period=(dt.date(2024, 9, 1), dt.date(2025, 8, 31)),
        policy=Policy("mean", False, Fraction(1, 2), "twelve_months", 20, None, 8, 40, 60, "permanent"),
        panel=(lead, Expert("钱二", "钱二", training=(), experience="")),
        substitutes=(Expert("孙三", "孙三"),),
        secretary="钱七",
        visit=Visit(
            start=dt.date(2025, 9, 10),
            end=dt.date(2025, 9, 11),
            place="一站",
            sites=("一站",),
            schedule=(Appointment("09:00", "首次会议", "会议室", "全体"),),
            opening=Meeting("2025-09-10 09:00", "", "赵一", ("赵一", "甲方")),
            closing=Meeting("11 日下午", "会议室", notes="无异议"),
            seen=(Seen("制度汇编", "〔2024〕1 号", "2024-01-05", "3", ("1.3", "12.8")),),
            interviews=(Interview("李窗口", "窗口人员", "流程"),),
        ),
        report=ReportText(
            "2025-01", dt.date(2025, 9, 20), "总体良好", ("问题一",), (Recommendation("建议一"),)
        ),
        guidance={"1.1": "看文件", "12.8": "看合同"},
        papers=Letters(
            number="某局〔2025〕{n}号",
            date=dt.date(2025, 9, 30),
            contact="周九",
            phone="0000-1",
            email="a@example.org",
            address="某路 2 号",
            copy_to=("上级局", "市府办"),
            printed_by="某局办公室",
            contact_due=dt.date(2025, 9, 1),
            self_report_due=dt.date(2025, 9, 2),
            materials_due=dt.date(2025, 9, 3),
            plan_due=dt.date(2025, 10, 10),
            publicity_days=5,
            own={
                "notice": Letter("21", dt.date(2025, 8, 20), dt.date(2025, 8, 21)),
                "answer": Letter("无号"),
            },
        ),
    )


def test_rulings_not_given_are_the_defaults_of_the_kind(tmp_path):
    found = load(tmp_path, 'kind = "self"\n' + PLATFORM + "[policy]\nimprove_days = 60\n")
    assert found.policy == Policy(method="panel", retention="10", improve_days=60)
    assert load(tmp_path, PLATFORM + '[policy]\ndraft_days = "off"\n').policy == Policy(draft_days=None)


@pytest.mark.parametrize("step", ["1", '"1"', "0.5", '"0.5"'])
def test_step_is_one_or_a_half_however_written(tmp_path, step):
    found = load(tmp_path, PLATFORM + f"[policy]\nstep = {step}\n").policy.step
    assert found == Fraction(step.strip('"'))


@pytest.mark.parametrize(
    "word", ["主管部门评价", "主管部门主导", "led by the authority", "主管部门 评价\u200b", "Ａuthority"]
)
def test_kind_may_be_written_in_the_words_in_use_and_former_ones(tmp_path, word):
    assert load(tmp_path, f'kind = "{word}"\n{PLATFORM}').kind == "authority"


def test_choices_may_be_written_in_words(tmp_path):
    content = 'kind = "自评"\nreason = "年度"\n[platform]\nname = "甲"\nchannel = "线下"\n'
    found = load(tmp_path, content + '[[panel]]\nname = "赵"\nseat = "组长"\nrank = "副高级"\n')
    assert (found.kind, found.reason, found.platform.channel) == ("self", "annual", "offline")
    assert found.panel == (Expert("赵", "赵", seat="lead", rank="associate"),)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_files_of_windows_editors_are_read(tmp_path, encoding):
    assert load(tmp_path, PLATFORM.replace("\n", "\r\n").encode(encoding)).platform.name == "甲平台"


def test_every_fault_is_reported_at_once_with_its_key(tmp_path):
    content = """
kind = "他评"
period = [2025-09-01]
[platform]
operater = "甲中心"
channel = 3
service_start = "去年"
[policy]
step = 2
draft_days = 0
bonus_counts = "是"
[[panel]]
name = "赵一"
seat = "主任"
training = "2025-02-30"
duties = [1, 1.5]
[[panel]]
id = 7
declared = true
affiliations = [{ until = 2024-01-01 }, 5]
secretary = "钱"
operator = "乙"
[visit]
schedule = [{ time = "9 点" }]
opening = "九点"
seen = { title = "文件" }
"""
    assert problems_of(tmp_path, content) == [
        'evaluation.toml kind "他评" 不在可选范围；可选 authority（主管部门评价）、self（自评）',
        "evaluation.toml period [2025-09-01] 不是起止日期；写作 [2024-09-01, 2025-08-31]",
        (
            "evaluation.toml [platform].channel 3 不在可选范围；"
            "可选 both（线上线下）、offline（线下）、online（线上）"
        ),
        'evaluation.toml [platform].service_start "去年" 不是日期；写作 2025-06-30',
        "evaluation.toml [platform].operater 没有这一项；是否应为 operator",
        "evaluation.toml [platform].name 缺少此项",
        "evaluation.toml [policy].step 2 不在可选范围；可选 1、0.5",
        "evaluation.toml [policy].draft_days 0 不是天数；填 1～3650 的整数",
        'evaluation.toml [policy].bonus_counts "是" 无法识别；是填 true，否填 false',
        'evaluation.toml [panel 1 赵一].seat "主任" 不在可选范围；可选 lead（组长）、member（成员）',
        'evaluation.toml [panel 1 赵一].training.date "2025-02-30" 这一天不存在；请核对月份和日数',
        "evaluation.toml [panel 1 赵一].duties 2 1.5 不是文字；文字（含编号）须加半角引号",
        "evaluation.toml [panel 2].id 7 不是文字；文字（含编号）须加半角引号",
        "evaluation.toml [panel 2].declared true 不是日期；写作 2025-06-30",
        "evaluation.toml [panel 2].affiliations 1.organisation 缺少此项",
        "evaluation.toml [panel 2].affiliations 2.organisation 5 不是文字；文字（含编号）须加半角引号",
        "evaluation.toml [panel 2].secretary 不应写在此处；请移到文件开头，所有 [ ] 标题之前",
        "evaluation.toml [panel 2].operator 不应写在此处；请移到 [platform] 之下",
        "evaluation.toml [panel 2].name 缺少此项",
        "evaluation.toml [visit.schedule 1].what 缺少此项",
        'evaluation.toml [visit.opening] "九点" 不成一组；写作 { 项目 = 内容 }，或另起 [ ] 标题逐行填写',
        'evaluation.toml [visit].seen { title = "文件" } 不成列表；每一项以 [[ ]] 标题开头',
    ]


def test_problems_of_a_file_are_stated_in_english_too(tmp_path):
    content = PLATFORM + '[[panel]]\nname = "赵"\nseat = "boss"\n'
    with speaking("en"):
        assert problems_of(tmp_path, content) == [
            (
                'evaluation.toml [panel 1 赵].seat "boss" is not possible; '
                "possible: lead (panel lead), member (panel member)"
            )
        ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ('name = "甲\n', Problem("file.not_toml", {"line": "1", "column": "10"}, ("evaluation.toml",))),
        ("name = “甲”", Problem("file.not_toml", {"line": "1", "column": "8"}, ("evaluation.toml",))),
        ("a = 1\na = 2\n", Problem("file.not_toml", {"line": "2", "column": "6"}, ("evaluation.toml",))),
        ("a = " + "[" * 5000, Problem("file.too_deep", {}, ("evaluation.toml",))),
        ('name = "甲', Problem("file.not_toml_end", {}, ("evaluation.toml",))),
        ("a = " + "9" * 5000, Problem("file.not_toml_end", {}, ("evaluation.toml",))),
        (b"\xff\xd8\xff\xe0\x00", Problem("file.not_words", {}, ("evaluation.toml",))),
        (b"#" * (4 * 1024 * 1024 + 1), Problem("file.too_large", {}, ("evaluation.toml",))),
    ],
    ids=["quote", "full-width quotes", "twice", "deep", "cut off", "long number", "picture", "large"],
)
def test_file_that_is_no_toml_gets_one_clear_problem(tmp_path, content, problem):
    assert problems(tmp_path, content) == [problem]


def test_missing_file_gets_one_clear_problem(tmp_path):
    with pytest.raises(Invalid) as caught:
        evaluation_file.load(tmp_path / "evaluation.toml")
    assert [p.code for p in caught.value.problems] == ["file.unreadable"]


def test_spans_that_end_before_they_start_are_reported(tmp_path):
    content = "period = [2025-08-31, 2024-09-01]\n" + PLATFORM
    content += "[visit]\nstart = 2025-09-11\nend = 2025-09-10\n"
    content += '[[panel]]\nname = "赵"\ntraining = { date = 2025-01-01, valid_until = 2024-01-01 }\n'
    assert [text.removeprefix("evaluation.toml ") for text in problems_of(tmp_path, content)] == [
        "period 评价期间的止日 2024-09-01 早于起日（2025-08-31）；止日不能早于起日",
        "[visit].end 现场评价的结束日期 2025-09-10 早于开始日期（2025-09-11）；不能早于开始日期",
        "[panel 1 赵].training 培训有效期止日 2024-01-01 早于培训日期（2025-01-01）；不能早于该日",
    ]


def test_every_expert_has_an_id_of_their_own(tmp_path):
    people = 'name = "赵"\n', 'name = "赵"\n', 'id = "E1"\nname = "钱"\n'
    content = PLATFORM + "".join("[[panel]]\n" + one for one in people)
    content += '[[substitutes]]\nid = "E1"\nname = "孙"\n'
    assert problems_of(tmp_path, content) == [
        "evaluation.toml [panel 2 赵].id 有同名专家“赵”；请给每人填写 id 以便区分",
        "evaluation.toml [substitutes 1 孙].id 编号“E1”已用于另一位专家；每人须有自己的编号",
    ]
    told_apart = content.replace('name = "赵"\n', 'id = "E0"\nname = "赵"\n', 1).replace("E1", "E2", 1)
    assert [e.id for e in load(tmp_path, told_apart).panel or ()] == ["E0", "赵", "E2"]


def test_guidance_is_a_table(tmp_path):
    assert problems_of(tmp_path, "guidance = 3\n" + PLATFORM) == [
        "evaluation.toml [guidance] 3 不成一组；写作 { 项目 = 内容 }，或另起 [ ] 标题逐行填写"
    ]


def test_a_time_of_day_beside_a_date_does_not_matter(tmp_path):
    assert load(tmp_path, PLATFORM + "[visit]\nstart = 2025-09-10T09:00:00\n").visit.start == dt.date(
        2025, 9, 10
    )


def test_names_the_rubric_does_not_have_are_reported_where_it_is_known(tmp_path):
    content = PLATFORM + '[[panel]]\nname = "赵"\nduties = [1, 19]\nchecks = "b"\nruns = ["1.1"]\n'
    content += '[visit]\nseen = [{ title = "文件", criteria = ["1.1", "1.5"] }]\n[guidance]\n12.10 = "看"\n'
    assert load(tmp_path, content).guidance == {"12.10": "看"}
    ids = [str(n) for n in range(1, 19)] + ["B"]
    assert problems(tmp_path, content, bundled()) == [
        Problem(
            "about.indicator", {"found": "19", "choices": ids}, ("evaluation.toml", "[panel 1 赵].duties")
        ),
        Problem(
            "about.indicator", {"found": "b", "choices": ids}, ("evaluation.toml", "[panel 1 赵].checks")
        ),
        Problem(
            "about.indicator", {"found": "1.1", "choices": ids}, ("evaluation.toml", "[panel 1 赵].runs")
        ),
        Problem(
            "rubric.no_criterion",
            {"found": "1.5", "allowed": CRITERIA},
            ("evaluation.toml", "[visit.seen 1].criteria"),
        ),
        Problem(
            "rubric.no_criterion",
            {"found": "12.10", "allowed": CRITERIA},
            ("evaluation.toml", "[guidance].12.10"),
        ),
    ]


def test_criterion_id_without_quotes_is_refused_where_it_would_become_a_number(tmp_path):
    content = PLATFORM + '[visit]\nseen = [{ title = "文件", criteria = [12.10] }]\n'
    assert problems_of(tmp_path, content) == [
        "evaluation.toml [visit.seen 1].criteria 1 12.10 不是文字；文字（含编号）须加半角引号"
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_template_is_a_legal_file_as_it_is_and_with_everything_filled(tmp_path, language):
    with speaking(language):
        template = evaluation_file.template()
    bare = load(tmp_path, template, bundled())
    assert [e.seat for e in bare.panel or ()] == ["lead"]
    assert bare.policy == Policy()
    filled = re.sub(r'^# (?=[\[a-z_"0-9.]+( =|\]))', "", template, flags=re.MULTILINE)
    results = [evaluations.concluded()] * 5
    (tmp_path / "previous.json").write_bytes(result_file.dumps(results[0]))
    (tmp_path / "overview.json").write_bytes(
        overview_file.dumps(region.overview(results, bundled().scale_sha256))
    )
    found = load(tmp_path, filled, bundled())
    assert found.policy == Policy()
    assert found.previous == results[0]
    assert found.region.platforms == 5
    assert found.visit.seen[0].criteria == ("1.1",)
    assert found.guidance.keys() == {"1.1"}
    assert found.findings["9.3"].answer == "agreed"


def test_facts_are_stated_per_criterion_with_the_operators_answer(tmp_path):
    content = PLATFORM + '[findings.9.3]\nfact = "缺少案例"\nanswer = "有异议"\nreply = "案例在平台网站"\n'
    found = load(tmp_path, content + '[findings."12.10"]\nfact = "缺"\n')
    assert found.findings["9.3"] == FactCheck("缺少案例", "objected", "案例在平台网站")
    wrong = PLATFORM + '[findings."9.9"]\nanswer = "也许"\n'
    assert problems_of(tmp_path, wrong) == [
        'evaluation.toml [findings].9.9.answer "也许" 不在可选范围；可选 agreed（属实）、objected（有异议）'
    ]


# Only the server knows these: its ledger, how the panel was drawn, who stepped in when.
SERVERS = {"checkpoint", "draw", "drawn", "improved", "joined", "unconfirmed", "verify_at"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_template_names_every_key(language):
    with speaking(language):
        keys = set(re.findall(r"^#? ?([a-z_]+) =", evaluation_file.template(), flags=re.MULTILINE))
    assert keys == {
        *(
            set(Evaluation.__slots__)
            - {
                "platform",
                "policy",
                "panel",
                "substitutes",
                "visit",
                "report",
                "guidance",
                "findings",
                "papers",
                *SERVERS,
            }
        ),
        *(set(Platform.__slots__) | set(Policy.__slots__) | set(Expert.__slots__) - SERVERS),
        *(set(Visit.__slots__) - {"schedule", "opening", "closing", "seen", "interviews"}),
        *(
            set(Appointment.__slots__)
            | set(Meeting.__slots__)
            | set(Seen.__slots__)
            | set(Interview.__slots__)
            | set(FactCheck.__slots__)
        ),
        *(set(ReportText.__slots__) - {"recommendations"}),
        *Recommendation.__slots__,
        *(set(Letters.__slots__) - {"own"} | set(Letter.__slots__)),
    }


MEASURE = """
[[report.recommendations]]
what = "补送超期设备检定"
who = "云川市质量技术服务中心"
until = "2025年10月31日"
check = "查验检定证书"
findings = ["3.4"]
"""


def test_recommendation_has_a_person_and_a_day(tmp_path):
    found = load(tmp_path, PLATFORM + MEASURE, bundled()).report.recommendations
    measure = ("补送超期设备检定", "云川市质量技术服务中心", dt.date(2025, 10, 31), "查验检定证书", ("3.4",))
    assert found == (Recommendation(*measure),)


def test_faults_of_recommendations_are_reported_at_their_place(tmp_path):
    content = PLATFORM + MEASURE.replace("3.4", "3.9").replace("2025年", "某年") + 'when = "明年"\n'
    assert [(p.code, p.where[1]) for p in problems(tmp_path, content, bundled())] == [
        ("file.not_date", "[report].recommendations 1.until"),
        ("file.unknown", "[report].recommendations 1.when"),
        ("rubric.no_criterion", "[report].recommendations 1.findings"),
    ]


def test_files_named_are_read_beside_the_evaluation(tmp_path):
    (tmp_path / "previous.json").write_text("{}")
    content = 'previous = "previous.json"\nregion = "none.json"\n' + PLATFORM
    found = problems(tmp_path, content)
    assert {p.code for p in found} == {"result.missing", "file.unreadable"}
    assert found[-1].where == ("evaluation.toml", "region")
    (tmp_path / "none.json").write_text("[")
    assert problems(tmp_path, content)[-1] == Problem("result.no_overview", {}, ("none.json",))


def test_overview_of_another_scale_is_refused(tmp_path):
    (tmp_path / "o.json").write_bytes(overview_file.dumps(region.overview([], "0" * 64)))
    found = problems(tmp_path, 'region = "o.json"\n' + PLATFORM, bundled())
    assert found == [Problem("result.scale", {"id": "qi-one-stop"}, ("o.json",))]
    text = (tmp_path / "o.json").read_text().replace("overview/1", "overview/2")
    (tmp_path / "o.json").write_text(text)
    assert [p.where for p in problems(tmp_path, 'region = "o.json"\n' + PLATFORM)] == [("o.json", "schema")]


def test_a_word_for_nothing_states_nothing(tmp_path):
    content = """
platform.name = "某平台"
[policy]
draft_days = "不征求"
[[panel]]
name = "甲"
experience = "无"
equivalent_ability = "没有"
conflicts = ["无"]
"""
    found = load(tmp_path, content)
    (expert,) = found.panel
    assert (expert.experience, expert.equivalent_ability, expert.conflicts) == ("", "", ())
    assert found.policy.draft_days is None


def test_a_secretary_who_scores_is_reported(tmp_path):
    content = 'secretary = "甲"\nplatform.name = "某平台"\n[[panel]]\nname = "甲"\n'
    assert [(p.code, p.where[-1]) for p in problems(tmp_path, content)] == [("about.secretary", "secretary")]


@pytest.mark.parametrize("key", ["kind", "reason"])
def test_a_number_no_computer_prints_is_refused(tmp_path, key):
    content = f"{key} = 0x{'f' * 6000}\nplatform.name = '某平台'\n"
    assert [p.code for p in problems(tmp_path, content)] == ["file.not_choice"]


WHOLE = """
period = {period}
[platform]
name = "甲平台"
service_start = {service}
[visit]
start = {visit}
end = {visit_end}
[report]
date = {report}
[[panel]]
name = "赵"
declared = {declared}
training = {training}
[papers]
plan_due = {plan_due}
contact_due = {contact_due}
[papers.notice]
date = {notice}
printed = {printed}
[papers.answer]
date = {answer}
[papers.rectification]
date = {rectification}
"""
POSSIBLE = {
    "period": "[2025-01-01, 2025-12-31]",
    "service": "2024-05-01",
    "visit": "2026-01-10",
    "visit_end": "2026-01-11",
    "report": "2026-01-20",
    "declared": "2026-01-05",
    "training": "[{ date = 2025-03-12, valid_until = 2028-03-11 }]",
    "notice": "2025-12-20",
    "printed": "2025-12-20",
    "contact_due": "2025-12-25",
    "answer": "2026-01-19",
    "rectification": "2026-01-20",
    "plan_due": "2026-01-30",
}
TODAY = dt.date(2026, 2, 1)


@pytest.mark.parametrize(
    ("changes", "code", "key"),
    [
        ({"period": "[2025-12-31, 2025-01-01]"}, "dates.period", "period"),
        ({"service": "2026-01-01"}, "dates.service_after_period", "[platform].service_start"),
        ({"service": "2026-02-02"}, "dates.future", "[platform].service_start"),
        ({"visit_end": "2026-01-09"}, "dates.visit", "[visit].end"),
        ({"visit": "2024-12-31"}, "dates.visit_before_period", "[visit].start"),
        ({"service": "2025-12-01", "visit": "2025-11-30"}, "dates.visit_before_service", "[visit].start"),
        ({"report": "2026-01-10"}, "dates.report_before_visit", "[report].date"),
        ({"declared": "2026-01-21"}, "dates.declared_after_report", "[panel 1 赵].declared"),
        ({"declared": "2026-02-02"}, "dates.future", "[panel 1 赵].declared"),
        (
            {"notice": "2026-01-11", "printed": "2026-01-11"},
            "dates.letter_after_visit",
            "[papers.notice].date",
        ),
        ({"printed": "2025-12-19"}, "dates.printed_before_letter", "[papers.notice].printed"),
        ({"contact_due": "2025-12-19"}, "dates.due_before_letter", "[papers].contact_due"),
        ({"contact_due": "2026-01-11"}, "dates.due_after_visit", "[papers].contact_due"),
        ({"answer": "2026-01-10"}, "dates.letter_before_visit", "[papers.answer].date"),
        ({"answer": "2026-01-21"}, "dates.draft_after_report", "[papers.answer].date"),
        ({"rectification": "2026-01-19"}, "dates.letter_before_report", "[papers.rectification].date"),
        ({"plan_due": "2026-01-19"}, "dates.plan_before_report", "[papers].plan_due"),
        ({"training": "2026-02-02"}, "dates.future", "[panel 1 赵].training"),
        (
            {"training": "[{ date = 2025-03-12, valid_until = 2025-03-11 }]"},
            "dates.training",
            "[panel 1 赵].training",
        ),
    ],
)
def test_impossible_date_is_refused_at_its_key(tmp_path, changes, code, key):
    path = tmp_path / "evaluation.toml"
    path.write_text(WHOLE.format(**POSSIBLE), encoding="utf-8")
    evaluation_file.load(path, today=TODAY)
    path.write_text(WHOLE.format(**POSSIBLE | changes), encoding="utf-8")
    with pytest.raises(Invalid) as caught:
        evaluation_file.load(path, today=TODAY)
    assert (code, ("evaluation.toml", key)) in [(p.code, p.where) for p in caught.value.problems]


def test_all_impossible_dates_are_refused_at_once(tmp_path):
    wrong = {"service": "2026-01-01", "report": "2026-01-02", "training": "2026-02-02"}
    path = tmp_path / "evaluation.toml"
    path.write_text(WHOLE.format(**POSSIBLE | wrong), encoding="utf-8")
    with pytest.raises(Invalid) as caught:
        evaluation_file.load(path, today=TODAY)
    assert [p.code for p in caught.value.problems] == [
        "dates.service_after_period", "dates.report_before_visit", "dates.future",
    ]  # fmt: skip


@pytest.mark.parametrize("day", ["2025-09-31", "2025-13-01", "2025-02-29"])
def test_day_that_does_not_exist_is_named_with_its_line(tmp_path, day):
    assert problems_of(tmp_path, f"\nperiod = [2025-01-01, {day}]\n" + PLATFORM) == [
        f"evaluation.toml 第 2 行第 23 列：{day} 这一天不存在；请核对月份和日数"
    ]


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", '"1899年12月31日"', "3000-01-01T09:00:00"])
def test_day_of_an_impossible_year_is_refused_before_deadlines_are_counted_from_it(tmp_path, day):
    [problem] = problems_of(tmp_path, f"{PLATFORM}[report]\ndate = {day}\n")
    assert "[report].date" in problem
    assert problem.endswith("的年份不在 1900～2999 之间；请核对年份")


@pytest.mark.parametrize(
    ("papers", "problem"),
    [
        (
            'number = "某局〔2025〕号"',
            "[papers].number 文号格式“某局〔2025〕号”中应有一处 {n}，代表顺序号；例如“云市监质〔2025〕{n}号”",
        ),
        (
            "[papers.notice]\nnumber = 21",
            "[papers.notice].number 只写了顺序号“21”，[papers] 没有文号格式 number；请写全文号或者文号格式",
        ),
    ],
    ids=["no-place", "no-pattern"],
)
def test_number_of_a_letter_needs_its_pattern(tmp_path, papers, problem):
    assert problems_of(tmp_path, f"{PLATFORM}[papers]\n{papers}\n") == [f"evaluation.toml {problem}"]


def test_first_of_two_days_that_do_not_exist_is_named_with_its_column(tmp_path):
    assert problems_of(tmp_path, "\nperiod = [2025-09-31, 2025-11-31]\n" + PLATFORM) == [
        "evaluation.toml 第 2 行第 11 列：2025-09-31 这一天不存在；请核对月份和日数"
    ]


@pytest.mark.parametrize("day", ["2025-9-1", "2025/09/01", "2025.9.1", "2025年9月1日"])
def test_date_in_another_form_is_named_with_the_right_one(tmp_path, day):
    assert problems_of(tmp_path, f"\nperiod = [2025-01-01, {day}]\n" + PLATFORM) == [
        f"evaluation.toml 第 2 行第 23 列：日期 {day} 的写法有误；写作 2025-09-01，不加引号"
    ]


def test_fault_beside_a_date_is_not_blamed_on_the_date(tmp_path):
    content = '\nperiod = [2025-01-01, 2025-09-01]\nreason = "年度  # 2025-9-1\n' + PLATFORM
    assert problems_of(tmp_path, content)[0].startswith("evaluation.toml 第 3 行第 ")
    assert "写法有误；请检查引号" in problems_of(tmp_path, content)[0]


def programme(folder: Path, content: str) -> Programme:
    path = folder / "programme.toml"
    path.write_text(content, encoding="utf-8")
    return evaluation_file.load_programme(path)


SHARED = """
authority = "某局"
basis = ["标准"]
[papers]
number = "某局〔2025〕{n}号"
contact = "周九"
[papers.notice]
number = 21
date = 2025-08-20
[papers.improvement]
date = 2025-10-10
"""


def test_values_of_a_programme_hold_for_each_evaluation_without_its_own(tmp_path):
    path = tmp_path / "evaluation.toml"
    path.write_text(
        f'basis = ["其他"]\n{PLATFORM}[papers]\ncontact = "吴十"\n[papers.notice]\ndate = 2025-08-01\n',
        encoding="utf-8",
    )
    found = evaluation_file.load(path, programme=programme(tmp_path, SHARED))
    assert (found.authority, found.basis) == ("某局", ("其他",))
    assert (found.papers.number, found.papers.contact) == ("某局〔2025〕{n}号", "吴十")
    assert found.papers.own == {  # numbers are given out when all evaluations are known
        "notice": Letter("", dt.date(2025, 8, 1)),
        "improvement": Letter("", dt.date(2025, 10, 10)),
    }
    path.write_text(f'kind = "self"\n{PLATFORM}', encoding="utf-8")
    assert evaluation_file.load(path, programme=programme(tmp_path, SHARED)).authority == ""


def test_dates_of_a_programme_are_judged_for_each_evaluation(tmp_path):
    path = tmp_path / "evaluation.toml"
    path.write_text(f"{PLATFORM}[report]\ndate = 2025-10-11\n", encoding="utf-8")
    with pytest.raises(Invalid) as caught:
        evaluation_file.load(path, programme=programme(tmp_path, SHARED))
    assert [(p.code, p.where[1]) for p in caught.value.problems] == [
        ("dates.letter_before_report", "[papers.improvement].date")
    ]


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        ("period = [2025-01-01, 2025-12-31]", ["file.unknown"]),
        ("[papers.notice]\nnumber = 3", ["about.no_pattern"]),
        ("authority = 3\n[papers]\ndate = 1", ["file.not_text", "file.not_date"]),
        ("[", ["file.not_toml_end"]),
    ],
)
def test_faults_of_a_programme_are_reported_at_once(tmp_path, content, codes):
    with pytest.raises(Invalid) as caught:
        programme(tmp_path, content)
    assert [p.code for p in caught.value.problems] == codes
