"""Checkpoints: anyone can verify them, and later changes of events are detected."""

import datetime as dt
import random
import stat

import pytest
from django.conf import settings
from django.db import connection
from tests.server import insider
from tests.server.cast import NOW

from zhiping.domain.errors import Conflict
from zhiping.domain.transparency.note import parse_checkpoint, verified_text
from zhiping.domain.transparency.tree import leaf_hash
from zhiping.ledger import checkpoints, keys, verification
from zhiping.ledger.act import Act
from zhiping.ledger.models import LOG, Checkpoint, Event, Head, Leaf

pytestmark = pytest.mark.usefixtures("cast")
LATER = NOW + dt.timedelta(days=1)


def grow(head, times):
    for number in range(times):
        with Act.clock(NOW).record("tests.anything", head, "thing.changed") as entry:
            entry.data = {"number": number, "text": "质量"}


@pytest.fixture
def ledger(cast):
    """A ledger of eight events, signed at sizes five and eight."""
    with Act(cast.officer, NOW).begin("tests.anything", "thing", "thing.begun") as entry:
        entry.data = {"name": "某平台"}
    grow(entry.head, 4)
    checkpoints.sign_grown(now=NOW)
    grow(entry.head, 3)
    checkpoints.sign_grown(now=LATER)
    return Head.objects.get(id=entry.head.id)


def codes(head):
    return {problem.code.removeprefix("ledger.") for problem in verification.verify(head)}


def test_every_ledger_that_grew_is_signed_once(ledger):
    assert checkpoints.sign_grown(now=LATER) == 0
    grow(ledger, 1)
    assert checkpoints.sign_grown(now=LATER) == 1
    assert list(ledger.checkpoints.order_by("size").values_list("size", flat=True)) == [5, 8, 9]


def test_a_checkpoint_is_checked_with_the_public_key_alone(ledger):
    name, public = keys.read_public(keys.own().public)
    note = ledger.checkpoints.get(size=8).note
    stated = parse_checkpoint(verified_text(note, name, public, lambda s, t: keys.signed_by(public, s, t)))
    assert (stated.origin, stated.size) == (f"{name}/thing/{ledger.id}", 8)
    assert stated.root == checkpoints.root_of(ledger)


def test_signing_again_returns_the_existing_checkpoint(ledger):
    assert checkpoints.checkpoint(ledger, at=LATER) == ledger.checkpoints.get(size=8)


def test_log_lists_every_checkpoint_and_is_signed_itself(ledger):
    told = Event.objects.filter(head=LOG, name="checkpoint.signed")
    assert told.count() == Checkpoint.objects.exclude(head=LOG).count() > 8
    log = Head.objects.get(id=LOG)
    assert log.checkpoints.order_by("-size").first().size == log.size


def test_ledgers_beyond_one_transaction_are_all_signed(cast):
    with Act.clock(NOW).begin_many("tests.anything", "thing", "thing.begun", 2 * checkpoints.BATCH + 1):
        pass
    waiting = checkpoints.grown().count()
    assert checkpoints.sign_grown(now=NOW) == waiting > 2 * checkpoints.BATCH
    assert checkpoints.grown().count() == 0
    assert list(verification.verify_all()) == []


def test_the_key_is_made_once_and_only_its_owner_reads_it():
    first = keys.own()
    assert keys.own().public == first.public
    assert stat.S_IMODE(settings.CHECKPOINT_KEY_FILE.stat().st_mode) == 0o600


def test_a_new_key_is_named_in_the_log_and_older_checkpoints_stay_good(ledger, settings):
    old, secret = keys.own().public, settings.CHECKPOINT_KEY_FILE.read_text()
    settings.CHECKPOINT_KEY = f"{keys._make()} {secret}"
    grow(ledger, 1)
    assert checkpoints.sign_grown(now=LATER) == 1
    named = Event.objects.filter(head=LOG, name="checkpoint.key_named").order_by("seq")
    assert [event.data["key"] for event in named] == [old, keys.own().public]
    assert list(verification.verify_all()) == []
    settings.CHECKPOINT_KEY = settings.CHECKPOINT_KEY.split()[0]
    assert list(verification.verify_all()) == []  # the old key endorsed the new one


def test_a_key_that_is_none_is_refused(settings):
    for text in ("nothing", keys.own().public, keys._make()[:-8] + "AAAAAAA="):
        settings.CHECKPOINT_KEY = text
        with pytest.raises(Conflict, match="key_broken"):
            keys.own()


def test_all_ledgers_agree_as_they_were_written(ledger):
    assert list(verification.verify_all()) == []


def test_verification_reports_no_ledger_that_grows_or_begins_during_it(ledger, monkeypatch):
    read = verification.rows_of

    def write_and_read(span):
        """Write between two reads, as another request does."""
        monkeypatch.setattr(verification, "rows_of", read)
        grow(ledger, 2)
        with Act.clock(NOW).begin("tests.anything", "thing", "thing.begun"):
            pass
        checkpoints.sign_grown(now=LATER)
        return read(span)

    monkeypatch.setattr(verification, "rows_of", write_and_read)
    assert list(verification.verify_all()) == []


# Attackers with the database and the source: each drops the triggers, changes events and, from one to the
# next, also repairs more of the values that would reveal the change.


