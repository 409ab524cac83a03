"""What no page ever offers, in every address that answers: a refusal or nothing found, never a fault."""

import re
import uuid

import pytest
from tests.access import matrix
from tests.access.world import build

CHUNKS = 6
VALUES = ("nonsense", "-1", "9" * 40, "\x00", "018f0000-0000-7000-8000-000000000000")
ELSEWHERE = (  # what lists take in an address, and buttons that stand on another page send
    "page", "sort", "q", "export", "words", "trigger", "region", "kind", "status", "stage", "language",
    "role", "seat", "expert", "leaves", "comes", "paper", "scope", "chosen", "evaluation", "mail", "next",
)  # fmt: skip
NAMED = re.compile(r'<(?:input|select|textarea|button)\b[^>]*?\bname="([^"]+)"')
FAULT = 500


def named(client, cookies, url):
    """What the forms of a page send."""
    client.cookies.clear()
    client.cookies.load(cookies.replace("Set-Cookie: ", ""))
    answer = client.get(url)
    page = answer.content.decode() if "html" in answer.headers.get("Content-Type", "") else ""
    return sorted({*NAMED.findall(page), *ELSEWHERE})


def faults(cast, names):
    """The requests that were answered by a fault."""
    visitor = matrix.visitors(cast)["officer"]
    world, patterns = build(cast), dict(matrix.addresses())
    for name in names:
        url = matrix.address(name, patterns[name], world)
        fields = named(*visitor, url)
        for value in VALUES:
            sent = dict.fromkeys(fields, value)
            believed = sent | {"key": str(uuid.uuid4()), "seen": "1"}  # goes past the check of a double click
            for method, data in (("get", sent), ("post", sent), ("post", believed)):
                if matrix.ask(*visitor, method, url, data) >= FAULT:
                    yield f"{method} {name} {value!r}"


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_nonsense_is_never_a_fault(cast, chunk):
    names = sorted({name for name, _ in matrix.addresses()})[chunk::CHUNKS]
    assert list(faults(cast, names)) == []
