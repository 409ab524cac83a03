"""T9: equal posts at the same time write one row; of two different edits one wins, the other is refused."""

from collections import Counter
from dataclasses import replace
from functools import partial

import pytest
from django.test import Client
from django.urls import reverse
from tests.ledger.test_races import at_once
from tests.server.signing_in import sign_in

from zhiping.ids import uuid7
from zhiping.ledger.act import Act
from zhiping.ledger.models import Event
from zhiping.registry.models import Trigger

pytestmark = pytest.mark.t9

MANY = 8
EQUAL = {False: 20, True: 1000}  # rounds per push, beside those of tests/ledger; before a release
EDITS = {False: 50, True: 500}


@pytest.fixture
def rounds(request):
    return lambda figures: figures[request.config.getoption("--long")]


@pytest.fixture
def platform(committed):
    return committed.platform("a")


def clients(person, count):
    """Return clients of one session, one for each thread: a client keeps state."""
    first = Client()
    sign_in(first, person)
    made = [Client() for _ in range(count)]
    for client in made:
        client.cookies.load(first.cookies.output(header=""))
    return made


def report(visitors, platform):
    """Post one report from every client at the same time; return the statuses, and the rows it made."""
    words = {"key": str(uuid7()), "kind": "software", "happened": "2026-05-01"}
    words["description"] = words["key"]
    url = reverse("registry:report-trigger", args=[platform.pk])
    answers = at_once(*(partial(client.post, url, words) for client in visitors))
    rows = Trigger.objects.filter(description=words["key"]).count()
    events = Event.objects.filter(id=words["key"]).count()
    return Counter(answer.status_code for answer in answers), rows, events


def edit(visitors, platform, number):
    """Post two edits of the same size at the same time; return statuses, and the one name that was stored."""
    platform.refresh_from_db()
    names = [f"平台{number}{letter}" for letter in "甲乙"]
    url = reverse("registry:change-platform", args=[platform.pk])
    shown = visitors[0].get(url).context["form"]
    words = {name: "" if (value := shown[name].value()) is None else str(value) for name in shown.fields}
    sent = [words | {"key": str(uuid7()), "name": name} for name in names]
    answers = at_once(*(partial(v.post, url, each) for v, each in zip(visitors, sent, strict=True)))
    platform.refresh_from_db()
    statuses = [answer.status_code for answer in answers]
    stored = names.index(platform.name) if platform.name in names else None
    return statuses, stored


def test_equal_posts_at_the_same_time_write_one_row(committed, platform, rounds):
    visitors = clients(committed.staff, MANY)
    outcomes = [report(visitors, platform) for _ in range(rounds(EQUAL))]
    assert outcomes == [({302: MANY}, 1, 1)] * rounds(EQUAL)


def test_one_of_two_edits_at_the_same_time_wins_and_the_other_is_refused(committed, platform, rounds):
    visitors = clients(committed.officer_a, 2)
    for number in range(rounds(EDITS)):
        statuses, stored = edit(visitors, platform, number)
        assert sorted(statuses) == [302, 422]
        assert stored == statuses.index(302)


def test_posts_whose_key_is_ignored_are_found(committed, platform, monkeypatch):
    """Positive control: each request writes under an id of its own."""
    submitted = Act.submitted
    monkeypatch.setattr(Act, "submitted", lambda *a, **o: replace(submitted(*a, **o), id=uuid7()))
    _, rows, _ = report(clients(committed.staff, MANY), platform)
    assert rows == MANY


def test_edits_whose_size_is_ignored_are_found(committed, platform, monkeypatch):
    """Positive control: the last edit wins unseen."""
    submitted = Act.submitted
    monkeypatch.setattr(Act, "submitted", lambda *a, **o: replace(submitted(*a, **o), expect=None))
    statuses, _ = edit(clients(committed.officer_a, 2), platform, 0)
    assert statuses == [302, 302]
