"""T7: pages, exports and API answers are the same for worlds that differ in marks of an open sheet only."""

import contextlib
import re

import pytest
from django.db import transaction
from tests.access import matrix
from tests.scoring.scoring import begun, fresh, full, give, one, opened
from tests.server.cast import NOW

from zhiping.ledger import checkpoints
from zhiping.ledger.act import Act
from zhiping.panels.models import Seat
from zhiping.scoring.actions import sheet as sheets

pytestmark = pytest.mark.t7
OTHERS = ("lead", "member2", "officer", "head", "administrator", "auditor", "outsider")  # one of each kind
OF_A_REQUEST = re.compile(  # ids, tokens, the fingerprint of the log, the moment of the request
    r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}|[\w-]{64}|nonce-[\w/+=-]+|(?:[0-9A-Z]{5}-){3}[0-9A-Z]{5}"
    r"|\d{4}-\d\d-\d\dT[\d:.]+\+00:00"
)
ABOUT = {"evaluation_id", "seat_id", "sheet_id", "platform_id", "expert_id", "trip_id", "rubric_id"}
WITHOUT = {
    "operations:checks": "asks the machine", "accounts:me": "lists the sign-ins of this test",
    "accounts:audit": "lists the sign-ins of this test", "api:api-root": "no page",
    "operations:checkpoint": "the root of the log: a hash of random numbers (sizes: test_hidden.py)",
}  # fmt: skip


@pytest.fixture
def world(cast):
    """An evaluation in scoring, in which the lead is done and a member has begun."""
    evaluation = begun(cast)
    own = opened(cast, evaluation, "lead")
    give(cast, "lead", own, *full(evaluation))
    sheets.hand_in(Act(cast.lead, NOW), fresh(own))
    sheet = opened(cast, evaluation, "member")
    seat = Seat.objects.get(pk=sheet.pk)
    return {
        "evaluation": evaluation, "seat": seat, "sheet": sheet, "platform": evaluation.platform,
        "expert": seat.expert, "rubric": evaluation.rubric, "operator": evaluation.platform.operator,
    }  # fmt: skip


def addresses(world):
    """Every address about the evaluation, its people and things, and those about nothing."""
    for name, asks in matrix.addresses():
        keys = {key for key, _ in asks}
        if name not in WITHOUT and (keys <= ABOUT or not keys):
            yield name, matrix.address(name, asks, world)


def seen(client, url):
    """What a request answers, without the ids and tokens made for it."""
    with contextlib.suppress(transaction.TransactionManagementError), transaction.atomic():
        answer = client.get(url)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        transaction.set_rollback(True)
    return answer.status_code, OF_A_REQUEST.sub("", body.decode("utf-8", "replace"))


def shown(cast, client_for, world, names=OTHERS):
    """What every other person sees anywhere: by person and address."""
    return {
        (who, name): seen(client, url)
        for who in names
        for client in [client_for(getattr(cast, who))]
        for name, url in addresses(world)
    }


def different(one, other):
    return sorted(place for place in one if one[place] != other[place])


def other_world(cast, client_for, work, names=OTHERS):
    """What people see after some work, which is taken back."""
    with transaction.atomic():
        world = work()
        found = shown(cast, client_for, world, names)
        transaction.set_rollback(True)
    return found


def marked(cast, world, *sent):
    give(cast, "member", world["sheet"], *sent)
    checkpoints.sign_grown(now=NOW)
    return world


def test_marks_and_saves_of_an_open_sheet_are_seen_nowhere(cast, client_for, world):
    first = one("3.1", "2")
    few = other_world(cast, client_for, lambda: marked(cast, world, first))
    changed = one("3.1", "0", replaces=first.id, reason="藏理由")
    many = other_world(cast, client_for, lambda: marked(cast, world, first, changed, *full_but(world)))
    assert {name for _, name in different(few, many)} == set()
    assert len(few) > 500


def full_but(world):
    return [sent for sent in full(world["evaluation"]) if sent.data["criterion"] != "3.1"]


def handed_in(cast, world, *last):
    give(cast, "member", world["sheet"], *full_but(world), *last)
    sheets.hand_in(Act(cast.member, NOW), fresh(world["sheet"]))
    checkpoints.sign_grown(now=NOW)
    return world


@pytest.mark.long
def test_marks_of_a_sheet_that_is_in_are_seen_nowhere(cast, client_for, world):
    high = other_world(cast, client_for, lambda: handed_in(cast, world, one("3.1", "2")))
    low = other_world(cast, client_for, lambda: handed_in(cast, world, one("3.1", "0", reason="藏理由")))
    assert {name for _, name in different(high, low)} == set()


def test_the_member_sees_the_difference(cast, client_for, world):
    """The control: the same comparison finds marks where they may be seen."""
    first = one("3.1", "2")
    few = other_world(cast, client_for, lambda: marked(cast, world, first), ("member",))
    many = other_world(cast, client_for, lambda: marked(cast, world, first, *full_but(world)), ("member",))
    assert ("member", "scoring:sheet") in different(few, many)
