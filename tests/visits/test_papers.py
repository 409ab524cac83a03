"""Papers: of one evaluation in the request, of a programme by the worker, from own templates."""

import datetime as dt
import io
import zipfile

import docx
import openpyxl
import pytest
from tests.documents.papers.word.test_papers import words
from tests.documents.spreadsheets.filled import ROW
from tests.evaluations.test_programmes import codes
from tests.panels.panels import composed, fresh, opened, trip
from tests.server.cast import NOW

from zhiping.documents.papers.word import papers as documents
from zhiping.documents.spreadsheets.form.reading import read_forms
from zhiping.domain.draw_conditions import Conditions
from zhiping.domain.errors import Conflict, Invalid, NotAllowed
from zhiping.domain.policy import default
from zhiping.evaluations.actions.evaluation import cancel_evaluation
from zhiping.evaluations.models import Evaluation, Programme
from zhiping.ids import uuid7
from zhiping.ledger.act import Act
from zhiping.ledger.models import Audit, Event
from zhiping.notices.models import Notice
from zhiping.operations.working import work
from zhiping.panels.actions.draw import apply_draw, commit_draw, perform_draw
from zhiping.texts.catalogue import speaking
from zhiping.visits import queries
from zhiping.visits.actions import papers as actions
from zhiping.visits.actions.visit import write_visit_record
from zhiping.visits.models import Bundle, PaperTemplate, VisitRecord


@pytest.fixture
def evaluation(cast):
    found = opened(cast, policy=default("authority").as_data())
    composed(cast, found)
    return fresh(found)


def made(cast, evaluation, stage="prepare", *, by="officer_a", language="zh", name=""):
    return actions.make_papers(
        Act(getattr(cast, by), NOW), evaluation=evaluation, stage=stage, language=language, name=name
    )


def unzipped(content):
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return {name: package.read(name) for name in package.namelist()}


def word_file(*paragraphs):
    held, document = io.BytesIO(), docx.Document()
    for text in paragraphs:
        document.add_paragraph(text)
    document.save(held)
    return held.getvalue()


def replaced(cast, *paragraphs, paper="notice", language="zh", by="officer_a"):
    actions.replace_template(
        Act(getattr(cast, by), NOW),
        authority=cast.organisation("a"),
        paper=paper,
        language=language,
        content=word_file(*paragraphs),
    )


def here(evaluation, more=""):
    return f"/evaluations/{evaluation.pk}/papers{more}"


# One evaluation.


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("stage", ["prepare", "visit", "archive"])
def test_papers_of_a_stage_come_as_one_file(cast, evaluation, stage, language):
    name, content = made(cast, evaluation, stage, language=language)
    found = [p.name for p in queries.papers_of(queries.facts(evaluation)) if p.stage == stage]
    with speaking(language):
        titles = [f"{n:02d} {documents.title(one)}.docx" for n, one in enumerate(found, 1)]
    assert (name.startswith("甲区一站式服务平台 "), list(unzipped(content))) == (True, titles)
    assert all("甲区一站式服务平台" in words(data) for data in unzipped(content).values())


def test_one_paper_comes_as_word(cast, evaluation):
    name, content = made(cast, evaluation, name="panel")
    assert name == f"甲区一站式服务平台 {documents.title('panel')}.docx"
    assert all(person in words(content) for person in ("专家组长", "专家成员一", "专家成员二"))


def test_papers_show_the_plan_and_the_record(cast, evaluation):
    write_visit_record(
        Act(cast.lead, NOW),
        evaluation=evaluation,
        kind=VisitRecord.Kind.APPOINTMENT,
        day=dt.date(2026, 6, 10),
        time="09:15",
        subject="查看窗口",
    )
    _, content = made(cast, fresh(evaluation), name="schedule")
    assert ("2026年6月10日 9:15" in words(content), "查看窗口" in words(content)) == (True, True)


def test_declared_ties_are_only_in_papers_of_the_authority(cast):
    found = opened(cast, policy=default("authority").as_data())
    composed(cast, found, conflict="配偶在该中心任职")

    def declaration(by):
        return "".join(words(content) for content in unzipped(made(cast, fresh(found), by=by)[1]).values())

    assert "配偶在该中心任职" in declaration("officer_a")
    assert "配偶在该中心任职" not in declaration("lead")


def test_paper_that_is_not_there_is_refused(cast, evaluation):
    with pytest.raises(Invalid) as caught:
        made(cast, evaluation, name="report")
    assert codes(caught) == ["papers_web.no_such_paper"]


