"""A request is received whole, within bounds, before a thread is taken; slow clients delay no others."""

import asyncio
import io
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from benchmarks import slow_clients
from tests.e2e import server as servers

from zhiping.operations import bridge, serving
from zhiping.operations.bridge import Bridge
from zhiping.web.middleware import MOST_BYTES


class Headers(list):
    """Headers as granian has them: pairs in which names repeat."""

    def __contains__(self, name):
        return any(given == name for given, _ in self)

    def get(self, name, default=None):
        return next((value for given, value in self if given == name), default)

    def items(self):
        return list(self)


class Proto:
    """A request's body in pieces, and what is answered."""

    def __init__(self, *pieces, every=0.0):
        self.pieces, self.every, self.answer = pieces, every, None

    async def __aiter__(self):
        for piece in self.pieces:
            await asyncio.sleep(self.every)
            yield piece

    def response_bytes(self, status, headers, body):
        self.answer = (status, dict(headers), body)

    def response_empty(self, status, headers):
        self.answer = (status, dict(headers), None)

    def response_file(self, status, headers, path):
        self.answer = (status, dict(headers), path)


def scope(method="POST", path="/", headers=()):
    return SimpleNamespace(
        method=method, path=path, query_string="q=1", http_version="1.1", scheme="http",
        server="127.0.0.1:8000", client="[2001:db8::1]:4711", headers=Headers(headers),
    )  # fmt: skip


def echo(given, start):
    start("200 OK", [("content-type", "text/plain")])
    return [given["wsgi.input"].read()]


def ask(application, proto, **request):
    made = Bridge(application, 1)
    asyncio.run(asyncio.wait_for(made(scope(**request), proto), 30))
    assert made._held == 0
    return proto.answer


def sent(length):
    return [("content-length", str(length))]


def test_a_body_in_pieces_is_answered_whole():
    pieces = [b"a" * 70_000] * 20
    status, _, body = ask(echo, Proto(*pieces), headers=sent(1_400_000))
    assert (status, body) == (200, b"".join(pieces))
    assert ask(echo, Proto(b"abc", b"d"), headers=[("transfer-encoding", "chunked")])[2] == b"abcd"
    assert ask(echo, Proto(b"not read"))[2] == b""


def test_a_body_announced_too_large_is_refused_unread():
    proto = Proto(b"a", every=60)
    assert ask(echo, proto, headers=sent(MOST_BYTES + 1))[0] == 413


def test_a_body_of_unknown_length_ends_at_the_bound(monkeypatch):
    monkeypatch.setattr(bridge, "MOST_BYTES", 10)
    chunked = [("transfer-encoding", "chunked")]
    assert ask(echo, Proto(b"a" * 10), headers=chunked)[0] == 200
    assert ask(echo, Proto(*[b"a"] * 11), headers=chunked)[0] == 413


def test_a_body_that_pauses_is_ended(monkeypatch):
    monkeypatch.setattr(bridge, "PATIENCE", 0.05)
    status, headers, body = ask(echo, Proto(b"a", b"a", every=1), headers=sent(2))
    assert (status, headers["connection"]) == (408, "close")
    assert "请求内容传送过慢" in body.decode()


def test_a_body_slower_than_the_rate_is_ended_though_it_never_pauses(monkeypatch):
    monkeypatch.setattr(bridge, "PATIENCE", 0.5)
    monkeypatch.setattr(bridge, "RATE", 10)
    assert ask(echo, Proto(*[b"a" * 10] * 10, every=0.1), headers=sent(100))[0] == 200
    assert ask(echo, Proto(*[b""] * 100, every=0.1), headers=sent(100))[0] == 408


def test_files_are_refused_where_bodies_fill_the_room_and_forms_are_not(monkeypatch):
    monkeypatch.setattr(bridge, "ROOM", 100_000)

    async def both():
        made = Bridge(echo, 1)
        full = Proto(b"a" * 100_000, b"a" * 100_000, every=1)
        file, form = Proto(b"a" * 70_000), Proto(b"a" * 60_000)
        first = asyncio.create_task(made(scope(headers=sent(200_000)), full))
        while not made._held:  # until its first half is there
            await asyncio.sleep(0.01)
        await made(scope(headers=sent(70_000)), file)
        await made(scope(headers=sent(60_000)), form)
        await first
        return made._held, file.answer[0], form.answer[0], full.answer[0]

    assert asyncio.run(both()) == (0, 503, 200, 503)


def test_a_body_that_finds_no_room_on_the_disk_is_refused(monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "write", full)
    status, headers, _ = ask(echo, Proto(b"a"), headers=sent(1), path="/api/v1/platforms/")
    assert (status, headers["content-type"]) == (507, "application/problem+json")


def test_an_application_that_fails_is_answered_500():
    def broken(given, start):
        raise KeyError

    assert ask(broken, Proto()) == (500, {}, b"")