def run(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.fixture
def unguarded(ledger):
    insider.unguard()
    return ledger


def rehash(head):
    """Recompute every leaf from its event."""
    Leaf.objects.filter(head=head).delete()
    for event in Event.objects.filter(head=head):
        Leaf(head=head, seq=event.seq, hash=leaf_hash(event.body())).save()


def resign(head, key):
    """Sign the present state by a key that is not in the log."""
    own, keys.own = keys.own, lambda: key
    try:
        for row in Checkpoint.objects.filter(head=head):
            then = Head(id=head.id, kind=head.kind, size=row.size)
            row.note = checkpoints._note(then, checkpoints.root_of(then), row.at).note
            row.save()
    finally:
        keys.own = own


def change_data(head):
    Event.objects.filter(head=head, seq=3).update(data={"number": 99})


def change_person(head):
    Event.objects.filter(head=head, seq=0).update(by=None)


def change_date(head):
    Event.objects.filter(head=head, seq=3).update(at=LATER)


def change_name(head):
    Event.objects.filter(head=head, seq=6).update(name="thing.praised")


def cut_tail(head):
    Event.objects.filter(head=head, seq__gte=6).delete()
    Leaf.objects.filter(head=head, seq__gte=6).delete()
    Head.objects.filter(id=head.id).update(size=6)


def cut_tail_and_its_checkpoint(head):
    cut_tail(head)
    Checkpoint.objects.filter(head=head, size=8).delete()


def drop_middle(head):
    Event.objects.filter(head=head, seq=2).delete()
    Leaf.objects.filter(head=head, seq=2).delete()


def renumber(head):
    drop_middle(head)
    for seq in range(3, 8):
        Event.objects.filter(head=head, seq=seq).update(seq=seq - 1)
        Leaf.objects.filter(head=head, seq=seq).update(seq=seq - 1)
    Head.objects.filter(id=head.id).update(size=7)


def swap(head):
    for old, new in ((1, 90), (2, 1), (90, 2)):
        Event.objects.filter(head=head, seq=old).update(seq=new)


def add(head):
    event = Event(head=head, seq=8, name="thing.changed", at=NOW, nonce="0" * 32)
    event.save()
    Leaf(head=head, seq=8, hash=leaf_hash(event.body())).save()


def move_to_other_ledger(head):
    other = Head.objects.filter(kind="platform").first()
    Checkpoint.objects.filter(head=head).delete()
    Checkpoint.objects.filter(head=other).update(head=head)


def forge_checkpoint(head):
    row = Checkpoint.objects.get(head=head, size=8)
    Checkpoint(head=head, size=7, at=NOW, note=row.note.replace("\n8\n", "\n7\n")).save()


ATTACKS = [
    change_data, change_person, change_date, change_name, cut_tail, cut_tail_and_its_checkpoint, drop_middle,
    renumber, swap, add, move_to_other_ledger, forge_checkpoint,
]  # fmt: skip
MENDING = {"plainly": [], "with leaves mended": [rehash], "signed anew": [rehash, "resign"]}


@pytest.mark.parametrize("mending", MENDING)
@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_attack_is_detected(unguarded, attack, mending):
    attack(unguarded)
    for mend in MENDING[mending]:
        if mend == "resign":
            resign(unguarded, keys.Key(keys.own().name, keys.Ed25519PrivateKey.generate()))
        else:
            mend(unguarded)
    head = Head.objects.get(id=unguarded.id)
    assert verification.verify(head) != []


def test_every_changed_character_is_detected_at_its_place(unguarded):
    """Two hundred changes, each of one letter or digit anywhere in events and leaves."""
    chance, found = random.Random(7), 0
    for _ in range(200):
        event = chance.choice(list(Event.objects.filter(head=unguarded)))
        field = chance.choice(["name", "nonce", "hash", "data"])
        rows = (Leaf if field == "hash" else Event).objects.filter(head=unguarded, seq=event.seq)
        old = rows.values_list(field, flat=True).get()
        new = {**old, "number": chance.randrange(10, 99)} if field == "data" else flip(old, chance)
        rows.update(**{field: new})
        places = {p.data["place"] for p in verification.verify(unguarded) if "place" in p.data}
        found += event.seq in places
        rows.update(**{field: old})
    assert found == 200
    assert verification.verify(unguarded) == []


def flip(text, chance):
    place = chance.randrange(len(text))
    other = chance.choice([c for c in "0123456789abcdef" if c != text[place]])
    return text[:place] + other + text[place + 1 :]


def test_faults_are_reported_by_name(unguarded):
    change_data(unguarded)
    assert codes(unguarded) == {"event_altered"}
    assert [head for head, _ in verification.verify_all()] == [unguarded]
    rehash(unguarded)
    assert codes(unguarded) == {"checkpoint_broken"}
    resign(unguarded, keys.Key(keys.own().name, keys.Ed25519PrivateKey.generate()))
    assert codes(unguarded) == {"checkpoint_forged"}
    Checkpoint.objects.filter(head=unguarded).delete()
    assert codes(unguarded) == {"checkpoint_lost"}


def test_ledger_deleted_with_its_head_is_detected_by_its_checkpoints(unguarded):
    for rows in (Checkpoint, Leaf, Event):
        rows.objects.filter(head=unguarded).delete()
    Head.objects.filter(id=unguarded.id).delete()
    lost = [(head.id, [p.code for p in faults]) for head, faults in verification.verify_all()]
    assert lost == [(unguarded.id, ["ledger.lost"])]


def test_id_of_the_log_is_reserved(cast):
    with (
        pytest.raises(Conflict, match=r"ledger\.id_taken"),
        Act(cast.officer, NOW, LOG).begin("tests.anything", "platform", "platform.added"),
    ):
        pass
