"""Every link on a page opens for the users who see it."""

import re
from itertools import count

import pytest
from tests.access.stages import stages
from tests.server.cast import PEOPLE

LINK = re.compile(r'(?:href|hx-get)="(/[^"#]*)"')
ID = re.compile(r"[0-9a-f-]{36}")
MOST = 12  # pages of one kind


@pytest.fixture
def links(cast):
    """Objects of every kind, evaluations and draws in every state, some of the province in city B."""
    return stages(cast)


def broken(client, start="/"):
    """Return broken links, each with its page, reachable from a first page."""
    todo, seen, kinds = [("", start)], {start}, {}
    found = []
    while todo:
        page, address = todo.pop(0)
        kind = ID.sub("", address.partition("?")[0])
        if next(kinds.setdefault(kind, count())) >= MOST:
            continue
        answer = client.get(address)
        if answer.status_code >= 400:
            found.append(f"{answer.status_code} {address} on {page}")
        if answer.status_code == 200 and "text/html" in answer["Content-Type"]:
            links = {link.replace("&amp;", "&") for link in LINK.findall(answer.content.decode())}
            new = sorted(link for link in links - seen if not link.startswith("/static/"))
            seen.update(new)
            todo += [(address, link) for link in new]
    return found, len(seen)


@pytest.mark.parametrize("name", PEOPLE)
def test_every_link_a_page_offers_can_be_opened(cast, client_for, links, name):
    found, seen = broken(client_for(getattr(cast, name)))
    assert found == []
    assert seen > 3