def test_a_request_keeps_its_headers_except_names_that_could_pass_for_others():
    headers = [("host", "h"), ("x-a", "1"), ("x-a", "2"), ("cookie", "a=1"), ("cookie", "b=2")]
    headers += [
        ("x-forwarded-for", "9.9.9.9"),
        ("x_forwarded_for", "1.1.1.1"),
        ("content-type", "text/plain"),
    ]
    given = bridge.environ(scope(path="/平台", headers=headers), bridge.Body(io.BytesIO(b""), 3))
    assert (given["HTTP_X_A"], given["HTTP_COOKIE"]) == ("1,2", "a=1; b=2")
    assert (given["HTTP_X_FORWARDED_FOR"], given["REMOTE_ADDR"]) == ("9.9.9.9", "2001:db8::1")
    assert (given["CONTENT_TYPE"], given["CONTENT_LENGTH"]) == ("text/plain", "3")
    assert given["PATH_INFO"].encode("latin-1").decode() == "/平台"
    assert (given["SERVER_NAME"], given["SERVER_PORT"], given["SERVER_PROTOCOL"]) == (
        "127.0.0.1",
        "8000",
        "HTTP/1.1",
    )


def test_a_file_is_sent_from_its_path_and_other_streams_as_bytes(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"content")
    closed = []

    def answer(stream):
        def application(given, start):
            start("200 OK", [("content-length", "7")])
            stream.close = lambda close=stream.close: closed.append(close())
            return given["wsgi.file_wrapper"](stream, 4)

        return application

    assert ask(answer(path.open("rb")), Proto()) == (200, {"content-length": "7"}, str(path))
    assert ask(answer(io.BytesIO(b"content")), Proto())[2] == b"content"
    part = path.open("rb")
    part.seek(3)
    assert ask(answer(part), Proto())[2] == b"tent"
    assert ask(answer(path.open("rb")), Proto(), method="HEAD") == (200, {"content-length": "7"}, None)
    assert len(closed) == 4


def test_connections_leave_files_for_everything_else(monkeypatch):
    import resource

    for hard, most in ((1024, 824), (resource.RLIM_INFINITY, 4000), (20_000, 4000)):
        monkeypatch.setattr(resource, "getrlimit", lambda _, hard=hard: (256, hard))
        monkeypatch.setattr(resource, "setrlimit", lambda _, limits: limits)
        assert serving.connections() == most


SLOW_ANSWER = """
import sys, time
import django
django.setup()
from granian import Granian
from zhiping.operations import bridge, serving

def application(given, start):
    time.sleep(float(given["QUERY_STRING"]))
    start("200 OK", [("content-type", "text/plain")])
    return [b"whole"]

serving.import_string = lambda _: application
options = dict(address="127.0.0.1", port=int(sys.argv[1]), interface="rsgi", log_enabled=False)
Granian("-", **options).serve(target_loader=serving.application, wrap_loader=False)
"""


def test_a_request_being_answered_is_finished_when_the_server_stops(tmp_path):
    port = servers.free_port()
    environment = servers.environment(tmp_path, DJANGO_SETTINGS_MODULE="zhiping.project.settings")
    process = subprocess.Popen([sys.executable, "-c", SLOW_ANSWER, str(port)], env=environment)
    try:
        slow_clients.wait(lambda: slow_clients.seconds(port, "/?0") < 1, 60)
        with ThreadPoolExecutor() as pool:
            answered = pool.submit(slow_clients.seconds, port, "/?2")
            time.sleep(1)
            process.terminate()
            assert 2 <= answered.result(60) < slow_clients.TOO_LONG
    finally:
        process.terminate()
        process.wait(60)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return servers.empty(tmp_path_factory.mktemp("slow") / "data")


@pytest.mark.parametrize("beginning", [slow_clients.BODY, slow_clients.HEADERS], ids=["bodies", "headers"])
def test_two_hundred_slow_clients_delay_no_request(folder, beginning):
    with (
        slow_clients.serving(slow_clients.served(), folder) as port,
        slow_clients.dripping(port, beginning),
    ):
        health = [slow_clients.seconds(port, "/health") for _ in range(20)]
        page = [slow_clients.seconds(port, slow_clients.PAGE) for _ in range(10)]
    assert slow_clients.p95(health) <= 1
    assert slow_clients.p95(page) <= 2


def test_slow_clients_stop_a_server_whose_threads_wait_for_bodies(folder):
    """The control of the test above: granian's WSGI interface."""
    with (
        slow_clients.serving(slow_clients.served_by_wsgi(), folder) as port,
        slow_clients.dripping(port, slow_clients.BODY),
    ):
        assert float("inf") in [slow_clients.seconds(port, "/health") for _ in range(3)]


def test_a_slow_body_is_ended_and_a_slow_header_too(folder):
    """Both within the deadlines; forty seconds pass."""
    with (
        slow_clients.serving(slow_clients.served(), folder) as port,
        slow_clients.dripping(port, slow_clients.BODY, clients=2) as bodies,
        slow_clients.dripping(port, slow_clients.HEADERS, clients=2) as headers,
    ):
        slow_clients.wait(lambda: len(bodies) >= 2 and len(headers) >= 2, 60)
    assert all(answer.startswith(b"HTTP/1.1 408") for answer in bodies)
    assert not any(answer.startswith(b"HTTP/1.1 200") for answer in headers)
