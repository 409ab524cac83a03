"""Status codes of every URL for every role, requested over HTTP, each in a rolled back transaction."""

import uuid

from django.db import transaction
from django.test import Client
from django.urls import get_resolver, reverse
from tests.server.cast import PEOPLE
from tests.server.signing_in import sign_in

ALIAS = {"organisation": "operator"}
PLAIN = {
    "stage": "prepare",
    "kind": "toml",
    "token": "unknown",
    "uidb36": "1",
    "spoken": "en",
    "key": "1-2",
    "pk": 1,
}


def addresses(resolver=None, space="", outer=()):
    """Return every URL by name with its parameters: pairs of a name and whether it is a UUID."""
    for pattern in (resolver or get_resolver()).url_patterns:
        kinds = pattern.pattern.converters.items()
        own = {key: "UUID" in type(converter).__name__ for key, converter in kinds}
        asks = (*outer, *(dict.fromkeys(pattern.pattern.regex.groupindex, False) | own).items())
        if hasattr(pattern, "url_patterns"):
            inner = ":".join(filter(None, (space, pattern.namespace or "")))
            yield from addresses(pattern, inner, asks)
        else:
            yield ":".join(filter(None, (space, pattern.name or ""))), asks


def address(name, asks, world):
    """Return the URL of an object of the world; with an unknown id where the world has no such object."""
    given = {}
    for key, unique in asks:
        thing = world.get(ALIAS.get(key.removesuffix("_id"), key.removesuffix("_id")))
        known = thing is not None and key.endswith("_id")
        given[key] = thing.pk if known else uuid.uuid4() if unique else PLAIN.get(key, 1)
    return reverse(name, kwargs=given)


def visitors(cast):
    """Return a client for each user of the cast, with its initial cookies, and an anonymous one."""
    found = {}
    for name in PEOPLE:
        client = Client(raise_request_exception=False)
        sign_in(client, getattr(cast, name))
        found[name] = (client, client.cookies.output())
    found["anonymous"] = (Client(raise_request_exception=False), "")
    return found


def ask(client, cookies, method, url, data=None):
    """Return the status of a response; its changes are rolled back, session and cookies included."""
    client.cookies.clear()
    client.cookies.load(cookies.replace("Set-Cookie: ", ""))
    point = transaction.savepoint()
    try:
        answer = getattr(client, method)(url, data or {})
        if answer.streaming:
            list(answer.streaming_content)  # the client closes the file then, and the database stays open
        return answer.status_code
    finally:
        transaction.savepoint_rollback(point)
