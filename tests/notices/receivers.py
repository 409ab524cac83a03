"""Small mail and web servers on 127.0.0.1, as receivers in tests."""

import socketserver
import threading
import time
from contextlib import contextmanager
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def _serving(server):
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


class _Mail(socketserver.StreamRequestHandler):
    """The part of RFC 5321 that a client needs to send one message."""

    timeout = 10

    def handle(self):
        self.wfile.write(b"220 test\r\n")
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                self._take()
            elif word == b"RCPT" and self.server.refusing:
                self.wfile.write(b"451 try later\r\n")
            elif word == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 ok\r\n")

    def _take(self):
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        self.server.messages.append(message_from_bytes(b"".join(lines), policy=policy.default))
        self.wfile.write(b"250 taken\r\n")


@contextmanager
def mail_server():
    """Yield a mail server; `.messages`: received messages, `.refusing`: whether to refuse temporarily."""
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Mail)
    server.daemon_threads, server.messages, server.refusing = True, [], False
    with _serving(server):
        yield server


class _Web(BaseHTTPRequestHandler):
    timeout = 30

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((self.path, dict(self.headers), body))
        answer = self.server.answers.pop(0) if self.server.answers else 200
        if callable(answer):
            answer(self)
            return
        self.send_response(answer)
        if answer in (301, 302, 307):
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/elsewhere")
        self.end_headers()

    def log_message(self, *args):
        pass


@contextmanager
def web_server():
    """Yield a web server; `.requests`: received, `.answers`: statuses, or functions of the handler."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Web)
    server.requests, server.answers = [], []
    server.url = f"http://127.0.0.1:{server.server_port}/hook"
    with _serving(server):
        yield server


def byte_by_byte(handler):
    """Respond byte by byte for 30 seconds, longer than the client's limit."""
    handler.server.whole = False
    try:
        for _ in range(300):
            handler.wfile.write(b"H")
            handler.wfile.flush()
            time.sleep(0.1)
        handler.server.whole = True
    except OSError:
        return  # the client closed the connection, as expected


def endless(handler):
    """Respond with 64 MiB, more than the client's limit."""
    handler.send_response(200)
    handler.end_headers()
    handler.server.sent = 0
    try:
        for _ in range(4096):
            handler.wfile.write(b"x" * 16384)
            handler.server.sent += 16384
    except OSError:
        return


def cut_off(sent, *, ends):
    """Return an answer that stops after some bytes: it closes the connection, or says nothing more."""

    def answer(handler):
        handler.wfile.write(sent)
        handler.wfile.flush()
        handler.close_connection = True
        if not ends:
            handler.connection.settimeout(5)
            try:
                handler.rfile.read(1)  # until the client closes the connection
            except OSError:
                return

    return answer
