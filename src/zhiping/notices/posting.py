"""The one place where the server calls an address somebody typed: public ones, bounded in time and size."""

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Mapping
from threading import Timer
from typing import NamedTuple
from urllib.parse import SplitResult, quote, urlsplit

SECONDS = 10  # for the whole exchange
MOST_READ = 64 * 1024  # bytes of the answer


class Outcome(NamedTuple):
    """What came of a message: `status` is an HTTP status, or a code of `notices.statuses`."""

    taken: bool
    status: str


class _RefusedError(Exception):
    """An address that is not called."""


def post(url: str, body: bytes, headers: Mapping[str, str], *, private: bool) -> Outcome:
    """Send a message and return what came of it; redirects are not followed.

    `private`: addresses of the house's own network are allowed too, and plain http.
    """
    try:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or (parts.scheme == "http" and not private):
            return Outcome(taken=False, status="scheme")
        host = (parts.hostname or "").encode("idna").decode()
        port = parts.port or (443 if parts.scheme == "https" else 80)
        return _exchange(parts, host, _address(host, port, private=private), body, headers)
    except _RefusedError:
        return Outcome(taken=False, status="address")
    except socket.gaierror:
        return Outcome(taken=False, status="name")
    except ssl.SSLError:
        return Outcome(taken=False, status="certificate")
    except (OSError, http.client.HTTPException, ValueError):
        return Outcome(taken=False, status="unreachable")


def allowed(address: str, *, private: bool) -> bool:
    """Whether a network address may be called: never one of the link, a group, or this very machine.

    With `private`, those of the house's own network and of this machine may.
    """
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if inner:
            return allowed(str(inner), private=private)
        if found.teredo or found in _TRANSLATED:
            return False
    if found.is_link_local or found.is_multicast or found.is_unspecified:
        return False
    if private and (found.is_private or found.is_loopback):
        return True
    return found.is_global and not found.is_reserved


_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")  # a gateway would reach any IPv4 address behind it


def _address(host: str, port: int, *, private: bool) -> tuple[str, int]:
    """Look a name up once; what was checked is what is called, so a name cannot change in between."""
    found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not found or not all(allowed(address, private=private) for address in found):
        raise _RefusedError
    return found[0], port


def _exchange(
    parts: SplitResult, host: str, address: tuple[str, int], body: bytes, headers: Mapping[str, str]
) -> Outcome:
    secure = parts.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(host, address[1], timeout=SECONDS)
    # Each read may take SECONDS, so an answer in drops could take for ever: the timer ends it.
    timer = Timer(SECONDS, _cut, (connection,))
    timer.start()
    try:
        connection.sock = socket.create_connection(address, timeout=SECONDS)
        if secure:
            connection.sock = ssl.create_default_context().wrap_socket(
                connection.sock, server_hostname=host, do_handshake_on_connect=False
            )
            connection.sock.do_handshake()
        connection.request("POST", _target(parts), body, dict(headers))
        answer = connection.getresponse()
        answer.read(MOST_READ)
        return Outcome(taken=200 <= answer.status < 300, status=str(answer.status))
    finally:
        timer.cancel()
        connection.close()


def _target(parts: SplitResult) -> str:
    """Return path and query as they may stand in a request line."""
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~")
    return path + ("?" + quote(parts.query, safe="/%:@!$&'()*+,;=~?") if parts.query else "")


def _cut(connection: http.client.HTTPConnection) -> None:
    """End an exchange under the feet of whoever waits for it."""
    try:
        if connection.sock:
            connection.sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it is over already
