"""HTTP client for user-supplied URLs: no private addresses (SSRF), bounded in time and size."""

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Mapping
from threading import Timer
from typing import NamedTuple
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
    if parts.scheme not in schemes or not parts.hostname or parts.username or parts.password:
        raise ValueError("、".join(schemes))


def allowed(address: str, *, private: bool) -> bool:
    """Return whether an IP address may be called: never a link-local, multicast or unspecified one.

    `private`: also allow private networks and loopback.
    """
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner:
            return allowed(str(inner), private=private)
        if ip.teredo or ip in _TRANSLATED:
            return False
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified:
        return False
    if private and (ip.is_private or ip.is_loopback):
        return True
    return ip.is_global and not ip.is_reserved


_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")  # NAT64: a gateway would reach any IPv4 address through it


def _address(host: str, port: int, *, private: bool) -> tuple[str, int]:
    """Resolve a host once and check all its addresses.

    The caller connects to the address returned; resolving again would allow DNS rebinding.
    """
    addresses = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not addresses or not all(allowed(address, private=private) for address in addresses):
        raise _RefusedError
    return addresses[0], port


def _exchange(
    parts: SplitResult, host: str, address: tuple[str, int], body: bytes, headers: Mapping[str, str]
) -> Outcome:
    secure = parts.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(host, address[1], timeout=SECONDS)
    # The socket timeout applies to each read, so a receiver sending byte by byte would never time out.
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
