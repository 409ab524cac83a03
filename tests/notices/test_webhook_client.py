"""HTTP client of webhooks: forbidden addresses, limits of time and size."""

import http.client

import pytest
from tests.notices.receivers import byte_by_byte, cut_off, endless, web_server

from zhiping.notices.webhooks import client
from zhiping.notices.webhooks.client import Outcome, allowed, post


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254", "0.0.0.0",
        "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1", "fc00::1",
        "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "64:ff9b::7f00:1", "2001:db8::1", "fec0::1", "3fff::1", "3fff:fff::1", "192.88.99.1", "192.0.0.9",
        "64:ff9b::808:808", "64:ff9b:1::808:808", "2002:808:808::1", "::8.8.8.8",
        "::ffff:0:8.8.8.8", "100::1", "5f00::1", "2001:20::1", "2001:2::1", "2620:4f:8000::1", "192.31.196.1",
        "192.52.193.1", "192.175.48.1", "198.51.100.1", "203.0.113.1", "240.0.0.1", "0.1.2.3", "4000::1",
        "8000::1", "fe80::1%eth0", "ff0e::1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public_are_refused(address):
    assert not allowed(address, private=False)


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "114.114.114.114", "2400:3200::1", "::ffff:8.8.8.8", "2001:4860::1", "192.0.1.1"],
)
def test_public_addresses_are_allowed(address):
    assert allowed(address, private=False)
    assert allowed(address, private=True)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1", True), ("192.168.1.1", True), ("::1", True), ("fc00::1", True),
        ("::ffff:10.0.0.1", True), ("169.254.169.254", False), ("fe80::1", False),
        ("0.0.0.0", False), ("224.0.0.1", False),
        ("ff02::1", False), ("64:ff9b::7f00:1", False), ("fec0::1", False), ("3fff::1", False),
        ("192.88.99.1", False), ("192.0.2.1", False), ("240.0.0.1", False), ("2002:a00:1::1", False),
        ("64:ff9b:1::a00:1", False), ("::10.0.0.1", False), ("100.64.0.1", False),
    ],
)  # fmt: skip
def test_private_networks_need_the_setting_and_link_local_is_refused(address, expected):
    assert allowed(address, private=True) is expected


@pytest.fixture
def web():
    with web_server() as server:
        yield server


def test_message_arrives_with_its_headers(web):
    url = web.url + "?a=1&b=%20x"
    assert post(url, b'{"a":1}', {"Webhook-Id": "1"}, private=True) == Outcome(taken=True, status="200")
    [(path, headers, body)] = web.requests
    assert (path, headers["Webhook-Id"], body) == ("/hook?a=1&b=%20x", "1", b'{"a":1}')
    assert headers["Host"] == f"127.0.0.1:{web.server_port}"


def test_loopback_is_not_called_by_default(web):
    url = f"https://127.0.0.1:{web.server_port}/"
    assert post(url, b"", {}, private=False) == Outcome(taken=False, status="address")
    assert post(web.url, b"", {}, private=False) == Outcome(taken=False, status="scheme")
    assert web.requests == []
    assert post(web.url, b"", {}, private=True).taken


@pytest.mark.parametrize(
    "host", ["localhost", "127.1", "2130706433", "0x7f000001", "[::1]", "[::ffff:127.0.0.1]", "0"]
)
def test_loopback_is_refused_in_every_spelling(host):
    assert post(f"https://{host}:1/", b"", {}, private=False).status == "address"


def test_redirect_is_not_followed(web):
    web.answers = [302, 307]
    assert post(web.url, b"x", {}, private=True) == Outcome(taken=False, status="302")
    assert post(web.url, b"x", {}, private=True) == Outcome(taken=False, status="307")
    assert [path for path, _, _ in web.requests] == ["/hook", "/hook"]


def test_error_status_of_the_receiver_is_returned(web):
    web.answers = [500, 404, 204]
    assert [post(web.url, b"x", {}, private=True).status for _ in range(3)] == ["500", "404", "204"]


def test_slow_response_is_aborted_in_time(web, monkeypatch):
    monkeypatch.setattr(client, "SECONDS", 1)
    web.answers = [byte_by_byte]
    assert post(web.url, b"x", {}, private=True) == Outcome(taken=False, status="unreachable")
    assert not web.whole


@pytest.mark.parametrize(
    "sent",
    [
        b"", b"HTTP/1.1 200", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nDate: x",
        b"HTTP/1.1 200 OK\r\nDate: x\r\n",
    ],
)  # fmt: skip
@pytest.mark.parametrize("ends", [True, False])
def test_response_cut_off_amid_its_headers_is_not_taken(web, monkeypatch, sent, ends):
    monkeypatch.setattr(client, "SECONDS", 30 if ends else 0.5)
    web.answers = [cut_off(sent, ends=ends)]
    assert post(web.url, b"x", {}, private=True) == Outcome(taken=False, status="unreachable")


def test_end_of_a_stream_amid_headers_is_not_noticed_by_the_library(web, monkeypatch):
    """Positive control."""
    monkeypatch.setattr(client, "_Response", http.client.HTTPResponse)
    web.answers = [cut_off(b"HTTP/1.1 200 OK\r\nDate: x", ends=True)]
    assert post(web.url, b"x", {}, private=True).taken


def test_response_without_a_body_is_taken(web):
    web.answers = [cut_off(b"HTTP/1.1 200 OK\r\n\r\n", ends=True)]
    assert post(web.url, b"x", {}, private=True) == Outcome(taken=True, status="200")


def test_endless_response_is_not_read(web, monkeypatch):
    monkeypatch.setattr(client, "SECONDS", 600)  # so that only the size limit can end it
    web.answers = [endless]
    assert post(web.url, b"x", {}, private=True).taken
    assert web.sent < 4096 * 16384


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("https://no-such-name.invalid/", "name"),
        ("http://127.0.0.1:1/", "unreachable"),
        ("ftp://127.0.0.1/", "scheme"),
        ("https://127.0.0.1:99999/", "unreachable"),
        ("http://127.0.0.1:1/a\r\nX: y", "unreachable"),
        ("https:///", "name"),
    ],
)
def test_bad_urls_return_the_reason(url, status):
    assert post(url, b"", {}, private=True) == Outcome(taken=False, status=status)


def test_plain_response_to_https_returns_the_reason(web):
    url = web.url.replace("http://", "https://")
    assert post(url, b"x", {}, private=True) == Outcome(taken=False, status="certificate")
