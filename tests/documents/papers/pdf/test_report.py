"""The report is complete, archivable and accessible, and no text can break it."""

import hashlib
import io
import json
import re
from dataclasses import replace
from datetime import date
from functools import cache

import pikepdf
import pytest
import typst
from pypdf import PdfReader
from tests.documents import evaluations

from zhiping.documents.files import result_file
from zhiping.documents.files.rubric_file import bundled
from zhiping.documents.papers import fonts
from zhiping.documents.papers.pdf.contents import labels
from zhiping.documents.papers.pdf.report import write_pdf
from zhiping.documents.papers.report import report_of, unprintable
from zhiping.domain.errors import Invalid
from zhiping.domain.evaluation import Evaluation, Platform, Recommendation, ReportText, Visit
from zhiping.domain.panel import Affiliation, Expert, Training
from zhiping.domain.policy import Policy, default
from zhiping.domain.result import evaluate
from zhiping.domain.result_document import for_operator
from zhiping.texts import wording
from zhiping.texts.catalogue import LANGUAGES, lookup, say, speaking

RUBRIC = bundled()
DAY = date(2026, 5, 20)


def panel(size):
    """A legal panel: every indicator is assigned."""
    return tuple(_expert(at, name, size) for at, name in enumerate(evaluations.NAMES[:size], 1))


def _expert(at, name, size):
    return Expert(
        id=f"E{at}",
        name=name,
        organisation=f"{name}所在单位",
        seat="lead" if at == 1 else "member",
        title="高级工程师",
        training=(Training(date(2025, 3, 1)),),
        experience="在服务平台工作过" if at == 2 else "",
        affiliations=(Affiliation(f"{name}所在单位"),),
        declared=date(2026, 5, 1),
        duties=tuple(i.id for i in RUBRIC.indicators[at - 1 :: size]),
    )


PANEL = panel(5)
FULL = replace(
    evaluations.ABOUT,
    purpose="掌握平台运行情况",
    authority="敖包旗市场监督管理局",
    programme="敖包旗 2026 年度评价计划",
    basis=("《敖包旗 2026 年质量工作要点》",),
    panel=PANEL,
    secretary="斯琴",
    visit=Visit(start=date(2026, 5, 12), end=date(2026, 5, 13), sites=("政务大厅窗口", "园区服务站")),
    report=ReportText(
        "敖质评〔2026〕3 号",
        DAY,
        "服务台账较为完整。\n线上能力偏弱。",
        ("专家库更新不及时。",),
        (Recommendation("每季度更新专家库。"),),
    ),
)
SURROGATE = "\ud83d"


def concluded(about=FULL):
    return evaluate(RUBRIC, about, evaluations.sheets(), evaluations.AGREED)


RESULT = concluded()


def pdf(result, about, language, tmp_path):
    with speaking(language):
        return write_pdf(report_of(result, RUBRIC, about), tmp_path / "report.pdf").read_bytes()


def labels_of(language):
    with speaking(language):
        return {name: say(f"report.label.{name}") for name in labels()}


def plain(text):
    """A text without what line breaks add or take: spaces, hyphens, break marks."""
    return re.sub(r"[\s\u200b\u00ad-]", "", text)


