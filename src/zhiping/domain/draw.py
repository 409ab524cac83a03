"""Verifiable draw of experts: a published commitment to rules, pool and seed, then the result.

Experts are ordered by the SHA-256 of seed, words and id, so that `sha256sum` is enough to recompute the
order. The panel drawn is the lexicographically first one in that order that meets all rules. The seed is
committed to beforehand, so it cannot be chosen for its result.
"""

import datetime as dt
import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypedDict

from zhiping.domain import panel
from zhiping.domain.draw_conditions import FIELDS, Candidate, Kind, Rules, State, empty, kind_of, met
from zhiping.domain.draw_search import let_in, passed_over, possible, reach
from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.transparency.canonical import sha256

__all__ = [
    "FIELDS", "Candidate", "Outcome", "Place", "Record", "Rules", "Substitute",
    "check", "commitment", "conditions", "draw", "entry", "key", "record", "spoken", "unfit",
    "who_may_replace",
]  # fmt: skip


class Substitute(TypedDict):
    """A substitute, with the members it can replace such that the panel still meets all rules."""

    id: str
    steps_in_for: list[str]


class Place(TypedDict):
    """The outcome for one entry of the pool, with the hash of the entry.

    `order`: from 1, None if not eligible. `standing`: fixed, member, substitute, passed or unfit.
    `reasons`: why passed over (employer, region, conditions, complete) or why unfit.
    """

    id: str
    hash: str
    order: int | None
    standing: str
    reasons: list[str]


class Outcome(TypedDict):
    """The result of a draw, a function of rules, pool, seed and words."""

    commitment: str
    seed: str
    words: str
    members: list[str]
    substitutes: list[Substitute]
    places: list[Place]


class Row(TypedDict):
    """A row of the printed record; `steps_in_for` holds names."""

    order: int
    name: str
    employer: str
    title: str
    standing: str
    reasons: list[str]
    steps_in_for: list[str]
    hash: str


class Record(TypedDict):
    """The content of the printed record (专家抽取记录表), with codes instead of texts.

    `conditions`: the rules as (code, data). `rows`: the experts in order, down to the last substitute.
    `left`: the number of experts after those. `unfit`: the number of ineligible experts by reason.
    """

    pool: int
    fit: int
    seats: int
    substitutes: int
    commitment: str
    seed: str
    words: str
    conditions: list[tuple[str, dict[str, Any]]]
    rows: list[Row]
    left: int
    unfit: dict[str, int]


def entry(expert: panel.Expert, rules: Rules, *, region: str, fields: Collection[str]) -> Candidate:
    """Return the pool entry of an expert, with the reasons that make the expert ineligible (6.2.2)."""
    dates = [dt.date.fromisoformat(day) for day in rules["dates"]]
    return Candidate(
        id=expert.id,
        name=expert.name,
        employer=expert.organisation,
        title=expert.title,
        region=region,
        fields=sorted(fields),
        experience=bool(expert.experience),
        reasons=[*panel.unfit(expert, operators=rules["operators"], dates=dates)],
    )


def commitment(rules: Rules, pool: Sequence[Candidate], seed: str) -> str:
    """Return the commitment to publish before the draw: the SHA-256 of four lines of text.

    The lines, each ended by a line feed, are `zhiping draw 1`, `rules <hash>`, `pool <hash>` and
    `seed <seed>`, with the SHA-256 of the canonical JSON of the rules and of the sorted list of entry
    hashes. The commitment hides the seed (256 random bits) and binds rules, pool and seed. Raises Invalid
    `draw.seed`.
    """
    return _sealed(rules, map(sha256, pool), seed)


