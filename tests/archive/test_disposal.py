"""Disposal by two people: the content is gone, hashes and a tombstone stay, and it is no fault."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from tests.archive.archiving import archived, fresh, kept
from tests.server import insider
from tests.server.cast import NOW

from zhiping.archive.actions import disposal as actions
from zhiping.archive.models import Disposal, Package, Record
from zhiping.domain.errors import Conflict
from zhiping.ledger import checkpoints, verification
from zhiping.ledger.act import Act
from zhiping.ledger.models import Event, Head, Leaf, Tombstone
from zhiping.scoring.models import Mark, Result

LATER = NOW + dt.timedelta(days=365 * 15)


def act(cast, name, now=LATER):
    return Act(getattr(cast, name), now)


def proposed(cast):
    evaluation = archived(cast, retention="10")
    actions.propose_disposal(act(cast, "archivist"), kept(cast, evaluation), reason="已无保存价值")
    return evaluation


def codes(refused):
    return [problem.code for problem in refused.value.problems]


def problems():
    return [(p.code, p.data.get("table")) for _, found in verification.verify_all() for p in found]


def test_record_is_disposed_of_by_two_people(cast, client_for):
    evaluation = archived(cast, retention="10")
    with pytest.raises(Conflict) as refused:
        actions.propose_disposal(act(cast, "archivist", NOW), kept(cast, evaluation), reason="过期")
    assert codes(refused) == ["lifecycle.retention_over"]
    actions.propose_disposal(act(cast, "archivist"), kept(cast, evaluation), reason="已无保存价值")
    with pytest.raises(Conflict) as refused:
        actions.decide_disposal(act(cast, "archivist"), kept(cast, evaluation), agrees=True)
    assert codes(refused) == ["archive.same_person"]
    heads = [evaluation.pk, *evaluation.sheets.values_list("pk", flat=True)]
    leaves = Leaf.objects.filter(head__in=heads).count()
    actions.decide_disposal(act(cast, "officer"), kept(cast, evaluation, "officer"), agrees=True)
    assert Leaf.objects.filter(head__in=heads).count() == leaves + 1
    assert list(Event.objects.filter(head__in=heads).values_list("name", flat=True)) == ["disposal.decided"]
    gone = (Mark, Result, Package)
    assert [model.objects.exists() for model in gone] == [False] * 3
    checkpoints.sign_grown(now=LATER)
    assert problems() == []
    assert Record.objects.get().disposed == LATER
    for person in (cast.officer, cast.staff):
        client = client_for(person)
        for page in ("archive:record", "dossier:evaluation"):
            assert client.get(reverse(page, args=[evaluation.pk])).status_code == 200
    assert "已销毁" in client_for(cast.archivist).get(reverse("archive:records")).content.decode()


def test_content_missing_without_a_tombstone_is_a_fault(cast):
    evaluation = archived(cast, retention="10")
    insider.unguard()
    with connection.cursor() as cursor:
        key = evaluation.pk.hex if connection.vendor == "sqlite" else evaluation.pk
        cursor.execute("DELETE FROM ledger_event WHERE head_id = %s AND seq = 3", [key])
    found = {p.code for p in verification.verify(Head.objects.get(pk=evaluation.pk))}
    assert "ledger.event_lost" in found


def test_tombstone_without_a_decision_is_a_fault(cast):
    evaluation = archived(cast, retention="10")
    Tombstone.objects.create(
        head_id=evaluation.pk, size=3, phase="scoring", at=NOW, event=cast.officer.pk,
        proposed_by=cast.officer.pk, decided_by=cast.archivist.pk,
    )  # fmt: skip
    found = {p.code for p in verification.verify(Head.objects.get(pk=evaluation.pk))}
    assert "ledger.tombstone_unfounded" in found


def test_database_refuses_one_person_for_both(cast):
    proposed(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        Disposal.objects.update(decided=LATER, decided_by=cast.archivist, agreed=True)
    one = {"proposed_by": cast.officer.pk, "decided_by": cast.officer.pk}
    head = fresh(Disposal.objects.get().evaluation).head
    with pytest.raises(IntegrityError), transaction.atomic():
        Tombstone.objects.create(head=head, size=1, at=NOW, event=cast.officer.pk, **one)


def test_refused_disposal_leaves_everything(cast, client_for):
    evaluation = proposed(cast)
    client = client_for(cast.officer)
    page = reverse("archive:record", args=[evaluation.pk])
    assert "已无保存价值" in client.get(page).content.decode()
    decide = reverse("archive:decide-disposal", args=[evaluation.pk])
    assert client.get(decide).status_code == 200
    assert client.post(decide, {"agrees": "no", "note": "仍有参考价值"}).url == page
    assert (Disposal.objects.get().agreed, Package.objects.count()) == (False, 2)
    assert problems() == []