@cache
def words(data):
    return plain("\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages))


def absent(expected, data):
    """What a report does not say of what it should."""
    found = words(data)
    return [text for text in expected if plain(text) not in found]


def attached(data):
    with pikepdf.open(io.BytesIO(data)) as found:
        return found.attachments["result.json"].get_file().read_bytes()


@pytest.fixture(scope="module", params=LANGUAGES)
def language(request):
    return request.param


@pytest.fixture(scope="module")
def full(language, tmp_path_factory):
    return pdf(RESULT, FULL, language, tmp_path_factory.mktemp("full"))


# ------------------------------------------------------------------ the file


def test_report_declares_pdf_a3a_and_ua1(full):
    with pikepdf.open(io.BytesIO(full)) as found:
        about = found.open_metadata()
        declared = [
            about[f"{{{space}}}{key}"]
            for space, key in (
                ("http://www.aiim.org/pdfa/ns/id/", "part"),
                ("http://www.aiim.org/pdfa/ns/id/", "conformance"),
                ("http://www.aiim.org/pdfua/ns/id/", "part"),
            )
        ]
        assert declared == ["3", "A", "1"]


def test_report_is_tagged_and_titled_in_its_language(full, language):
    with pikepdf.open(io.BytesIO(full)) as found:
        root = found.Root
        assert root.MarkInfo.Marked
        assert root.ViewerPreferences.DisplayDocTitle
        assert str(root.Lang) == {"zh": "zh-CN", "en": "en"}[language]
        assert str(found.docinfo.Title) == lookup(language, "report.title").format(
            platform=FULL.platform.name
        )


def test_report_outlines_its_sections(full, language):
    label = labels_of(language)
    titles = [item.title for item in PdfReader(io.BytesIO(full)).outline if not isinstance(item, list)]
    names = ["basis", "panel", "overview", "highlights", "problems", "recommendations", "signatures"]
    annexes = ["table", "policy", "readings", "sources", "notes"]
    numbers = {"zh": "一 二 三 四 五 六 七", "en": "1 2 3 4 5 6 7"}[language].split()
    mark = {"zh": "、 ", "en": ". "}[language]
    expected = [label["conclusion"]]
    expected += [number + mark + label[name] for number, name in zip(numbers, names, strict=True)]
    gap = {"zh": "　", "en": " "}[language]
    expected += [label["annex"].format(no=n) + gap + label[name] for n, name in enumerate(annexes, 1)]
    assert titles == expected


def test_every_font_is_embedded(full):
    with pikepdf.open(io.BytesIO(full)) as found:
        descendants = [
            font.DescendantFonts[0]
            for page in found.pages
            for font in page.resources.get("/Font", {}).values()
        ]
        assert {"/FontFile3" in font.FontDescriptor for font in descendants} == {True}
        families = {str(font.BaseFont).split("+")[1].split("-")[0] for font in descendants}
    assert families == {"NotoSansSC", "NotoSerifSC"}


def test_charts_say_what_they_show_to_screen_readers(full, language):
    with pikepdf.open(io.BytesIO(full)) as found:
        told = [str(o.Alt) for o in found.objects if isinstance(o, pikepdf.Dictionary) and "/Alt" in o]
    opening = {
        "zh": ["分数条", "条形图，各二级指标得分率", "条形图，各二级指标失分"],
        "en": ["Line of scores", "Bar chart, share", "Bar chart, points lost"],
    }[language]
    assert [start for start in opening if not any(text.startswith(start) for text in told)] == []


def test_same_evaluation_returns_the_same_bytes(full, language, tmp_path):
    assert pdf(concluded(), FULL, language, tmp_path) == full


@pytest.mark.parametrize(
    ("changes", "stamp"),
    [
        ({}, "D:20260520040000Z"),
        ({"report": ReportText()}, "D:20260513040000Z"),
        ({"report": ReportText(), "visit": Visit(start=date(2026, 5, 12))}, "D:20260512040000Z"),
        ({"report": ReportText(), "visit": Visit()}, "D:19800101040000Z"),
    ],
)
def test_file_is_dated_as_the_report_or_the_visit(changes, stamp, tmp_path):
    data = pdf(RESULT, replace(FULL, **changes), "zh", tmp_path)
    assert PdfReader(io.BytesIO(data)).metadata["/CreationDate"] == stamp


def test_font_that_is_missing_is_an_error(monkeypatch, tmp_path):
    nothing = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False)
    monkeypatch.setattr(fonts, "faces", lambda: nothing)
    with pytest.raises(RuntimeError, match="unknown font family"):
        pdf(RESULT, FULL, "zh", tmp_path)


# ------------------------------------------------------------------ the embedded result


def test_embedded_result_is_what_the_operator_may_see(full):
    assert attached(full) == result_file.dumps(for_operator(RESULT))


def test_embedded_result_holds_no_single_marks(full):
    found = json.loads(attached(full))
    assert {len(c["marks"]) for c in found["criteria"]} == {0}
    assert (found["sheets"], found["agreement"]["severity"]) == ([], [])
    assert {"score", "grade", "criteria", "findings"} <= set(found)
    assert found["score"] == RESULT["score"]


