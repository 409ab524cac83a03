"""At the same time: the database orders what people do at once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from zhiping.accounts.actions import invitations, people
from zhiping.accounts.models import Invitation, User
from zhiping.domain.errors import Refused
from zhiping.ledger.act import Act

pytestmark = pytest.mark.t9


def at_once(calls):
    """Run calls in threads that start together; return what each gave, or the codes of its refusal."""
    barrier = Barrier(len(calls))

    def run(call):
        barrier.wait(timeout=60)
        try:
            return call()
        except Refused as refused:
            return [p.code for p in refused.problems]
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_concurrent_pins_are_checked_five_times(committed):
    slip = invitations.invite(Act(committed.officer_a, timezone.now()), person=committed.staff)
    token = slip.path.rpartition("/")[2]
    wrong = [f"{(int(slip.pin) + n) % 10**6:06d}" for n in range(1, 9)]
    found = at_once([lambda p=p: invitations.try_pin(token=token, pin=p, now=timezone.now()) for p in wrong])
    assert sum(codes == ["accounts.invitation_gone"] for codes in found) == 3
    assert Invitation.objects.get().wrong_pins == 5


def test_invitation_accepted_concurrently_sets_one_password(committed):
    slip = invitations.invite(Act(committed.officer_a, timezone.now()), person=committed.staff)
    now = timezone.now()

    def accept(password):
        found = invitations.try_pin(token=slip.path.rpartition("/")[2], pin=slip.pin, now=now)
        invitations.accept(Act(found.user, now), found, username="staff", password=password)
        return password

    found = at_once([lambda w=w: accept(f"Neue-Wiese-{w}") for w in range(4)])
    won = [word for word in found if isinstance(word, str)]
    assert len(won) == 1
    assert User.objects.get(username="staff").check_password(won[0])


def test_two_administrators_cannot_deactivate_each_other_concurrently(committed):
    one = committed.administrator
    two = people.add_person(Act(one, timezone.now()), name="二号", username="two", office="administrator")
    two.set_password("x")
    two.save()

    def shut(by, person):
        by, person = User.objects.get(pk=by.pk), User.objects.get(pk=person.pk)
        people.deactivate(Act(by, timezone.now()), person=person, reason="试")
        return "done"

    found = at_once([lambda: shut(one, two), lambda: shut(two, one)])
    assert found.count("done") == 1
    assert User.objects.filter(office="administrator", is_active=True).count() == 1


def test_user_name_chosen_concurrently_is_refused_once(committed):
    by = committed.administrator

    def add(_):
        return people.add_person(Act(by, timezone.now()), name="王芳", username="wangfang").username

    found = at_once([lambda n=n: add(n) for n in range(4)])
    assert sorted(map(str, found)) == ["['accounts.username_taken']"] * 3 + ["wangfang"]
