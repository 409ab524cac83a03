"""T2: saves, hand-ins and evidence interrupted at every statement: the whole batch is written, or nothing."""

import pytest
from django.db import connection
from tests.evidence.files import pdf, received
from tests.scoring.scoring import begun, fresh, full, give, one, opened
from tests.server.cast import NOW
from tests.server.interruptions import fail, interrupted, kill

from zhiping.domain.errors import AlreadyDone
from zhiping.evidence.actions.evidence import hand_in_file
from zhiping.ids import uuid7
from zhiping.ledger import verification
from zhiping.ledger.act import Act
from zhiping.scoring.actions import mark, sheet

pytestmark = pytest.mark.t2
FAULTS = {"error": fail, "kill": kill}


def saving(count):
    """Save so many marks, each of which replaces the one before."""

    def scene(cast, evaluation):
        own, last = opened(cast, evaluation, "member"), {}
        table = list(evaluation.rubric.as_domain().criteria.items())[:count]

        def prepare():
            sent = [one(name, str(c.levels[0].low), replaces=last.get(name)) for name, c in table]
            last.update((event.data["criterion"], event.id) for event in sent)

            def attempt():
                refused = [answer.refused for answer in give(cast, "member", own, *sent) if answer.refused]
                assert refused == []

            return attempt

        return prepare

    return scene


def handing_in(cast, evaluation):
    """Hand in a sheet, which is returned before each further time."""
    own = opened(cast, evaluation, "member")
    give(cast, "member", own, *full(evaluation))

    def prepare():
        if fresh(own).handed_in:
            sheet.ask_return(Act(cast.member, NOW), fresh(own), reason="漏评一项")
            sheet.return_sheet(Act(cast.lead, NOW), fresh(own))
        act = Act(cast.member, NOW).submitted(uuid7(), {})
        return lambda: once(sheet.hand_in, act, fresh(own))

    return prepare


def handing_evidence(cast, evaluation):
    """Hand in a file that is in the store."""
    file = received(pdf("interrupted"))

    def prepare():
        act = Act(cast.lead, NOW).submitted(uuid7(), {"file": file})
        return lambda: once(hand_in_file, act, evaluation, file=file, criteria="3.4")

    return prepare


def once(action, act, *args, **given):
    try:
        action(act, *args, **given)
    except AlreadyDone:  # it was written before the answer was lost
        return


SCENES = {
    "one mark": (saving(1), 24),
    "51 marks": (saving(51), 24),
    "evidence": (handing_evidence, 32),
    "hand-in": (handing_in, 40),
}  # with the least number of points of each: 120 errors and, without the hand-in, 80 kills
SHORT = [(name, fault) for fault in FAULTS for name in SCENES if (name, fault) != ("hand-in", "kill")]
LONG = [("hand-in", "kill", 1), *((name, fault, time) for time in range(2, 11) for name, fault in SHORT)]


@pytest.fixture
def folders(settings, tmp_path):
    settings.UPLOADS, settings.EVIDENCE = tmp_path / "uploads", tmp_path / "evidence"


@pytest.mark.parametrize(
    ("name", "fault", "time"),
    [*((*one, 1) for one in SHORT), *(pytest.param(*one, marks=pytest.mark.long) for one in LONG)],
)
def test_interrupted_action_is_written_whole_or_not_at_all(
    committed, folders, monkeypatch, name, fault, time
):
    scene, least = SCENES[name]
    fired, wrong, points = interrupted(monkeypatch, scene(committed, begun(committed)), FAULTS[fault])
    assert (wrong, fired) == ([], points)
    assert points >= least
    assert list(verification.verify_all()) == []


def in_two_transactions(monkeypatch):
    """Commit the rows of a save before its events."""
    store = mark.Book.store

    def committing(book, entries):
        store(book, entries)
        connection.connection.commit()
        if connection.vendor == "sqlite":
            connection.connection.execute("BEGIN IMMEDIATE")

    monkeypatch.setattr(mark.Book, "store", committing)


@pytest.mark.parametrize("fault", FAULTS)
def test_save_in_two_transactions_is_found(committed, monkeypatch, fault):
    """Positive control."""
    prepare = saving(51)(committed, begun(committed))
    in_two_transactions(monkeypatch)
    _, wrong, _ = interrupted(monkeypatch, prepare, FAULTS[fault])
    assert any(text.startswith("part of it") for text in wrong)