def test_embedded_result_can_be_read_as_a_result(full, tmp_path):
    (tmp_path / "result.json").write_bytes(attached(full))
    assert result_file.load(tmp_path / "result.json", RUBRIC) == for_operator(RESULT)


def test_single_marks_change_nothing_but_hashes(full, language, tmp_path):
    """A report made without any single mark is the same: so none is in it."""
    sheets = [{**sheet, "base": "0", "bonus": "0", "total": "0"} for sheet in RESULT["sheets"]]
    dissents = {c["id"]: c["dissent"] and "7777" for c in RESULT["criteria"]}
    bare = for_operator(RESULT)
    criteria = [{**c, "dissent": dissents[c["id"]]} for c in bare["criteria"]]
    changed = {**bare, "criteria": criteria, "sheets": sheets, "flip": RESULT["flip"]}
    other = pdf(changed, FULL, language, tmp_path)
    assert _without_hashes(other) == _without_hashes(full)
    assert words(other) != words(full)


def _without_hashes(data):
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
    return re.sub(r"\b(?:[0-9a-f]{16}|[0-9a-f]{4})\b", "", text)


# ------------------------------------------------------------------ contents


def test_every_criterion_with_its_reason_is_in_the_table(full, language):
    with speaking(language):
        rows = wording.criterion_rows(RUBRIC, RESULT)
    assert len(rows) == 51
    assert absent([row["text"] for row in rows] + [row["reason"] for row in rows], full) == []


def test_every_finding_and_advice_is_in_it(full, language):
    with speaking(language):
        rows = wording.finding_rows(RESULT, RUBRIC)
    assert absent([row["reason"] for row in rows] + [row["advice"] for row in rows], full) == []


def test_panel_and_its_checks_are_in_it(full, language):
    with speaking(language):
        checks = wording.check_rows(RESULT["checks"])
    known = [text for e in PANEL for text in (e.name, e.organisation, e.title)]
    assert {check["state"] for check in checks} == {lookup(language, "wording.state.pass")}
    assert absent([*known, "斯琴", *(text for check in checks for text in check.values())], full) == []


def test_facts_of_the_evaluation_are_in_it(full, language):
    with speaking(language):
        dates = [
            wording.span_text(*FULL.period),
            wording.span_text(FULL.visit.start, FULL.visit.end),
            wording.date_text(DAY),
        ]
    texts = [
        FULL.platform.name,
        FULL.platform.operator,
        FULL.platform.region,
        FULL.purpose,
        FULL.authority,
        FULL.programme,
        *FULL.basis,
        *FULL.visit.sites,
        FULL.report.number,
        *FULL.report.overview.splitlines(),
        *FULL.report.problems,
        *(one.what for one in FULL.report.recommendations),
        lookup(language, "wording.channel.both"),
        lookup(language, "wording.kind.authority"),
        lookup(language, "wording.reason.annual"),
    ]
    assert absent(dates + texts, full) == []


def test_rules_and_figures_are_in_it(full, language):
    with speaking(language):
        rules = wording.policy_rows(RESULT["policy"])
        readings = wording.reading_rows(RESULT, RUBRIC)
    texts = [text for row in (*rules, *readings) for text in row.values()]
    with speaking(language):
        texts += [*RESULT["shown"].values(), wording.grade_name(RUBRIC, RESULT["grade"])]
        texts += [wording.readings_text(RESULT, RUBRIC), wording.margin_text(RESULT, RUBRIC)]
        texts += [wording.agreement_text(RESULT), *wording.overview(RESULT, RUBRIC, FULL)]
    assert absent(texts, full) == []


def test_deliberation_is_in_it_and_that_there_was_dissent_without_its_words(full, language):
    assert absent([a.reason for a in evaluations.AGREED.values()], full) == []
    dissents = [a.dissent for a in evaluations.AGREED.values() if a.dissent]
    assert absent(dissents, full) == dissents
    assert words(full).count(plain(lookup(language, "report.dissented"))) == len(dissents)


