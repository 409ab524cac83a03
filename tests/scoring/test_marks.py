"""Marks: accepted, repeated, stale, waiting, illegal, closed; what the database itself refuses."""

import json
from fractions import Fraction

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from tests.panels import panels
from tests.scoring.scoring import begun, fresh, give, handed_in, one, opened
from tests.server.cast import NOW

from zhiping.domain.errors import NotAllowed
from zhiping.ids import uuid7
from zhiping.ledger import verification
from zhiping.ledger.models import Leaf
from zhiping.rubrics.models import LegalMark
from zhiping.scoring.models import Mark
from zhiping.scoring.queries import sheet as queries
from zhiping.scoring.queries.fieldwork import choices


@pytest.fixture
def evaluation(cast):
    return begun(cast)


def codes(answers):
    return [answer.refused.problems[0].code if answer.refused else "" for answer in answers]


def test_mark_is_recorded_at_its_place_with_its_leaf(cast, evaluation):
    sheet = opened(cast, evaluation, "member")
    (answer,) = give(cast, "member", sheet, one("3.1", "2"))
    assert (answer.seq, answer.hash) == (1, Leaf.objects.get(head=sheet.pk, seq=1).hash)
    (mark,) = queries.marks_of(sheet)
    assert (mark.criterion, mark.legal.points, mark.version, mark.event) == ("3.1", "2", 1, answer.id)


def test_repeated_event_has_the_place_it_had(cast, evaluation):
    sheet, event = opened(cast, evaluation, "member"), one("3.1", "2")
    (first,) = give(cast, "member", sheet, event)
    again, twice = give(cast, "member", sheet, event, event)
    assert (again.already_done, again.seq, again.hash) == (True, first.seq, first.hash)
    assert twice == again
    assert fresh(sheet).head.size == 2


def test_events_of_a_batch_replace_each_other(cast, evaluation):
    sheet, first = opened(cast, evaluation, "member"), one("3.1", "2")
    second = one("3.1", "0", replaces=first.id, reason="没有标志")
    assert codes(give(cast, "member", sheet, first, second)) == ["", ""]
    (mark,) = queries.marks_of(sheet)
    assert (mark.legal.points, mark.version, mark.reason) == ("0", 2, "没有标志")


def test_mark_is_taken_away(cast, evaluation):
    sheet, first = opened(cast, evaluation, "member"), one("3.1", "2")
    give(cast, "member", sheet, first, one("3.1", None, replaces=first.id))
    (mark,) = queries.marks_of(sheet)
    assert mark.legal is None


def test_event_of_a_second_device_is_stale_and_shows_the_mark_there_is(cast, evaluation):
    sheet, first = opened(cast, evaluation, "member"), one("3.1", "2")
    give(cast, "member", sheet, first)
    (answer,) = give(cast, "member", sheet, one("3.1", "0"))
    assert codes([answer]) == ["mark.stale"]
    assert answer.refused.problems[0].data["there"]["event"] == str(first.id)


def test_event_ahead_of_what_it_replaces_waits(cast, evaluation):
    sheet, first = opened(cast, evaluation, "member"), one("3.1", "2")
    second = one("3.1", "0", replaces=first.id)
    assert codes(give(cast, "member", sheet, second)) == ["mark.waiting"]
    assert codes(give(cast, "member", sheet, first)) == [""]
    assert codes(give(cast, "member", sheet, second)) == [""]


def test_illegal_mark_is_refused_alone(cast, evaluation):
    sheet = opened(cast, evaluation, "member")
    answers = give(cast, "member", sheet, one("3.1", "1.5"), one("9.9", "1"), one("3.2", "1"))
    assert codes(answers) == ["mark.illegal", "mark.unknown", ""]
    assert answers[0].refused.problems[0].data["found"] == "1.5"


def test_same_id_with_other_content_is_refused(cast, evaluation):
    sheet, first = opened(cast, evaluation, "member"), one("3.1", "2")
    give(cast, "member", sheet, first)
    assert codes(give(cast, "member", sheet, one("3.1", "0", id=first.id))) == ["ledger.id_taken"]


def test_handed_in_sheet_is_closed(cast, evaluation):
    sheet = handed_in(cast, evaluation, "member")
    assert codes(give(cast, "member", sheet, one("3.1", "2"))) == ["ledger.not_now"]


def test_sheet_is_closed_with_the_scoring(cast, evaluation):
    sheet = opened(cast, evaluation, "member")
    panels.make(evaluation, "close_scoring")
    assert codes(give(cast, "member", sheet, one("3.1", "2"))) == ["ledger.not_now"]


