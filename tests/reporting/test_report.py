"""From the conclusion to the issued report: draft, objections, a corrected mark, numbers without gaps."""

import datetime as dt
from functools import partial

import pytest
from pypdf import PdfReader
from tests.panels import panels
from tests.reporting.reporting import (
    accept,
    act,
    answer,
    concluded,
    decide,
    issue,
    object_to,
    seen,
    sent,
)  # fmt: skip
from tests.server.cast import NOW, TODAY

from zhiping.domain.errors import Conflict, Invalid, NotAllowed
from zhiping.evidence import store
from zhiping.ledger import verification
from zhiping.notices.models import Notice
from zhiping.reporting.actions import editions, objection, words
from zhiping.reporting.models import Edition, Objection, Receipt
from zhiping.reporting.queries import report as queries
from zhiping.scoring.models import Result

LATER = NOW + dt.timedelta(days=20)


def codes(refused):
    return [problem.code for problem in refused.value.problems]


def test_report_is_issued_after_the_draft_and_received(cast):
    evaluation = sent(cast)
    draft = Edition.objects.get()
    assert (draft.version, draft.issued, evaluation.head.phase) == (1, False, "consulting")
    with store.open_file(draft.pdf) as file:
        assert file.read(5) == b"%PDF-"
    accept(cast, evaluation)
    report = issue(cast, evaluation, reviewer="王审核", signer="李签发")
    found = panels.fresh(evaluation)
    assert (found.head.phase, report.number, report.date) == ("reported", f"质评〔{TODAY.year}〕1号", TODAY)
    with store.open_file(report.pdf) as file:
        printed = "".join(page.extract_text() for page in PdfReader(file).pages)
    assert [text for text in ("王审核", "李签发", "扫码核验本报告") if text not in printed] == []
    editions.confirm_receipt(act(cast, "staff"), seen(cast, "staff", evaluation), edition=report)
    assert Receipt.objects.get().person == cast.staff.name
    assert [p for thing in (found, found.platform) for p in verification.verify(thing.head)] == []
    sent_codes = Notice.objects.filter(to=cast.staff).values_list("code", flat=True)
    assert {"reporting.draft_sent", "reporting.issued"} <= set(sent_codes)


def test_upheld_objection_makes_a_new_version_of_the_result(cast):
    evaluation = sent(cast)
    one = object_to(cast, evaluation)
    answer(cast, evaluation, one)
    decide(cast, evaluation, one)
    old, new = Result.objects.filter(evaluation=evaluation).order_by("version")
    assert (old.graded, new.graded) == ("98", "100")
    assert old.sha256[:12] in new.document
    found = panels.fresh(evaluation)
    assert str(found.score) == "100.00"
    accept(cast, evaluation)
    report = issue(cast, evaluation)
    assert report.result == new
    assert [p for thing in (found, found.platform) for p in verification.verify(thing.head)] == []


def test_one_person_alone_decides_no_objection(cast):
    evaluation = sent(cast)
    one = object_to(cast, evaluation)
    with pytest.raises(Conflict) as refused:
        decide(cast, evaluation, one)
    assert codes(refused) == ["lifecycle.answer_given"]
    answer(cast, evaluation, one)
    with pytest.raises(NotAllowed):
        decide(cast, evaluation, one, "lead")
    decide(cast, evaluation, one, "member", agrees=False)
    now = Objection.objects.get()
    assert (now.verdict, now.answer, now.decided) == ("", "", None)
    assert Result.objects.count() == 1


def test_corrected_mark_is_a_legal_one_of_an_upheld_objection(cast):
    evaluation = sent(cast)
    one = object_to(cast, evaluation)
    for given, code in (
        ({"points": "3"}, "agreed.illegal"),
        ({"points": "99"}, "agreed.illegal"),
        ({"verdict": "refused"}, "reporting.no_mark"),
    ):
        with pytest.raises(Invalid) as refused:
            answer(cast, evaluation, one, **given)
        assert codes(refused) == [code]


def test_report_waits_for_the_window_and_for_every_objection(cast):
    evaluation = sent(cast)
    one = object_to(cast, evaluation)
    with pytest.raises(Conflict) as refused:
        issue(cast, evaluation)
    assert codes(refused) == ["lifecycle.window_over", "lifecycle.objections_answered"]
    with pytest.raises(Conflict) as refused:
        object_to(cast, evaluation, now=LATER)
    assert codes(refused) == ["lifecycle.window_open"]
    answer(cast, evaluation, one, verdict="refused", points="")
    decide(cast, evaluation, one)
    issue(cast, evaluation, LATER)