def test_flip_set_is_stated_in_words(full, language):
    assert [change["id"] for change in RESULT["flip"]["down"]] == ["3.1", "8.1", "12.8"]
    assert RESULT["grade"] == "excellent"
    said = {
        "zh": "至少改变 3 项，等级即由“优秀”降为“合格”。",
        "en": "at least 3 marks would have to change for the grade to fall from “Excellent” to “Qualified”.",
    }
    assert absent([said[language]], full) == []


def test_hashes_and_fingerprint_are_in_it(full):
    digest = hashlib.sha256(result_file.dumps(RESULT)).hexdigest()
    inside = hashlib.sha256(attached(full)).hexdigest()
    table = RESULT["rubric"]
    sheets = [sheet["sha256"] for sheet in RESULT["sheets"]]
    assert absent([digest, inside, table["scale_sha256"], table["wording_sha256"], *sheets], full) == []
    cover = PdfReader(io.BytesIO(full)).pages[0].extract_text()
    assert " ".join(re.findall("....", digest[:20])) in cover


def test_every_page_but_the_cover_has_its_number_and_the_fingerprint(full, language):
    pages = PdfReader(io.BytesIO(full)).pages
    digest = plain(hashlib.sha256(result_file.dumps(RESULT)).hexdigest()[:20])
    page = lookup(language, "report.label.page")
    found = [plain(p.extract_text()) for p in pages]
    asked = [plain(page.format(page=n, pages=len(pages))) for n in range(1, len(pages) + 1)]
    assert [n for n, text in enumerate(found) if n and (asked[n] not in text or digest not in text)] == []
    assert asked[0] not in found[0]


def test_table_repeats_its_head_on_every_page(full, language):
    label = labels_of(language)
    head = plain("".join(label[name] for name in ("id", "criterion", "max", "score", "grounds")))
    pages = [plain(page.extract_text()) for page in PdfReader(io.BytesIO(full)).pages]
    with_rows = [
        n for n, text in enumerate(pages) if re.search(r"(?<![\d.])(6|12|16)\.[12]", text) and head in text
    ]
    assert len(with_rows) >= 2


def test_members_sign(full, language):
    label = labels_of(language)
    pages = [plain(page.extract_text()) for page in PdfReader(io.BytesIO(full)).pages]
    signed = next(text for text in pages if plain(label["signatures"]) in text)
    assert [e.name for e in PANEL if e.name not in signed] == []
    assert plain(label["seal"]) in signed


# ------------------------------------------------------------------ other rules, other states


def test_unknown_facts_are_stated_to_be_unknown(tmp_path, language):
    bare = Evaluation(Platform("某平台"))
    result = evaluate(RUBRIC, bare, evaluations.sheets(), evaluations.AGREED)
    found = words(pdf(result, bare, language, tmp_path))
    label = labels_of(language)
    assert plain(label["no_panel"]) in found
    assert plain(label["operator"] + label["not_stated"]) in found
    assert plain(label["period"] + label["not_stated"]) in found
    with speaking(language):
        states = [row["state"] for row in wording.check_rows(result["checks"])]
    assert states.count(lookup(language, "wording.state.not_shown")) == 7


def test_open_result_is_a_draft_without_grade(tmp_path, language):
    result = evaluate(RUBRIC, FULL, evaluations.sheets())
    data = pdf(result, FULL, language, tmp_path)
    label = labels_of(language)
    expected = [lookup(language, f"report.stamp.{name}") for name in ("open", "open_note")]
    expected += [label["open"], lookup(language, "report.settled.open")]
    expected += [RUBRIC.criteria[point["id"]].text[language] for point in result["open"]]
    assert absent(expected, data) == []
    figures = [label["graded"] + number for number in ("0", "1", "8", "9")]
    assert [text for text in figures if plain(text) in words(data)] == []
    assert plain(lookup(language, "charts.shares.title")) not in words(data)
    assert plain(label["signatures"]) not in words(data)


def test_second_page_is_for_the_head_of_the_authority(full, language):
    label = labels_of(language)
    pages = [plain(page.extract_text()) for page in PdfReader(io.BytesIO(full)).pages]
    with speaking(language):
        expected = [wording.grade_name(RUBRIC, RESULT["grade"]), *RESULT["shown"].values()]
        expected += [wording.margin_text(RESULT, RUBRIC), report_facts_of()["deadline"]]
    expected += [label[name] for name in ("conclusion", "strengths", "weaknesses", "todo", "who", "until")]
    assert [text for text in expected if plain(text) not in pages[1]] == []
    assert plain(expected[0]) in pages[0]