def test_marks_of_another_person_are_refused(cast, evaluation):
    sheet = opened(cast, evaluation, "member")
    for name in ("lead", "officer", "head", "outsider"):
        with pytest.raises(NotAllowed):
            give(cast, name, sheet, one("3.1", "2"))


def test_history_of_a_sheet_verifies(cast, evaluation):
    sheet, first = opened(cast, evaluation, "member"), one("3.1", "2")
    give(cast, "member", sheet, first)
    give(cast, "member", sheet, one("3.1", "0", replaces=first.id, reason="无"), one("3.2", "1"))
    handed_in(cast, evaluation, "lead")
    assert list(verification.verify_all()) == []


@pytest.mark.parametrize("seeded", [False, True], ids=["guarded", "unguarded"])
def test_database_refuses_a_mark_that_is_not_legal(cast, evaluation, seeded):
    """With its trigger dropped the same row is taken: the refusal is the database's own."""
    sheet = opened(cast, evaluation, "member")
    other = LegalMark.objects.filter(rubric=evaluation.rubric).exclude(criterion="3.1").first()
    row = Mark(id=uuid7(), sheet=sheet, criterion="3.1", legal=other, version=1, event=uuid7())
    if seeded:
        from tests.server import insider

        insider.unguard()
        row.save(force_insert=True)
        return
    with pytest.raises(DatabaseError, match="does not take this row now"), transaction.atomic():
        row.save(force_insert=True)


def test_database_refuses_a_mark_of_a_sheet_that_is_in(cast, evaluation):
    sheet = handed_in(cast, evaluation, "member")
    mark = queries.marks_of(sheet)[0]
    mark.reason = "事后改动"
    with pytest.raises(DatabaseError, match="does not take this row now"), transaction.atomic():
        mark.save()


def post(client, path, body):
    return client.post(f"/api/v1/{path}", json.dumps(body), content_type="application/json")


@pytest.mark.parametrize("size", [1, 51])
def test_batch_costs_the_same_statements_at_any_size(cast, evaluation, client_for, size):
    """Twelve, a savepoint for the transaction, and its release."""
    sheet, client = opened(cast, evaluation, "member"), client_for(cast.member)
    table = evaluation.rubric.as_domain().criteria
    last = {}
    for _ in range(2):
        events = [
            {
                "id": str(uuid7()),
                "criterion": name,
                "points": str(one.levels[0].low),
                "replaces": last.get(name),
            }
            for name, one in list(table.items())[:size]
        ]
        events = [{**event, "at": NOW.isoformat()} for event in events]
        with CaptureQueriesContext(connection) as asked:
            answers = post(client, f"sheets/{sheet.pk}/marks", {"events": events}).json()["answers"]
        assert {answer["status"] for answer in answers} == {"accepted"}
        last = {event["criterion"]: event["id"] for event in events}
    assert len(asked) == 14


def test_opening_costs_ten_statements(cast, evaluation, client_for):
    opened(cast, evaluation, "member")
    client = client_for(cast.member)
    path = f"evaluations/{evaluation.pk}/sheet"
    first = post(client, path, {}).json()
    with CaptureQueriesContext(connection) as asked:
        again = post(client, path, {}).json()
    assert len(asked) == 10
    assert first == again
    assert [len(d["indicators"]) for d in again["dimensions"]] == [7, 5, 6, 1]


@pytest.mark.parametrize("half_first", [True, False])
def test_choices_are_those_of_the_step_and_the_language(cast, evaluation, half_first):
    choices.cache_clear()
    table = evaluation.rubric.wording_sha256
    steps = [Fraction(1, 2), Fraction(1)] if half_first else [Fraction(1), Fraction(1, 2)]
    found = {(step, spoken): choices(table, step, spoken)["3.1"] for step in steps for spoken in ("zh", "en")}
    half, whole = (found[step, "zh"]["levels"][1]["marks"] for step in (Fraction(1, 2), Fraction(1)))
    assert (half, whole) == (["0", "0.5", "1"], ["0", "1"])
    for (_, spoken), offered in found.items():
        assert offered["title"] == evaluation.rubric.as_domain().criteria["3.1"].title[spoken]


def test_mark_of_a_device_names_the_evidence_it_rests_on(cast, evaluation, client_for):
    sheet, photo = opened(cast, evaluation, "member"), str(uuid7())
    event = {
        "id": str(uuid7()),
        "criterion": "3.1",
        "points": "2",
        "evidence": [photo],
        "at": NOW.isoformat(),
    }
    client, body = client_for(cast.member), {"events": [event]}
    given = client.post(f"/api/v1/sheets/{sheet.pk}/marks", body, content_type="application/json")
    assert [one["status"] for one in given.json()["answers"]] == ["accepted"]
    (mark,) = queries.marks_of(fresh(sheet))
    assert mark.evidence == [photo]
