"""Previews: made by the worker once a file is in, shown to its readers, none where drawing fails."""

import pytest
from django_tasks_db.models import DBTaskResult
from tests.evidence.files import pdf
from tests.evidence.test_evidence import hand_in, received, see
from tests.panels.panels import composed, fresh, opened
from tests.server.cast import NOW

from zhiping.documents import apart
from zhiping.evidence import jobs, queries
from zhiping.evidence.actions import evidence as actions
from zhiping.evidence.actions import previews
from zhiping.evidence.models import Preview
from zhiping.ledger.act import Act


@pytest.fixture
def evaluation(cast):
    found = opened(cast)
    composed(cast, found)
    return found


def waiting():
    """Return the previews that wait for the worker."""
    tasks = DBTaskResult.objects.filter(task_path="zhiping.evidence.jobs.make_preview")
    return [task.args_kwargs["args"] for task in tasks]


def test_preview_is_made_after_the_file_is_in(cast, client_for, evaluation):
    one = hand_in(cast, evaluation, content=pdf("预览", pages=3))
    assert waiting() == [[one.sha256, "pdf"]]
    address = f"/evidence/{one.pk}/pages/1"
    here = f"/evaluations/{evaluation.pk}/evidence"
    client = client_for(cast.lead)
    assert (client.get(address).status_code, address in client.get(here).content.decode()) == (404, False)
    jobs.make_preview.func(one.sha256, "pdf")
    made = Preview.objects.get()
    assert (made.sha256, made.pages, made.total) == (one.sha256, 3, 3)
    answer = client.get(address)
    assert (answer.status_code, answer["Content-Type"], answer.content[:3]) == (
        200,
        "image/jpeg",
        b"\xff\xd8\xff",
    )
    assert address in client.get(here).content.decode()
    pages = client.get(f"/api/v1/evaluations/{evaluation.pk}/evidence").json()[0]["pages"]
    assert pages == [f"/evidence/{one.pk}/pages/{number}" for number in (1, 2, 3)]
    for number in (0, 4, 99):
        assert client.get(f"/evidence/{one.pk}/pages/{number}").status_code == 404


@pytest.mark.parametrize("by", ["outsider", "staff_b", "substitute", "officer_b", "administrator"])
def test_preview_is_for_readers_of_the_evidence_only(cast, client_for, evaluation, by):
    one = hand_in(cast, evaluation, content=pdf("geheim"))
    previews.make_preview(Act.clock(NOW), sha256=one.sha256, kind="pdf")
    assert client_for(getattr(cast, by)).get(f"/evidence/{one.pk}/pages/1").status_code == 404


def test_operator_sees_no_preview_of_the_panels_files(cast, client_for, evaluation):
    one = hand_in(cast, evaluation, "member", content=pdf("现场"))
    previews.make_preview(Act.clock(NOW), sha256=one.sha256, kind="pdf")
    found = [
        client_for(who).get(f"/evidence/{one.pk}/pages/1").status_code for who in (cast.staff, cast.lead)
    ]
    assert found == [404, 200]


def test_file_that_cannot_be_drawn_is_handed_in_without_preview(cast, evaluation):
    file = received(pdf("坏")[:200], "坏.pdf")
    one = actions.hand_in_file(Act(cast.staff, NOW), fresh(evaluation), file=file, criteria="3.4")
    previews.make_preview(Act.clock(NOW), sha256=one.sha256, kind="pdf")
    assert (Preview.objects.get().pages, queries.pictures([one])[one.sha256].pages) == (0, 0)


def test_file_drawn_for_too_long_has_no_preview(cast, evaluation, monkeypatch):
    one = hand_in(cast, evaluation, content=pdf("lang", pages=20))
    monkeypatch.setattr(apart, "CLOCK", 0.001)
    previews.make_preview(Act.clock(NOW), sha256=one.sha256, kind="pdf")
    assert Preview.objects.get().pages == 0


def test_same_file_is_drawn_once_and_texts_and_documents_are_not(cast, evaluation):
    one = hand_in(cast, evaluation, content=pdf("einmal"))
    previews.make_preview(Act.clock(NOW), sha256=one.sha256, kind="pdf")
    hand_in(cast, evaluation, content=pdf("einmal"), criteria="3.5")
    file = received("说明".encode(), "说明.txt")
    actions.hand_in_file(Act(cast.staff, NOW), fresh(evaluation), file=file, criteria="3.4")
    see(cast, evaluation)
    assert waiting() == [[one.sha256, "pdf"]]