def test_lowest_grade_is_written_in_one_line(tmp_path, language):
    low = {**RESULT, "grade": RUBRIC.bands[-1].grade}
    second = PdfReader(io.BytesIO(pdf(low, FULL, language, tmp_path))).pages[1].extract_text()
    with speaking(language):
        assert wording.grade_name(RUBRIC, low["grade"]) in second.split("\n")


def report_facts_of(about=FULL, result=RESULT, **more):
    return report_of(result, RUBRIC, about, **more).facts


def test_body_of_the_report_is_six_pages(full, language):
    """The body ends where the first annex begins: a leader reads six pages, and needs no annex."""
    first = plain(labels_of(language)["annex"].format(no=1) + labels_of(language)["table"])
    pages = [plain(page.extract_text()) for page in PdfReader(io.BytesIO(full)).pages]
    assert next(n for n, text in enumerate(pages) if first in text) <= {"zh": 6, "en": 7}[language]


def test_edition_for_comments_has_no_grade_on_its_cover_no_date_and_no_signatures(language, tmp_path):
    with speaking(language):
        report = report_of(RESULT, RUBRIC, FULL, comments=True)
        data = write_pdf(report, tmp_path / "comments.pdf").read_bytes()
        grade, day = wording.grade_name(RUBRIC, RESULT["grade"]), wording.date_text(DAY)
    pages = [plain(page.extract_text()) for page in PdfReader(io.BytesIO(data)).pages]
    stamp = plain(lookup(language, "report.stamp.comments"))
    assert [n for n, text in enumerate(pages) if stamp not in text] == []
    assert plain(lookup(language, "report.stamp.comments_note")) in pages[0]
    assert plain(grade) not in pages[0]
    assert plain(grade) in pages[1]
    label = labels_of(language)
    never = [day, FULL.report.number, report_facts_of()["result"]["due"], label["signatures"], label["seal"]]
    assert [text for text in never if plain(text) in words(data)] == []


def test_refused_panel_gets_no_report(tmp_path):
    two = replace(FULL, panel=PANEL[:2])
    result = evaluate(RUBRIC, two, evaluations.sheets()[:2])
    assert result["status"] == "refused"
    with pytest.raises(Invalid) as caught:
        pdf(result, two, "zh", tmp_path)
    assert [problem.code for problem in caught.value.problems] == ["report.refused"]
    assert list(tmp_path.iterdir()) == []


def test_common_table_states_there_are_no_single_marks(tmp_path, language):
    own = replace(FULL, kind="self", policy=default("self"))
    result = evaluate(RUBRIC, own, [replace(evaluations.sheets()[0], expert_id="panel", name="评价组")])
    expected = [lookup(language, "report.settled.panel"), lookup(language, "wording.no_single_marks")]
    expected += [lookup(language, "wording.policy.method.panel"), lookup(language, "wording.kind.self")]
    assert absent(expected, pdf(result, own, language, tmp_path)) == []


def test_mean_is_shown_cut_and_never_rounded(tmp_path):
    three = replace(FULL, panel=panel(3), policy=Policy(method="mean"))
    result = evaluate(RUBRIC, three, evaluations.sheets()[:3])
    assert result["score"]["total"] == "277/3"
    data = pdf(result, three, "zh", tmp_path)
    thirds = [c["id"] for c in result["criteria"] if "/" in c["agreed"]]
    assert thirds
    assert absent(["92.33", lookup("zh", "report.settled.mean")], data) == []
    assert "277/3" not in words(data)


def test_offline_platform_learns_its_four_ceilings(tmp_path, language):
    offline = replace(FULL, platform=replace(FULL.platform, channel="offline"))
    result = concluded(offline)
    with speaking(language):
        text = wording.ceiling_text(result, RUBRIC)
    assert re.findall(r"\d+", text) == ["92", "99", "88", "95"]
    assert absent([text], pdf(result, offline, language, tmp_path)) == []


