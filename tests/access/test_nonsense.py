"""Invalid input to every URL: a refusal or 404, never an error."""

import re
import uuid

import pytest
from tests.access import matrix
from tests.access.world import build

pytestmark = pytest.mark.t6

CHUNKS = 6
VALUES = ("nonsense", "-1", "9" * 40, "\x00", "018f0000-0000-7000-8000-000000000000")
ELSEWHERE = (  # query parameters of lists, and fields of buttons on other pages
    "page", "sort", "q", "export", "words", "trigger", "region", "kind", "status", "stage", "language",
    "role", "seat", "expert", "leaves", "comes", "paper", "scope", "chosen", "evaluation", "mail", "next",
)  # fmt: skip
NAMED = re.compile(r'<(?:input|select|textarea|button)\b[^>]*?\bname="([^"]+)"')
FAULT = 500


def named(client, cookies, url):
    """Return the fields of the forms of a page."""
    client.cookies.clear()
    client.cookies.load(cookies.replace("Set-Cookie: ", ""))
    answer = client.get(url)
    page = answer.content.decode() if "html" in answer.headers.get("Content-Type", "") else ""
    return sorted({*NAMED.findall(page), *ELSEWHERE})


def faults(cast, names):
    """Return the requests that ended in an error."""
    visitor = matrix.visitors(cast)["officer"]
    world, patterns = build(cast), dict(matrix.addresses())
    for name in names:
        url = matrix.address(name, patterns[name], world)
        fields = named(*visitor, url)
        for value in VALUES:
            sent = dict.fromkeys(fields, value)
            believed = sent | {"key": str(uuid.uuid4()), "seen": "1"}  # passes the check of a double click
            for method, data in (("get", sent), ("post", sent), ("post", believed)):
                if matrix.ask(*visitor, method, url, data) >= FAULT:
                    yield f"{method} {name} {value!r}"


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_nonsense_is_never_a_fault(cast, chunk):
    names = sorted({name for name, _ in matrix.addresses()})[chunk::CHUNKS]
    assert list(faults(cast, names)) == []