def _sealed(rules: Rules, hashes: Iterable[str], seed: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{64}", seed):
        raise Invalid([Problem("draw.seed")])
    text = f"zhiping draw 1\nrules {sha256(rules)}\npool {sha256(sorted(hashes))}\nseed {seed}\n"
    return hashlib.sha256(text.encode()).hexdigest()


def key(seed: str, words: str, id: str) -> str:
    """Return the sort key of an expert: the SHA-256 of the lines seed, words and id, in hex."""
    return hashlib.sha256(f"{seed}\n{words}\n{id}\n".encode()).hexdigest()


def spoken(words: str) -> str:
    """Return the words of a witness as they enter the order: with one space between them."""
    return unicodedata.normalize("NFC", " ".join(words.split()))


def draw(rules: Rules, pool: Sequence[Candidate], seed: str, words: str = "") -> Outcome:
    """Draw members and ordered substitutes.

    `words`: spoken by a witness after the commitment is published. They enter the order, so that not even
    the person who chose the seed could try out results beforehand. Raises Invalid as `commitment` and
    `check` do.
    """
    check(rules, pool)
    hashes = {one["id"]: sha256(one) for one in pool}
    sealed = _sealed(rules, hashes.values(), seed)
    words = spoken(words)
    start = empty(rules)
    people = {one["id"]: one for one in pool}
    kinds = {id_: kind_of(one, start) for id_, one in people.items()}
    fit = [id_ for id_, one in people.items() if not unfit(rules, one)]
    order = sorted(fit, key=lambda id_: (key(seed, words, id_), id_))
    fixed = rules["fixed"]
    rest = [id_ for id_ in order if id_ not in fixed]
    passed = passed_over(rest, kinds, start.seat_all(kinds[id_] for id_ in fixed))
    members = [*fixed, *(id_ for id_ in rest if id_ not in passed)]
    substitutes = [*islice(_substitutes(passed, members, kinds, start), rules["substitutes"])]
    standing = {id_: ("unfit", unfit(rules, people[id_])) for id_ in sorted(people.keys() - set(fit))}
    standing |= {id_: ("passed", [why]) for id_, why in passed.items()}
    standing |= {one["id"]: ("substitute", []) for one in substitutes}
    standing |= {id_: ("fixed" if id_ in fixed else "member", []) for id_ in members}
    numbers = {id_: number for number, id_ in enumerate(order, 1)}
    places = [
        Place(id=id_, hash=hashes[id_], order=numbers.get(id_), standing=name, reasons=why)
        for id_, (name, why) in sorted(standing.items(), key=lambda one: numbers.get(one[0], len(pool)))
    ]
    return Outcome(
        commitment=sealed, seed=seed, words=words, members=members, substitutes=substitutes, places=places
    )


def _substitutes(
    passed: Iterable[str], members: Sequence[str], kinds: Mapping[str, Kind], start: State
) -> Iterator[Substitute]:
    """Yield, in order, each expert who can replace at least one member."""
    for id_ in passed:
        replaced = [
            member
            for member in members
            if met(start, (kinds[one] for one in [*members, id_] if one != member))
        ]
        if replaced:
            yield Substitute(id=id_, steps_in_for=replaced)


def who_may_replace(
    rules: Rules, pool: Sequence[Candidate], outcome: Outcome, leaving: Collection[str]
) -> list[str]:
    """Return the substitutes to seat when experts leave: the first in order that keep all rules met.

    `leaving`: ids of members and of substitutes who are not available. Empty if no seat becomes free, or if
    no substitutes meet the rules; then a new draw is needed, with the remaining members fixed.
    """
    start = empty(rules)
    kinds = {one["id"]: kind_of(one, start) for one in pool}
    staying = [id_ for id_ in outcome["members"] if id_ not in leaving]
    order = [one["id"] for one in outcome["substitutes"] if one["id"] not in leaving]
    passed = passed_over(order, kinds, start.seat_all(kinds[id_] for id_ in staying))
    return [id_ for id_ in order if id_ not in passed]


def record(rules: Rules, pool: Sequence[Candidate], outcome: Outcome) -> Record:
    """Return the printed record, with everything needed to recompute the draw."""
    people = {one["id"]: one for one in pool}
    names = dict(zip(people, panel.distinct_names((one["name"], one["id"]) for one in pool), strict=True))
    replaced = {one["id"]: [names[id_] for id_ in one["steps_in_for"]] for one in outcome["substitutes"]}
    ordered = [place for place in outcome["places"] if place["order"]]
    last = max(number for number, place in enumerate(ordered, 1) if place["standing"] != "passed")
    return Record(
        pool=len(pool),
        fit=len(ordered),
        seats=rules["seats"],
        substitutes=rules["substitutes"],
        commitment=outcome["commitment"],
        seed=outcome["seed"],
        words=outcome["words"],
        conditions=[*conditions(rules)],
        rows=[
            Row(
                order=number,
                name=names[place["id"]],
                employer=people[place["id"]]["employer"],
                title=people[place["id"]]["title"],
                standing=place["standing"],
                reasons=place["reasons"],
                steps_in_for=replaced.get(place["id"], []),
                hash=place["hash"],
            )
            for number, place in enumerate(ordered[:last], 1)
        ],
        left=len(ordered) - last,
        unfit=Counter(why for place in outcome["places"] if not place["order"] for why in place["reasons"]),
    )


def conditions(rules: Rules) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the rules one by one, as the record lists them."""
    yield "size", {"n": rules["seats"]}
    yield "title", {}
    yield "training", {"dates": rules["dates"]}
    if rules["operators"]:
        yield "conflict", {"operators": rules["operators"]}
    start = empty(rules)
    yield from ((need, {"n": n}) for need, n in start.needs.items())
    yield from ((limit, {"n": n}) for limit, n in start.limits.items())
    if rules["excluded"]:
        yield "excluded", {"n": len(rules["excluded"])}
    if rules["fixed"]:
        yield "fixed", {"n": len(rules["fixed"])}


def unfit(rules: Rules, one: Candidate) -> list[str]:
    """Return why an expert is not eligible; empty if eligible."""
    return [*one["reasons"], *(["excluded"] if one["id"] in rules["excluded"] else [])]


def check(rules: Rules, pool: Sequence[Candidate]) -> None:
    """Check, before committing to a seed, that some panel from this pool meets the rules.

    Raises Invalid with all contradictions in the rules, or else with each condition the pool cannot meet
    and the number of experts available for it; `draw.together` if the conditions can be met one by one but
    not at once.
    """
    people = {one["id"]: one for one in pool}
    wrong = [*_unsound(rules, people, len(pool))]
    if not wrong:
        start = empty(rules)
        fixed = start.seat_all(kind_of(people[id_], start) for id_ in rules["fixed"])
        fit = [one for one in pool if not unfit(rules, one) and one["id"] not in rules["fixed"]]
        kinds = Counter(kind_of(one, start) for one in fit)
        if fixed.broken():
            wrong = [Problem("draw.fixed_limit")]
        elif not possible(kinds, fixed):
            wrong = [*_lacking(kinds, start, fixed)] or [Problem("draw.together", {"seats": rules["seats"]})]
    if wrong:
        raise Invalid(wrong)


def _unsound(rules: Rules, people: Mapping[str, Candidate], listed: int) -> Iterator[Problem]:
    seats, fixed = rules["seats"], rules["fixed"]
    if seats < 3 or seats % 2 == 0:
        yield Problem("draw.seats", {"found": seats})
    counts = [rules["substitutes"], rules["experience"], rules["per_employer"], rules["per_region"]]
    if min([*counts, *rules["fields"].values()]) < 0:
        yield Problem("draw.negative")
    for field in sorted(rules["fields"].keys() - set(FIELDS)):
        yield Problem("draw.field", {"found": field})
    if len(people) < listed:
        yield Problem("draw.twice", {"found": listed - len(people)})
    if len(fixed) > seats or len(set(fixed)) < len(fixed):
        yield Problem("draw.fixed", {"found": len(fixed), "seats": seats})
    for id_ in fixed:
        if id_ not in people:
            yield Problem("draw.fixed_unknown", {"id": id_})
        elif unfit(rules, people[id_]):
            yield Problem("draw.fixed_unfit", {"name": people[id_]["name"]})


def _lacking(kinds: Mapping[Kind, int], start: State, fixed: State) -> Iterator[Problem]:
    """Yield each condition that cannot be met even on its own, with the number of experts available."""
    seats, seated = start.left, start.left - fixed.left
    if (found := seated + sum(kinds.values())) < seats:
        yield Problem("draw.few", {"seats": seats, "found": found})
    for limit, most in start.limits.items():
        if (found := seated + let_in(kinds, fixed, limit, seats)) < seats:
            yield Problem(f"draw.{limit}", {"seats": seats, "limit": most, "found": found})
    for need, wanted in start.needs.items():
        givers = {kind: n for kind, n in kinds.items() if need in kind.gives}
        found = wanted - fixed.needs.get(need, 0) + reach(givers, fixed, wanted)
        if found < wanted:
            yield Problem(f"draw.{need}", {"need": wanted, "found": found})