def test_earned_bonus_names_its_honour_from_the_note(tmp_path):
    honoured = [
        replace(
            sheet,
            marks={
                **sheet.marks,
                "B.2": replace(sheet.marks["B.2"], points=sheet.marks["B.1"].points, note="自治区质量奖提名"),
            },
        )
        for sheet in evaluations.sheets()
    ]
    agreed = {name: mark for name, mark in evaluations.AGREED.items() if name != "B.2"}
    result = evaluate(RUBRIC, FULL, honoured, agreed)
    assert absent(["自治区质量奖提名"], pdf(result, FULL, "zh", tmp_path)) == []


def test_first_evaluation_is_noted(tmp_path, language):
    first = replace(FULL, reason="first")
    result = concluded(first)
    with speaking(language):
        assert absent(wording.note_texts(result), pdf(result, first, language, tmp_path)) == []
        assert len(wording.note_texts(result)) >= 1


# ------------------------------------------------------------------ hostile texts

MARKUP = '#panic("x") *a* _b_ $x$ `c` <d> @e = f \\ /* // ${g} {h} [i] https://j'


@pytest.mark.parametrize(
    "text",
    [
        MARKUP,
        "=1+1",
        "😀ᠮᠣᠩ",
        f"a{SURROGATE}b",
        "a\x00\x07\x1b\x7fb",
        "a\u202eb\u2066c\u200bd",
        "\ue000\U000f0000\ufffe",
        "字\ufe0f\u0301\u20e3",
        "x" * 600,
        "字" * 600,
        "行\n" * 40,
        "-" * 500,
        " \u3000\t",
    ],
    ids=range(13),
)
def test_no_text_breaks_the_report(text, tmp_path):
    reasons = dict.fromkeys(evaluations.REASONS, text or "无")
    about = replace(
        FULL,
        platform=replace(FULL.platform, name=f"平台{text}", operator=f"中心{text}"),
        purpose=text,
        authority=text,
        panel=tuple(
            replace(e, name=f"{e.name}{text}", organisation=f"单位{text}", title=text) for e in PANEL
        ),
        report=ReportText(text, DAY, text, (text,), (Recommendation(text),)),
    )
    agreed = {name: replace(a, reason=text or "无", dissent=text) for name, a in evaluations.AGREED.items()}
    if not text.strip():
        reasons, agreed = None, evaluations.AGREED
    result = evaluate(RUBRIC, about, evaluations.sheets(reasons=reasons), agreed)
    data = pdf(result, about, "zh", tmp_path)
    printed = fonts.replaced(text)
    assert attached(data) == result_file.dumps(for_operator(result))
    assert absent([printed[:200]], data) == []
    assert len(PdfReader(io.BytesIO(data)).pages) < 400


def test_unprintable_characters_of_result_and_evaluation_are_listed():
    about = replace(FULL, purpose="😀\u202e", basis=("ᠮ",))
    result = {**RESULT, "guidance_sha256": "\U0001f601"}
    assert unprintable(result, about) == ["U+182E", "U+1F600", "U+1F601", "U+202E"]
    assert unprintable(RESULT, FULL) == []


def test_report_lists_replaced_characters(tmp_path, language):
    about = replace(FULL, purpose="查看😀情况")
    data = pdf(RESULT, about, language, tmp_path)
    assert absent(["查看〓情况", "U+1F600"], data) == []


def test_characters_replaced_in_the_table_are_listed_too(tmp_path):
    odd = replace(RUBRIC, title=replace(RUBRIC.title, zh="评价表😀"))
    path = write_pdf(report_of(RESULT, odd, FULL), tmp_path / "report.pdf")
    assert absent(["评价表〓", "U+1F600"], path.read_bytes()) == []


def test_checkpoint_of_a_server_is_printed_with_the_hashes(tmp_path):
    line = "zhiping.example.org · 120 · 7K3QF-0X9TB-M2NAV-85HDR"
    data = pdf(RESULT, replace(FULL, checkpoint=line), "zh", tmp_path)
    assert absent(["过程记录校验点", line], data) == []


def test_report_of_the_command_line_has_no_checkpoint(tmp_path):
    assert absent(["过程记录校验点"], pdf(RESULT, FULL, "zh", tmp_path)) == ["过程记录校验点"]
