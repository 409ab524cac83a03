"""Writers on SQLite queue: first come, first served, and no writer starves."""

import threading
import time

from django.db import connection, connections, transaction
from tests.server import databases

from zhiping.ledger.models import Head
from zhiping.project.sqlite.base import LINE, Line


def test_the_turn_is_handed_on_in_the_order_it_was_asked_for():
    line, order = Line(), []
    line.join()

    def wait(number):
        line.join()
        order.append(number)
        line.leave()

    threads = [threading.Thread(target=wait, args=(number,)) for number in range(6)]
    for number, thread in enumerate(threads):
        thread.start()
        while len(line._waiting) <= number:
            time.sleep(0.001)
    line.leave()
    for thread in threads:
        thread.join(60)
    assert order == list(range(6))


def test_a_transaction_that_fails_leaves_the_line(committed):
    if connection.vendor != "sqlite":
        return  # PostgreSQL's rows have their own locks
    try:
        with transaction.atomic():
            Head.objects.create(kind="thing")
            raise KeyError
    except KeyError:
        pass
    assert not LINE._taken
    with transaction.atomic():
        assert LINE._taken
    transaction.set_autocommit(False)
    Head.objects.create(kind="thing")
    connection.close()
    assert not LINE._taken


def test_of_eight_writers_none_starves(committed):
    """Each writes twenty times; with SQLite's own polling one waits until all others are done."""
    turns, overtaken, gate = [], [], threading.Barrier(8)

    def write():
        gate.wait(60)
        for _ in range(20):
            asked = len(turns)
            with transaction.atomic():
                overtaken.append(len(turns) - asked)
                turns.append(threading.get_ident())
                Head.objects.create(kind="thing")
                time.sleep(0.002)
        connections.close_all()

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(100)
    assert Head.objects.filter(kind="thing").count() == 160
    if databases.KIND == "sqlite":
        assert max(overtaken) < 40  # 7 in the queue, more for a thread paused before it joins; polling: 140
