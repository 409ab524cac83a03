"""HTTP client for user-supplied URLs: no private addresses (SSRF), bounded in time and size."""

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Mapping
from threading import Timer
from typing import Any, NamedTuple
from urllib.parse import SplitResult, quote, urlsplit

SECONDS = 10  # for the whole request, including connect and response
MOST_READ = 64 * 1024  # bytes of the response


class Outcome(NamedTuple):
    """The outcome of a request; `status`: an HTTP status, or a key of `notices.statuses`."""

    taken: bool
    status: str


class _RefusedError(Exception):
    """The host resolves to an address that must not be called."""


def post(url: str, body: bytes, headers: Mapping[str, str], *, private: bool) -> Outcome:
    """Send a POST request and return its outcome; never raises for a bad URL or receiver.

    Redirects are not followed, because their target would not be checked. `private`: also allow private
    networks and plain http.
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


def ensure_url(url: str, *, private: bool) -> None:
    """Raise ValueError with the schemes that are possible for a URL that can never be called."""
    parts = urlsplit(url)
    schemes = ("http", "https") if private else ("https",)
    strange = parts.scheme not in schemes or not parts.hostname or parts.username or parts.password
    if strange or not _possible(parts.hostname or "", private=private):
        raise ValueError("、".join(schemes))


def _possible(host: str, *, private: bool) -> bool:
    """Return whether a host is a name, which is resolved at each call, or an IP address allowed."""
    try:
        return allowed(host, private=private)
    except ValueError:
        return True


def allowed(address: str, *, private: bool) -> bool:
    """Return whether an IP address may be called: a public one of a host.

    `private`: also allow private networks and loopback.
    """
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    if private and any(ip in network for network in _PRIVATE):
        return True
    if isinstance(ip, ipaddress.IPv6Address) and ip not in _UNICAST:
        return False
    return ip.is_global and not any(ip in network for network in _SPECIAL)


def _networks(text: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    return [ipaddress.ip_network(part) for part in text.split()]


_PRIVATE = _networks("10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 127.0.0.0/8 ::1/128 fc00::/7")
# No other part of IPv6 is given to hosts: this leaves out NAT64 (64:ff9b::/96), site-local and mapped ones.
_UNICAST = ipaddress.ip_network("2000::/3")
# The special-purpose registries of IANA (RFC 6890), written out as `is_global` differs between versions of
# Python: multicast, reserved, documentation, measurement, anycast; tunnels, which lead to any IPv4 address.
_SPECIAL = _networks("""
    0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24
    192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15
    198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4
    2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20
""")


def _address(host: str, port: int, *, private: bool) -> tuple[str, int]:
    """Resolve a host once and check all its addresses.

    The caller connects to the address returned; resolving again would allow DNS rebinding.
    """
    addresses = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not addresses or not all(allowed(address, private=private) for address in addresses):
        raise _RefusedError
    return addresses[0], port


class _WholeLines:
    """A stream of a response: the end of the stream within a line or before one is an error.

    Python ends the headers there, so that a response that breaks off in them would count as received.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def readline(self, limit: int) -> bytes:
        line: bytes = self._stream.readline(limit)
        if len(line) < limit and not line.endswith(b"\n"):
            raise http.client.IncompleteRead(line)
        return line

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Response(http.client.HTTPResponse):
    """A response with all of its headers."""

    def begin(self) -> None:
        self.fp: Any = _WholeLines(self.fp)
        super().begin()


def _exchange(
    parts: SplitResult, host: str, address: tuple[str, int], body: bytes, headers: Mapping[str, str]
) -> Outcome:
    secure = parts.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(host, address[1], timeout=SECONDS)
    # The socket timeout applies to each read, so a receiver sending byte by byte would never time out.
    connection.response_class = _Response
    timer = Timer(SECONDS, _abort, (connection,))
    timer.start()
    try:
        connection.sock = socket.create_connection(address, timeout=SECONDS)
        if secure:
            connection.sock = ssl.create_default_context().wrap_socket(
                connection.sock, server_hostname=host, do_handshake_on_connect=False
            )
            connection.sock.do_handshake()
        connection.request("POST", _target(parts), body, dict(headers))
        response = connection.getresponse()
        response.read(MOST_READ)
        return Outcome(taken=200 <= response.status < 300, status=str(response.status))
    finally:
        timer.cancel()
        connection.close()


def _target(parts: SplitResult) -> str:
    """Return the request target: path and query, percent-encoded."""
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~")
    return path + ("?" + quote(parts.query, safe="/%:@!$&'()*+,;=~?") if parts.query else "")


def _abort(connection: http.client.HTTPConnection) -> None:
    """Shut down the socket, which makes the blocked read of the other thread return."""
    try:
        if connection.sock:
            connection.sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # closed already