def test_that_papers_left_the_system_is_in_the_audit_log(cast, evaluation):
    made(cast, evaluation)
    row = Audit.objects.get(action="exported")
    assert (row.by, row.subject, row.data) == (cast.officer_a, str(evaluation.pk), {"papers": "prepare"})


MAKERS = ("officer", "officer_a", "lead")
OTHERS = (
    "staff",
    "head",
    "member",
    "substitute",
    "officer_b",
    "staff_b",
    "outsider",
    "administrator",
    "auditor",
)


@pytest.mark.parametrize("by", OTHERS)
def test_other_users_cannot_make_papers(cast, evaluation, by):
    with pytest.raises(NotAllowed):
        made(cast, evaluation, by=by)
    with pytest.raises(NotAllowed):
        actions.make_sheets(Act(getattr(cast, by), NOW), evaluation=evaluation, language="zh")


def test_page_lists_blank_papers(cast, client_for):
    evaluation = opened(cast, visit_start=None, visit_end=None)
    text = client_for(cast.officer_a).get(here(evaluation)).content.decode()
    assert "尚未登记、将留空：现场评价日期、评价组、分工" in text
    assert documents.title("notice") in text
    assert documents.title("report") not in text  # of a later stage


def test_recorded_facts_are_not_listed_as_blank(cast, evaluation):
    lacking = {p.name: p.lacking for p in queries.papers_of(queries.facts(evaluation))}
    blank = (("notice_number", "contact"), (), ("timetable",))
    assert (lacking["notice"], lacking["panel"], lacking["schedule"]) == blank


@pytest.mark.parametrize("who", MAKERS)
def test_page_hands_out_papers(cast, client_for, evaluation, who):
    client = client_for(getattr(cast, who))
    assert client.get(here(evaluation)).status_code == 200
    answer = client.post(here(evaluation, "/prepare"), {"name": "notice"})
    assert answer["Content-Type"].endswith("wordprocessingml.document")
    assert "filename*=utf-8''" in answer["Content-Disposition"]
    assert client.post(here(evaluation, "/visit"))["Content-Type"] == "application/zip"
    assert client.post(here(evaluation, "/after")).status_code == 404
    assert client.get(here(evaluation, "/prepare")).status_code == 405


@pytest.mark.parametrize("who", OTHERS)
def test_pages_of_papers_need_the_permission(cast, client_for, evaluation, who):
    sees = who in ("staff", "head", "member")
    client = client_for(getattr(cast, who))
    answers = (client.get(here(evaluation)), client.post(here(evaluation, "/prepare")))
    assert [a.status_code for a in answers] == [403 if sees else 404] * 2


@pytest.mark.parametrize("language", ["zh", "en"])
def test_scoring_sheets_are_read_back_as_those_of_their_members(cast, evaluation, tmp_path, language):
    name, content = actions.make_sheets(Act(cast.lead, NOW), evaluation=evaluation, language=language)
    files = unzipped(content)
    assert (name.endswith(".zip"), len(files)) == (True, 3)
    rubric, paths = evaluation.rubric.as_domain(), []
    for number, data in enumerate(files.values()):
        book = openpyxl.load_workbook(io.BytesIO(data))
        column = next(c.column for c in book.worksheets[0][4] if c.value in ("得分", "Mark"))
        for criterion in rubric.base:
            book.worksheets[0].cell(ROW[criterion.id], column).value = int(criterion.max)
        about = book.worksheets[1]
        for row in about.iter_rows():
            if row[0].value in ("日期", "评分日期", "Date", "评价日期"):
                row[1].value = "2026-06-11"
        paths.append(tmp_path / f"{number}.xlsx")
        book.save(paths[-1])
    with speaking(language):
        sheets = read_forms(paths, rubric, platform="甲区一站式服务平台", kind="authority")
    assert [(s.expert_id, s.name) for s in sheets] == [
        (e.id, e.name) for e in queries.facts(evaluation).panel
    ]


def test_no_sheets_without_a_panel(cast):
    with pytest.raises(Invalid) as caught:
        actions.make_sheets(Act(cast.officer_a, NOW), evaluation=opened(cast), language="zh")
    assert codes(caught) == ["papers_web.no_panel"]


def test_panel_that_fills_one_table_gets_one_sheet(cast):
    evaluation = opened(cast, authority=None, policy=default("self").as_data())
    _, content = actions.make_sheets(Act(cast.head, NOW), evaluation=evaluation, language="zh")
    assert len(unzipped(content)) == 1


