"""T1: processes are killed under clients that retry; nothing acknowledged is lost or doubled."""

import http.client
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter

import psutil
import pytest
from tests.e2e.server import free_port
from tests.server.installation import installation, prepared, script, typed

from zhiping.ids import uuid7

pytestmark = pytest.mark.t1
CLIENTS, EACH = 8, 5  # clients, and acknowledged writes between two kills
SOON = 120
MADE = """
import json
from django.utils import timezone
from tests.server import cast
from zhiping.accounts.actions import tokens
from zhiping.ledger.act import Act
cast.make()
known = cast.Cast()
made = []
for person, name in ((known.staff, "a"), (known.staff_b, "b")):
    secret = tokens.add_token(Act(person, timezone.now()), name="t1", scope="write", days=1)[1]
    made.append((str(known.platform(name).pk), secret))
print(json.dumps(made))
"""
FOUND = """
import json
from zhiping.ledger.models import Event
from zhiping.ledger.verification import verify_all
from zhiping.registry.models import Trigger
rows = list(Trigger.objects.values_list("description", flat=True))
events = [str(pk) for pk in Event.objects.filter(name="trigger.reported").values_list("pk", flat=True)]
broken = [str(head.pk) for head, _ in verify_all()]
print(json.dumps({"rows": rows, "events": events, "broken": broken}))
"""
SEEDED = """
import os, signal, threading, time
from django.db import connections
from django.http import HttpResponse
from zhiping.project.settings import *

MIDDLEWARE = ["seeded_settings.SEED", *MIDDLEWARE]
asked = 0


def answers_first(get_response):
    def later(request):
        time.sleep(0.3)
        get_response(request)
        connections.close_all()

    def answer(request):
        if request.method != "POST":
            return get_response(request)
        request.body
        threading.Thread(target=later, args=(request,)).start()
        return HttpResponse(status=201)

    return answer


def ends_before_it_answers(get_response):
    def answer(request):
        global asked
        response = get_response(request)
        asked += request.method == "POST"
        if asked == 3 and not Path(DONE).exists():
            Path(DONE).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return response

    return answer
"""


class Clients:
    """Threads that report triggers, each until it is acknowledged, then the next."""

    def __init__(self, port, allowed, *, new_ids=False):
        self.port, self.allowed, self.new_ids = port, allowed, new_ids
        self.acknowledged, self.refused, self.statuses = {}, [], Counter()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(n,)) for n in range(CLIENTS)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join(SOON)

    def _run(self, number):
        platform, token = self.allowed[number % len(self.allowed)]
        while not self._stop.is_set():
            text, one = f"t1 {uuid7()}", str(uuid7())
            while not self._stop.is_set():
                status = self._send(platform, token, {"id": one, "description": text})
                self.statuses[status] += 1
                if status in (200, 201):
                    self.acknowledged[one] = text
                    break
                if 400 <= status < 500:
                    self.refused.append(status)
                    break
                one = str(uuid7()) if self.new_ids else one
                time.sleep(0.05)

    def _send(self, platform, token, words):
        body = {**words, "kind": "software", "happened": "2026-05-01"}
        return self.post(f"platforms/{platform}/triggers", token, body)[0]

    def post(self, path, token, body):
        """Return status and body of an answer; 0 where there is none."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        try:
            connection.request("POST", f"/api/v1/{path}", json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return 0, b""
        finally:
            connection.close()


def start(variables, folder, port):
    command = [sys.executable, "-m", "zhiping", "serve", "--port", str(port), "--processes", "2"]
    with (folder / "said.txt").open("ab") as said:
        return subprocess.Popen(command, env=variables, stdout=said, stderr=said, start_new_session=True)


def processes(process):
    """Return the server's processes: itself, the web processes, the worker."""
    if process.poll() is not None:
        return []
    whole = psutil.Process(process.pid)
    return [whole, *whole.children(recursive=True)]


def kill(found):
    for one in found:
        try:
            one.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(found, timeout=SOON)


def web(found):
    """Return the web processes: in groups of their own."""
    return [one for one in found[1:] if os.getpgid(one.pid) == one.pid and one.is_running()]


def crashes(variables, folder, cycles, *, made=MADE, found=FOUND, client=Clients, **options):
    """Kill the server so many times; return the clients and what was found afterwards."""
    allowed = json.loads(prepared(made)[1])
    port = free_port()
    process = start(variables, folder, port)
    try:
        with client(port, allowed, **options) as clients:
            for cycle in range(cycles):
                acknowledge(clients, process, EACH)
                time.sleep(random.random() * 0.2)
                if cycle % 2:
                    kill(web(processes(process))[:1])
                else:
                    kill(processes(process))
                    process.wait(SOON)
                    process = start(variables, folder, port)
            acknowledge(clients, process, EACH)
    finally:
        kill(processes(process))
        process.wait(SOON)
    return clients, json.loads(script(variables, found))


def acknowledge(clients, process, more):
    """Wait until so many more writes were acknowledged."""
    wanted, until = len(clients.acknowledged) + more, time.monotonic() + SOON
    while len(clients.acknowledged) < wanted:
        assert time.monotonic() < until
        assert process.poll() is None
        time.sleep(0.01)


def lost(clients, found):
    return {text for text in clients.acknowledged.values() if text not in set(found["rows"])}


def doubled(found):
    return [text for text, times in Counter(found["rows"]).items() if times > 1]


@pytest.fixture
def installed(tmp_path):
    with installation(tmp_path, MADE) as variables:
        yield variables


@pytest.fixture
def seeded(installed, tmp_path):
    """The variables of a server with a defect: `seeded("answers_first")`."""

    def make(defect):
        (tmp_path / "seeded_settings.py").write_text(
            SEEDED.replace("SEED", defect).replace("DONE", repr(str(tmp_path / "done")))
        )
        path = os.pathsep.join(filter(None, (str(tmp_path), os.environ.get("PYTHONPATH"))))
        return {**installed, "PYTHONPATH": path, "DJANGO_SETTINGS_MODULE": "seeded_settings"}

    return make


@pytest.mark.parametrize("cycles", [20, *[pytest.param(50, marks=pytest.mark.long)] * 10])
def test_nothing_acknowledged_is_lost_or_doubled_by_kills(installed, tmp_path, cycles):
    clients, found = crashes(installed, tmp_path, cycles)
    assert len(clients.acknowledged) >= cycles * EACH
    assert (lost(clients, found), doubled(found), clients.refused, found["broken"]) == (set(), [], [], [])
    assert set(clients.acknowledged) <= set(found["events"])
    assert typed(installed, "doctor").returncode == 0


def test_a_server_that_answers_before_it_writes_is_found(seeded, tmp_path):
    clients, found = crashes(seeded("answers_first"), tmp_path, 1)
    assert lost(clients, found)


def test_clients_that_retry_under_another_id_are_found(seeded, tmp_path):
    """The server ends between its write and its answer: the same id would be acknowledged as done already."""
    _, found = crashes(seeded("ends_before_it_answers"), tmp_path, 0, new_ids=True)
    assert doubled(found)


def test_a_write_whose_answer_was_lost_is_done_once(seeded, tmp_path):
    clients, found = crashes(seeded("ends_before_it_answers"), tmp_path, 0)
    assert (tmp_path / "done").exists()
    assert (lost(clients, found), doubled(found)) == (set(), [])
