"""Every link on a page opens for the users who see it."""

import re
from itertools import count

import pytest
from tests.access import world
from tests.panels import panels
from tests.server.cast import NOW, PEOPLE

from zhiping.domain.draw_conditions import Conditions
from zhiping.evaluations.models import Trip
from zhiping.ledger.act import Act
from zhiping.panels.actions import draw as actions
from zhiping.panels.actions.panel import seat_expert

LINK = re.compile(r'(?:href|hx-get)="(/[^"#]*)"')
ID = re.compile(r"[0-9a-f-]{36}")
MOST = 12  # pages of one kind


@pytest.fixture
def links(cast):
    """Objects of every kind, evaluations and draws in every state, some of the province in city B."""
    made = world.build(cast)
    for n in range(9):
        panels.expert(cast, f"库员{n}", experience="窗口工作")
    for phase in ("planned", "scoring"):
        panels.composed(cast, panels.opened(cast, period_start=NOW, period_end=NOW), until=phase)
    act = Act(cast.officer, NOW)
    two = panels.trip(cast)
    first = panels.opened(cast, period_start=NOW, period_end=NOW)
    alone = panels.opened(cast, "b", authority="province", period_start=NOW, period_end=NOW)
    for about, state in (
        (alone, "abandoned"),
        (alone, "committed"),
        (first, "drawn"),
        (two[1].trip, "applied"),
    ):
        _draw(act, about, state)
    seat_expert(act, panels.fresh(alone), expert=cast.expert("lead"), role="secretary")
    return made


def _draw(act, about, state):
    subject = about if isinstance(about, Trip) else panels.fresh(about)
    made = actions.commit_draw(act, subject, conditions=Conditions(substitutes=1))
    if state == "abandoned":
        return actions.abandon_draw(act, made, reason="条件有误")
    if state != "committed":
        made = actions.perform_draw(act, made)
    if state == "applied":
        actions.apply_draw(act, made, lead=made.result["members"][0])
    return made


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