def test_draw_paper_is_blank_without_a_draw_and_shows_an_applied_draw(cast):
    evaluation = opened(cast)
    _, content = made(cast, evaluation, name="draw")
    assert not any(part in words(content) for part in ("事先封存的校验码", "抽取时公开的种子"))
    act = Act(cast.officer_a, NOW)
    draw = commit_draw(act, evaluation, conditions=Conditions(substitutes=1, experience=0))
    perform_draw(act, draw, words="草原")
    draw.refresh_from_db()
    apply_draw(act, draw, lead=draw.result["members"][0])
    _, content = made(cast, fresh(evaluation), name="draw")
    text = words(content)
    assert all(part in text for part in (draw.commitment, draw.seed, "草原", "抽中", "候补"))


# A programme.


def asked(cast, programme, *, by="officer", stage="prepare", id=None, **given):
    return actions.ask_bundle(
        Act(getattr(cast, by), NOW, id), programme=programme, stage=stage, language="zh", **given
    )


def taken(cast, bundle):
    with actions.take_bundle(Act(cast.officer, NOW), bundle=bundle) as file:
        return unzipped(file.read())


def test_papers_of_a_programme_are_made_by_a_worker(committed):
    cast = committed
    first, _ = trip(cast)
    bundle = asked(cast, first.programme)
    assert (bundle.total, bundle.finished) == (2, None)
    work(until_idle=True)
    bundle.refresh_from_db()
    assert (bundle.done, bundle.problems, bundle.finished is not None) == (2, [], True)
    files = taken(cast, bundle)
    notice = f"01 {documents.title('notice')}.docx"
    assert "甲区一站式服务平台" in words(files[f"001 甲区一站式服务平台/{notice}"])
    assert "乙区一站式服务平台" in words(files[f"002 乙区一站式服务平台/{notice}"])
    told = Notice.objects.get(to=cast.officer)
    assert (told.code, told.data, told.url) == (
        "papers_web.ready", {"programme": "2026年计划"}, f"/papers/{bundle.pk}",
    )  # fmt: skip


def test_papers_asked_for_twice_are_made_once(cast):
    first, _ = trip(cast)
    key = uuid7()
    assert asked(cast, first.programme, id=key) == asked(cast, first.programme, id=key)
    assert Bundle.objects.count() == Audit.objects.filter(action="exported").count() == 1


def test_trip_gets_the_papers_of_its_evaluations_only(cast):
    first, second = trip(cast)
    Evaluation.objects.filter(pk=second.pk).update(trip=None)
    assert asked(cast, first.programme, trip=first.trip).total == 1


def test_cancelled_evaluations_get_no_papers(cast):
    first, second = trip(cast)
    for one in (first, second):
        cancel_evaluation(Act(cast.officer, NOW), evaluation=one, reason="平台合并")
    with pytest.raises(Invalid) as caught:
        asked(cast, first.programme)
    assert codes(caught) == ["papers_web.nothing"]


def test_bad_template_of_one_authority_does_not_stop_the_others(cast):
    first, _ = trip(cast)
    Evaluation.objects.filter(pk=first.pk).update(authority=cast.organisation("a"))
    PaperTemplate.objects.create(
        authority=cast.organisation("a"), paper="notice", language="zh",
        content=word_file("{{ platform.nmae }}"), uploaded=NOW, uploaded_by=cast.officer_a,
    )  # fmt: skip
    bundle = asked(cast, first.programme)
    actions.make_bundle(Act.clock(NOW), bundle=bundle)
    (problem,) = bundle.problems
    assert (problem["evaluation"], "platform.nmae" in problem["texts"][0]) == (str(first.pk), True)
    files = taken(cast, bundle)
    assert {name.partition("/")[0] for name in files} == {"002 乙区一站式服务平台"}


def test_fault_of_ours_in_one_evaluation_does_not_stop_the_others(cast, monkeypatch):
    first, _ = trip(cast)
    real = actions.facts

    def breaks(evaluation):
        if evaluation.pk == first.pk:
            raise ZeroDivisionError
        return real(evaluation)

    monkeypatch.setattr(actions, "facts", breaks)
    bundle = asked(cast, first.programme)
    actions.make_bundle(Act.clock(NOW), bundle=bundle)
    assert [p["evaluation"] for p in bundle.problems] == [str(first.pk)]
    assert (bundle.done, bool(bundle.file)) == (2, True)


