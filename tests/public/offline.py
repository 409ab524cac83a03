"""A browser whose requests this process answers itself: no server, and the data of the test."""

import asyncio
from contextlib import contextmanager
from urllib.parse import urlsplit

from django.test import Client
from tests.browser import Visitor, chromium

ADDRESS = "http://localhost"  # browsers compute digests on https addresses and on localhost only


@contextmanager
def visitor(**options):
    """Give a visitor of the site; `asked` lists the requests, `answers` False fails them."""
    with chromium() as browser:
        one = Visitor(browser, ADDRESS, **options)
        one.asked, one.answers = [], True
        one.context.route("**/*", lambda route: _answer(one, route))
        yield one
        one.context.close()
    assert one.complaints == []


def _answer(one, route):
    request = route.request
    parts = urlsplit(request.url)
    one.asked.append((request.method, parts.path, request.post_data))
    if not one.answers:
        route.abort()
        return
    kind = request.headers.get("content-type", "text/plain")
    headers = {"HTTP_ACCEPT_LANGUAGE": request.headers.get("accept-language", ""), "HTTP_HOST": "localhost"}
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    sent = {"data": request.post_data or "", "content_type": kind} if request.method == "POST" else {}
    response, body = _asked(request.method, path, sent, headers)
    route.fulfill(status=response.status_code, headers=dict(response.items()), body=body)


def _asked(method, path, sent, headers):
    """Answer as if no event loop ran: where one does, Django opens connections of its own."""
    loop = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    try:
        response = Client().generic(method, path, **sent, **headers)
        return response, b"".join(response.streaming_content) if response.streaming else response.content
    finally:
        asyncio._set_running_loop(loop)
