"""T1: processes are killed while members save marks; no acknowledged mark is lost, altered or doubled."""

import json
import time
from datetime import UTC, datetime

import pytest
from tests.operations import test_crash as crash
from tests.operations.test_crash import EACH, Clients, crashes, doubled, lost
from tests.server.installation import installation

from zhiping.ids import uuid7

pytestmark = pytest.mark.t1
seeded = crash.seeded
CRITERIA = ("3.1", "3.2", "3.3")  # of each member, a client for each
MADE = """
import json
from django.utils import timezone
from tests.scoring.scoring import MEMBERS, begun, opened
from tests.server import cast
from zhiping.accounts.actions import tokens
from zhiping.ledger.act import Act
cast.make()
known = cast.Cast()
evaluation = begun(known)
made = []
for name in MEMBERS:
    person = getattr(known, name)
    secret = tokens.add_token(Act(person, timezone.now()), name="t1", scope="write", days=1)[1]
    made.append((str(opened(known, evaluation, name).pk), secret))
print(json.dumps(made))
"""
FOUND = """
import json
from zhiping.ledger.models import Event
from zhiping.ledger.verification import verify_all
from zhiping.scoring.models import Mark
given = list(Event.objects.filter(name="mark.given").order_by("head", "seq"))
rows = [mark["reason"][1] for event in given for mark in event.data["changes"]["scoring_mark"].values()]
marks = {f"{mark.sheet_id} {mark.criterion}": mark.reason for mark in Mark.objects.all()}
broken = [str(head.pk) for head, _ in verify_all()]
events = [str(event.pk) for event in given]
print(json.dumps({"rows": rows, "events": events, "broken": broken, "marks": marks}))
"""


class Members(Clients):
    """Devices that save marks, each until it is acknowledged, then the next, which replaces it."""

    def __init__(self, port, allowed, *, new_ids=False):
        super().__init__(port, allowed, new_ids=new_ids)
        self.last, self.sent = {}, {}  # by sheet and criterion: what was acknowledged last, and sent last

    def _run(self, number):
        sheet, token = self.allowed[number % len(self.allowed)]
        criterion, replaces = CRITERIA[number // len(self.allowed)], None
        while not self._stop.is_set():
            one, text = str(uuid7()), f"t1 {uuid7()}"
            self.sent[f"{sheet} {criterion}"] = text
            event = {"criterion": criterion, "points": "0", "reason": text, "replaces": replaces}
            while not self._stop.is_set():
                event |= {"id": one, "at": datetime(2026, 5, 20, tzinfo=UTC).isoformat()}
                outcome = self._outcome(sheet, token, event)
                if outcome in ("accepted", "known"):
                    self.acknowledged[one] = self.last[f"{sheet} {criterion}"] = text
                    replaces = one
                    break
                if outcome:
                    self.refused.append(outcome)
                    return
                one = str(uuid7()) if self.new_ids else one
                time.sleep(0.05)

    def _outcome(self, sheet, token, event):
        status, body = self.post(f"sheets/{sheet}/marks", token, {"events": [event]})
        self.statuses[status] += 1
        if status == 201:
            return "accepted"  # of the seeded server, which answers nothing else
        if 400 <= status < 500:
            return str(status)
        return json.loads(body)["answers"][0]["status"] if status == 200 else ""


@pytest.fixture
def installed(tmp_path):
    with installation(tmp_path, MADE) as variables:
        yield variables


def members(variables, folder, cycles, **options):
    return crashes(variables, folder, cycles, made=MADE, found=FOUND, client=Members, **options)


@pytest.mark.parametrize("cycles", [6, *[pytest.param(50, marks=pytest.mark.long)] * 10])
def test_no_acknowledged_mark_is_lost_altered_or_doubled_by_kills(installed, tmp_path, cycles):
    clients, found = members(installed, tmp_path, cycles)
    assert len(clients.acknowledged) >= cycles * EACH
    assert (lost(clients, found), doubled(found), clients.refused, found["broken"]) == (set(), [], [], [])
    assert set(clients.acknowledged) <= set(found["events"])
    for place, text in clients.last.items():
        assert found["marks"][place] in (text, clients.sent[place])


def test_server_that_answers_before_it_saves_is_found(seeded, tmp_path):
    clients, found = members(seeded("answers_first"), tmp_path, 1)
    assert lost(clients, found)


def test_device_that_retries_under_another_id_is_answered_stale(seeded, tmp_path):
    """Its mark was recorded before the answer was lost: a second event is refused, and doubles nothing."""
    clients, found = members(seeded("ends_before_it_answers"), tmp_path, 0, new_ids=True)
    assert "stale" in clients.refused
    assert doubled(found) == []