def test_numbers_of_a_year_have_no_gaps(cast):
    first = sent(cast)
    accept(cast, first)
    office = first.authority
    editions.set_pattern(act(cast, "officer"), office, pattern="内质评〔{year}〕{n}号")
    assert queries.next_number(office, TODAY.year) == (1, f"内质评〔{TODAY.year}〕1号")
    assert issue(cast, first).number == f"内质评〔{TODAY.year}〕1号"
    assert queries.next_number(office, TODAY.year)[0] == 2
    assert queries.next_number(office, TODAY.year + 1)[0] == 1
    with pytest.raises(Invalid) as refused:
        editions.set_pattern(act(cast, "officer"), office, pattern="第{n}号")
    assert codes(refused) == ["number.pattern"]


def test_review_corrects_an_issued_report(cast):
    evaluation = sent(cast)
    accept(cast, evaluation)
    first = issue(cast, evaluation)
    own = seen(cast, "staff", evaluation)
    objection.request_review(act(cast, "staff"), own, text="请复核", criterion="4.1")
    one = Objection.objects.get()
    with pytest.raises(Conflict) as refused:
        editions.reissue_report(act(cast, "officer"), seen(cast, "officer", evaluation))
    assert codes(refused) == ["lifecycle.result_corrected", "lifecycle.objections_answered"]
    answer(cast, evaluation, one)
    decide(cast, evaluation, one, "officer")
    again = editions.reissue_report(act(cast, "officer"), seen(cast, "officer", evaluation))
    assert (first.version, again.version, again.count) == (2, 3, 2)
    assert cast.platform("a").last_grade == "excellent"
    with pytest.raises(Conflict):
        objection.request_review(act(cast, "staff", LATER), seen(cast, "staff", evaluation), text="迟了")


def test_words_of_two_people_are_both_kept(cast):
    evaluation = concluded(cast)
    start = queries.digest("")
    words.write_part(
        act(cast, "lead"), seen(cast, "lead", evaluation), name="overview", text="甲", before=start
    )
    with pytest.raises(Conflict) as refused:
        words.write_part(
            act(cast, "member"), seen(cast, "member", evaluation), name="overview", text="乙", before=start
        )
    assert codes(refused) == ["reporting.part_changed"]
    words.write_part(
        act(cast, "member"), seen(cast, "member", evaluation), name="highlights", text="丙", before=start
    )
    text = queries.report_text(panels.fresh(evaluation))
    assert (text.overview, text.highlights) == ("甲", ("丙",))


def test_operator_reads_the_report_from_the_draft_on(cast, client_for):
    evaluation = concluded(cast)
    url = f"/evaluations/{evaluation.pk}/report"
    allowed = dict.fromkeys(("lead", "member", "officer"), 200) | dict.fromkeys(("staff", "head"), 403)
    for name in (*allowed, "officer_b", "outsider", "administrator"):
        assert client_for(getattr(cast, name)).get(url).status_code == allowed.get(name, 404), name
    editions.send_draft(act(cast, "lead"), seen(cast, "lead", evaluation))
    page = client_for(cast.staff).get(url)
    assert (page.status_code, "报告文字" in page.content.decode()) == (200, False)


def after_typesetting(monkeypatch, *steps):
    """Do something between a typesetting and the lock that follows it: one step for each typesetting."""
    typeset, left = editions._typeset, list(steps)

    def then(*args, **given):
        made = typeset(*args, **given)
        if left:
            left.pop(0)()
        return made

    monkeypatch.setattr(editions, "_typeset", then)


def test_draft_of_words_that_changed_while_it_was_typeset_is_not_sent(cast, monkeypatch):
    evaluation = concluded(cast)
    own = {"name": "overview", "text": "改了", "before": queries.digest("")}
    change = partial(words.write_part, act(cast, "member"), seen(cast, "member", evaluation), **own)
    after_typesetting(monkeypatch, change)
    with pytest.raises(Conflict) as refused:
        editions.send_draft(act(cast, "lead"), seen(cast, "lead", evaluation))
    assert codes(refused) == ["reporting.part_changed"]
    assert not Edition.objects.exists()


def test_report_is_typeset_again_where_another_one_has_its_number(cast, monkeypatch):
    evaluation = sent(cast)
    accept(cast, evaluation)
    real, taken = queries.next_number, [(1, "甲1号"), (2, "甲2号")]
    monkeypatch.setattr(queries, "next_number", lambda *about: taken.pop(0) if taken else real(*about))
    assert issue(cast, evaluation).count == 1
    assert (taken, Edition.objects.exclude(number="").count()) == ([], 1)
