"""Open sheets are in no checkpoint, count, log line or event of the evaluation (T7)."""

import json
import logging

import pytest
from tests.scoring.scoring import begun, fresh, full, give, handed_in, one, opened
from tests.server.cast import NOW

from zhiping.domain.lifecycle import HIDDEN
from zhiping.ids import uuid7
from zhiping.ledger import checkpoints
from zhiping.ledger.models import Checkpoint, Event, Head, open_to_view

pytestmark = pytest.mark.t7


@pytest.fixture
def evaluation(cast):
    return begun(cast)


@pytest.mark.parametrize("hidden", [True, False], ids=["hidden", "control"])
def test_open_sheet_is_in_no_checkpoint(cast, evaluation, hidden, monkeypatch):
    """The control lists no hidden kind: then the sheet is signed, with its size."""
    sheet = opened(cast, evaluation, "member")
    give(cast, "member", sheet, one("3.1", "2"))
    if not hidden:
        monkeypatch.setitem(HIDDEN, "sheet", ())
    checkpoints.sign_grown(now=NOW)
    assert Checkpoint.objects.filter(head=sheet.pk).exists() is not hidden
    logged = [
        event for event in Event.objects.filter(name="checkpoint.signed") if str(sheet.pk) in str(event.data)
    ]
    assert bool(logged) is not hidden


def test_handed_in_sheet_is_in_no_checkpoint_before_the_close(cast, evaluation):
    sheet = handed_in(cast, evaluation, "member")
    checkpoints.sign_grown(now=NOW)
    assert not Checkpoint.objects.filter(head=sheet.pk).exists()


def test_count_of_ledgers_is_the_same_with_an_open_sheet(cast, evaluation):
    before = Head.objects.filter(open_to_view()).count()
    give(cast, "member", opened(cast, evaluation, "member"), one("3.1", "2"))
    assert Head.objects.filter(open_to_view()).count() == before


def test_ledger_of_the_evaluation_records_only_the_hand_in(cast, evaluation):
    before = fresh_size(evaluation)
    sheet = opened(cast, evaluation, "member")
    give(cast, "member", sheet, *full(evaluation))
    assert fresh_size(evaluation) == before
    handed_in(cast, evaluation, "lead")
    event = Event.objects.filter(head=evaluation.pk).order_by("-seq").first()
    assert (event.name, sorted(event.data)) == (
        "sheet.handed_in",
        ["cause", "name", "root", "sheet"],
    )


def fresh_size(evaluation):
    return Head.objects.get(pk=evaluation.pk).size


def test_saved_mark_is_in_no_log_line(cast, evaluation, client_for, caplog):
    sheet, client = opened(cast, evaluation, "member"), client_for(cast.member)
    event = {"id": str(uuid7()), "criterion": "3.1", "points": "2", "at": NOW.isoformat()}
    with caplog.at_level(logging.INFO, "zhiping.request"):
        for url, body in (
            (f"sheets/{sheet.pk}/marks", {"events": [event]}),
            (f"evaluations/{evaluation.pk}/sheet", {}),
        ):
            answer = client.post(f"/api/v1/{url}", json.dumps(body), content_type="application/json")
            assert answer.status_code == 200, answer.content
        assert caplog.records == []
        client.get(f"/evaluations/{evaluation.pk}")
    assert len(caplog.records) == 1
    assert fresh(sheet).head.size == 2