def test_bundle_in_which_nothing_could_be_made_has_no_file(cast, client_for, monkeypatch):
    first, _ = trip(cast)
    monkeypatch.setattr(actions, "facts", lambda _: 1 / 0)
    bundle = asked(cast, first.programme)
    actions.make_bundle(Act.clock(NOW), bundle=bundle)
    text = client_for(cast.officer).get(f"/papers/{bundle.pk}").content.decode()
    assert (bundle.file, "未能制作" in text, "保存期限" in text) == ("", True, False)


def test_bundle_can_be_downloaded_only_when_ready_and_not_expired(cast):
    first, _ = trip(cast)
    bundle = asked(cast, first.programme)
    act = Act(cast.officer, NOW)
    with pytest.raises(Conflict) as caught:
        actions.take_bundle(act, bundle)
    assert codes(caught) == ["papers_web.not_ready"]
    actions.make_bundle(Act.clock(NOW), bundle=bundle)
    actions.take_bundle(act, bundle).close()
    assert actions.drop_old_bundles(Act.clock(NOW + dt.timedelta(days=29))) == 0
    assert actions.drop_old_bundles(Act.clock(NOW + dt.timedelta(days=31))) == 1
    for found in (bundle, Bundle.objects.get()):  # seen before it expired, and after
        with pytest.raises(Conflict) as caught:
            actions.take_bundle(act, found)
        assert codes(caught) == ["papers_web.gone"]


@pytest.mark.parametrize("by", ["officer_a", "officer_b", "head", "lead", "outsider", "administrator"])
def test_papers_of_a_programme_are_made_by_its_authority_only(cast, by):
    first, _ = trip(cast)
    with pytest.raises(NotAllowed):
        asked(cast, first.programme, by=by)


def test_pages_lead_from_asking_to_the_file(cast, client_for):
    first, _ = trip(cast)
    client, key = client_for(cast.officer), uuid7()
    address = f"/programmes/{first.programme_id}/papers"
    answers = [client.post(address, {"stage": "prepare", "key": key}) for _ in range(2)]
    assert {a.url for a in answers} == {f"/papers/{key}"}
    page = client.get(f"/papers/{key}").content.decode()
    assert ("已完成 0 个，共 2 个" in page, 'hx-trigger="load delay:2s"' in page) == (True, True)
    assert (
        client.get(f"/papers/{key}", headers={"HX-Request": "true"})
        .content.decode()
        .startswith('<div id="bundle"')
    )
    assert client.post(f"/papers/{key}/file").status_code == 409
    actions.make_bundle(Act.clock(NOW), bundle=Bundle.objects.get())
    page = client.get(f"/papers/{key}").content.decode()
    assert ("已完成 2 个，共 2 个" in page, "hx-trigger" in page) == (True, False)
    file = client.post(f"/papers/{key}/file")
    assert len(unzipped(b"".join(file.streaming_content))) == 20
    assert f"/papers/{key}" in client.get(f"{address}/made").content.decode()


@pytest.mark.parametrize(
    "sent", [{}, {"stage": "after"}, {"stage": "prepare", "trip": "x"}, {"stage": "prepare", "key": "x"}]
)
def test_nonsense_is_refused(cast, client_for, sent):
    first, _ = trip(cast)
    answer = client_for(cast.officer).post(f"/programmes/{first.programme_id}/papers", sent)
    assert (answer.status_code, Bundle.objects.count()) == (422, 0)


@pytest.mark.parametrize(
    "who", ["officer_a", "officer_b", "head", "lead", "outsider", "administrator", "auditor"]
)
def test_to_others_there_is_no_bundle(cast, client_for, who):
    first, _ = trip(cast)
    bundle = asked(cast, first.programme)
    client = client_for(getattr(cast, who))
    assert client.get(f"/papers/{bundle.pk}").status_code == 404
    assert client.post(f"/papers/{bundle.pk}/file").status_code == 404
    assert client.get(f"/programmes/{first.programme_id}/papers/made").status_code == 404


# Own templates.


def test_own_template_is_used_for_its_authority_and_language(cast, evaluation):
    replaced(cast, "本局通知：{{ platform.name }}，{% for e in panel.members %}{{ e.name }}；{% endfor %}")
    _, content = made(cast, evaluation, name="notice")
    assert words(content).strip() == "本局通知：甲区一站式服务平台，专家组长；专家成员一；专家成员二；"
    _, content = made(cast, evaluation, name="notice", language="en")
    assert "本局通知" not in words(content)
    elsewhere = opened(cast, "b", authority="b")
    _, content = made(cast, elsewhere, name="notice", by="officer_b")
    assert "本局通知" not in words(content)


