"""Evidence as its page shows it: one item for each, in the reader's words."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from zhiping.accounts.models import User
from zhiping.documents.attachments.kinds import PREVIEWED
from zhiping.evaluations.models import Evaluation
from zhiping.evidence import queries
from zhiping.evidence.models import Evidence, Preview
from zhiping.evidence.queries import Group, Repeat
from zhiping.permissions import may
from zhiping.web.templatetags.web import moment
from zhiping.web.texts import say

UNITS = ("B", "KiB", "MiB", "GiB")


@dataclass(frozen=True, slots=True)
class Item:
    """A piece of evidence: its kind and origin in words, pictures of its pages, where its file is used again.

    `drawing`: whether the pictures are still being made; `withdraws`: whether the reader may withdraw it.
    """

    evidence: Evidence
    about: str
    origin: str
    withdrawn: str
    again: list[str]
    pages: list[tuple[str, str]]  # address and words of each
    total: int
    drawing: bool
    withdraws: bool


def materials(user: User, evaluation: Evaluation) -> dict[str, Any]:
    """Return the list of materials with the evidence a user sees, for the template."""
    given = queries.evidence_of(user, evaluation)
    items = _items(user, evaluation, given)
    groups = queries.materials(evaluation, given)
    asked = [line for group in groups for line in group.lines if not line.criterion.bonus]
    missing = sum(line.missing for line in asked)
    return {
        "groups": [(group, _lines(group, items)) for group in groups],
        "general": [items[one.pk] for one in given if not one.criteria],
        "asked": len(asked),
        "missing": missing,
        "done": len(asked) - missing,
        "count": sum(one.withdrawn is None for one in given),
    }


def _lines(group: Group, items: dict[Any, Item]) -> list[tuple[queries.Line, list[Item]]]:
    return [(line, [items[one.pk] for one in line.given]) for line in group.lines]


def _items(user: User, evaluation: Evaluation, given: list[Evidence]) -> dict[Any, Item]:
    repeats, pictures = queries.repeats(user, evaluation, given), queries.pictures(given)
    opens = queries.is_open(evaluation)
    found = {}
    for one in given:
        one.evaluation = evaluation  # read already, with all that permissions ask about it
        made = pictures.get(one.sha256)
        found[one.pk] = Item(
            one, _about(one), _origin(one), _withdrawn(one), _again(one, repeats.get(one.pk)),
            _pages(one, made), made.total if made else 0,
            drawing=made is None and one.kind in PREVIEWED,
            withdraws=opens and not one.withdrawn and may(user, "evidence.withdraw_evidence", one),
        )  # fmt: skip
    return found


def _about(one: Evidence) -> str:
    kind = say("evidence.seen_kind")
    if one.sha256:
        kind = say("evidence.file_kind", kind=one.kind.upper(), size=size(one.size))
    parts = [kind, one.number, say("evidence.fact_date", date=one.date) if one.date else ""]
    parts += [say("evidence.page_no", page=one.page) if one.page else "", one.place]
    return " · ".join(filter(None, parts))


def _origin(one: Evidence) -> str:
    name = f"{say(f'evidence.from_{one.side}')} {one.by.name}"
    return say("evidence.handed_in", name=name, moment=moment(one.at))


def _withdrawn(one: Evidence) -> str:
    if one.withdrawn is None or one.withdrawn_by is None:
        return ""
    when = moment(one.withdrawn)
    return say("evidence.withdrawn", name=one.withdrawn_by.name, moment=when, reason=one.withdrawn_reason)


def _again(one: Evidence, repeats: list[Repeat] | None) -> list[str]:
    """Say where a file is offered more than once; None for a reader who may not know."""
    if repeats is None or one.withdrawn:
        return []
    own = [say("evidence.several", criteria=one.criteria)] if one.sha256 and len(one.ids) > 1 else []
    return own + [
        say("evidence.again_here", criteria=repeat.criteria)
        if repeat.year is None
        else say("evidence.again_year", criteria=repeat.criteria, year=repeat.year)
        for repeat in repeats
    ]


def _pages(one: Evidence, made: Preview | None) -> list[tuple[str, str]]:
    numbers = range(1, (made.pages if made else 0) + 1)
    return [
        (
            reverse("evidence:preview", args=[one.pk, number]),
            say("evidence.page_of", caption=one.caption, number=number),
        )
        for number in numbers
    ]


def size(count: int) -> str:
    """Write a number of bytes: 640 B, 12.5 KiB, 2.0 GiB."""
    power = min(max(count.bit_length() - 1, 0) // 10, 3)
    tenths = 10 * count // 1024**power
    return f"{tenths // 10}.{tenths % 10} {UNITS[power]}" if power else f"{count} B"
