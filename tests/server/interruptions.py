"""Actions interrupted before and after each statement and the commit, by an error or a kill (T2)."""

import os
import signal
from collections import Counter

from django.apps import apps
from django.db import OperationalError, connections
from django.db.models import Sum

from zhiping.documents import apart
from zhiping.ledger.models import Head
from zhiping.scoring.models import Mark, Sheet

APPS = ("ledger", "scoring", "evidence", "notices", "django_tasks_database")


def in_a_copy(work):
    """Run work in a copy of this process; return the signal that ended it, else 0."""
    connections.close_all()
    copy = os.fork()
    if not copy:
        try:
            apart._idle.clear()  # the children of the original answer to it alone
            work()
        finally:
            os._exit(0)
    _, status = os.waitpid(copy, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


class Interrupted(OperationalError):  # noqa: N818 - what happened
    """The database fails."""


def fail():
    raise Interrupted


def kill():
    os.kill(os.getpid(), signal.SIGKILL)


class Points:
    """The moments before and after each statement and commit; `fault` comes at one of them."""

    def __init__(self, monkeypatch, at=-1, fault=fail):
        self.count, self.at, self.fault, self.fired = 0, at, fault, 0
        self.connection = connections["default"]
        commit = self.connection._commit
        monkeypatch.setattr(self.connection, "_commit", lambda: self._around(commit))
        monkeypatch.setattr(self.connection, "execute_wrappers", [self._around])

    def _around(self, work, *args):
        self._pass()
        result = work(*args)
        if args[:1] != ("BEGIN IMMEDIATE",):  # it has begun, or it has failed: nothing comes between
            self._pass()
        return result

    def _pass(self):
        self.count += 1
        if self.count == self.at:
            self.fired += 1
            self.fault()


def written():
    """Return what the database holds: rows by table and sums that grow, then the rows that change."""
    models = [model for name in APPS for model in apps.get_app_config(name).get_models()]
    numbers = Counter({model._meta.db_table: model._default_manager.count() for model in models})
    numbers["sizes"] = Head.objects.aggregate(sum=Sum("size"))["sum"]
    numbers["versions"] = Mark.objects.aggregate(sum=Sum("version"))["sum"] or 0
    numbers["in"] = Sheet.objects.filter(handed_in__isnull=False).count()
    return numbers, [list(model.objects.order_by("pk").values_list()) for model in (Head, Mark, Sheet)]


def grown(before, after):
    """Return by how much the numbers of two states differ."""
    return {name: number - before[0][name] for name, number in after[0].items()}


def interrupted(monkeypatch, prepare, fault):
    """Interrupt an action at every point, then repeat it; return faults, partial writes and points.

    `prepare()` returns an attempt: a function that can be repeated, and then writes nothing twice.
    """
    prepare()()
    attempt, before = prepare(), written()
    with monkeypatch.context() as patched:
        points = Points(patched)
        attempt()
    whole = grown(before, written())
    fired, wrong = 0, []
    for at in range(1, points.count + 1):
        attempt, before = prepare(), written()
        fired += _attempted(monkeypatch, attempt, at, fault)
        after = written()
        if after != before and grown(before, after) != whole:
            wrong.append(f"part of it at {at} of {points.count}")
        try:
            attempt()
        except AssertionError:
            wrong.append(f"refused after {at} of {points.count}")
        if grown(before, written()) != whole:
            wrong.append(f"not once after {at} of {points.count}")
    return fired, wrong, points.count


def _attempted(monkeypatch, attempt, at, fault):
    """Return whether the fault came."""

    def work():
        with monkeypatch.context() as patched:
            points = Points(patched, at, fault)
            try:
                attempt()
            except Interrupted:
                return points.fired
            return 0

    return in_a_copy(work) == signal.SIGKILL if fault is kill else work()