def test_newest_template_counts_and_ours_comes_back(cast, evaluation):
    replaced(cast, "第一稿")
    replaced(cast, "第二稿")
    assert words(made(cast, evaluation, name="notice")[1]).strip() == "第二稿"
    act, given = Act(cast.officer_a, NOW), {"authority": cast.organisation("a"), "paper": "notice"}
    actions.drop_template(act, **given, language="zh")
    assert "第二稿" not in words(made(cast, evaluation, name="notice")[1])
    with pytest.raises(Conflict) as caught:
        actions.drop_template(act, **given, language="zh")
    assert codes(caught) == ["papers_web.no_template"]
    names = list(Event.objects.filter(head=cast.organisation("a").pk).values_list("name", flat=True))
    assert names[-3:] == ["template.replaced", "template.replaced", "template.dropped"]


def test_template_is_refused_with_every_fault(cast):
    with pytest.raises(Invalid) as caught:
        replaced(
            cast,
            "{{ platform.nmae }}",
            "{{ visit.dtaes }}",
            "{% for e in panel.members %}{{ e.nmae }}{% endfor %}",
        )
    (problem,) = caught.value.problems
    assert problem.code == "papers.missing"
    assert problem.data["fields"] == ["{{ platform.nmae }}", "{{ visit.dtaes }}", "{{ e.nmae }}"]
    assert not PaperTemplate.objects.exists()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"no zip", "papers.not_word"),
        (b"0" * (5 * 2**20 + 1), "papers.too_big"),
        (word_file("{{ platform.name"), "papers.syntax"),
        (word_file("{{ platform.__class__.__mro__ }}"), "papers.unsafe"),
    ],
    ids=["no Word file", "too big", "torn", "unsafe"],
)
def test_file_that_is_no_template_is_refused(cast, content, code):
    with pytest.raises(Invalid) as caught:
        actions.replace_template(
            Act(cast.officer_a, NOW),
            authority=cast.organisation("a"),
            paper="notice",
            language="zh",
            content=content,
        )
    assert codes(caught) == [code]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_exported_templates_are_taken_back(cast, tmp_path, language):
    with speaking(language):
        documents.export_templates(tmp_path)
    for paper in actions.OWN:
        with speaking(language):
            content = (tmp_path / f"{documents.title(paper)}.docx").read_bytes()
        actions.replace_template(
            Act(cast.officer_a, NOW),
            authority=cast.organisation("a"),
            paper=paper,
            language=language,
            content=content,
        )
    assert PaperTemplate.objects.count() == len(actions.OWN)


@pytest.mark.parametrize("by", ["officer", "officer_b", "head", "lead", "outsider", "administrator"])
def test_only_officers_of_the_authority_replace_its_templates(cast, client_for, by):
    with pytest.raises(NotAllowed):
        replaced(cast, "我的", by=by)
    address = f"/authorities/{cast.organisation('a').pk}/templates"
    client = client_for(getattr(cast, by))
    answers = (client.get(address), client.post(address), client.post(f"{address}/drop"))
    assert [a.status_code for a in answers] == [404] * 3


def test_page_accepts_a_template_and_shows_the_faults_of_another(cast, client_for):
    client, address = client_for(cast.officer_a), f"/authorities/{cast.organisation('a').pk}/templates"

    def upload(text):
        file = io.BytesIO(word_file(text))
        file.name = "通知.docx"
        return client.post(address, {"paper": "notice", "content": file, "key": uuid7()})

    refused = upload("{{ platform.nmae }}")
    assert (refused.status_code, "platform.nmae" in refused.content.decode()) == (422, True)
    assert upload("{{ platform.name }}").url == address
    assert '/templates/drop"' in client.get(address).content.decode()
    sent = {"paper": "notice", "key": uuid7()}
    assert [client.post(f"{address}/drop", sent).status_code for _ in range(2)] == [302, 302]
    assert not PaperTemplate.objects.exists()


@pytest.mark.parametrize("size", [1, 60])
def test_pages_take_the_same_statements_at_any_size(
    cast, client_for, evaluation, size, django_assert_num_queries
):
    trip(cast)
    programme = Programme.objects.get()
    for _ in range(size):
        asked(cast, programme)
    client = client_for(cast.officer)
    for address, statements in (
        (here(evaluation), 12),
        (f"/programmes/{programme.pk}/papers/made", 7),
        (f"/papers/{Bundle.objects.latest('asked').pk}", 5),
    ):
        client.get(address)
        with django_assert_num_queries(statements):
            client.get(address)
