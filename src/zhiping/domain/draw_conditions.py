"""Conditions of a draw, and the state of a partly seated panel."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypedDict

from zhiping.domain.identity import folded
from zhiping.domain.transparency.canonical import Day

FIELDS = ("metrology", "standards", "certification", "testing", "quality", "information", "service", "law")


class Rules(TypedDict):
    """The rules of a draw, in the shape that is hashed.

    `seats`: number of members, odd and at least 3, including the `fixed` ones. `experience`, `fields`:
    minimum number of members with platform experience, with knowledge of a field. `per_employer`,
    `per_region`: maximum number of members, 0 for no limit. `operators`, `dates`: input of the eligibility
    check of the pool. `excluded`: reason by id of the excluded expert.
    """

    seats: int
    substitutes: int
    experience: int
    fields: dict[str, int]
    per_employer: int
    per_region: int
    operators: list[str]
    dates: list[Day]
    excluded: dict[str, str]
    fixed: list[str]


@dataclass(frozen=True, slots=True)
class Conditions:
    """The conditions that an officer sets for a draw; `Rules` adds what follows from the evaluations."""

    seats: int = 3
    substitutes: int = 2
    experience: int = 1
    fields: Mapping[str, int] = field(default_factory=dict)
    per_employer: int = 0
    per_region: int = 0
    excluded: Mapping[str, str] = field(default_factory=dict)
    fixed: tuple[str, ...] = ()

    def rules(self, *, operators: list[str], dates: list[Day]) -> Rules:
        """Return the rules of a draw that must have no ties to these operators, on these dates."""
        return Rules(
            seats=self.seats,
            substitutes=self.substitutes,
            experience=self.experience,
            fields=dict(self.fields),
            per_employer=self.per_employer,
            per_region=self.per_region,
            operators=operators,
            dates=dates,
            excluded=dict(self.excluded),
            fixed=list(self.fixed),
        )


class Candidate(TypedDict):
    """An entry of the pool; `reasons`: why the expert is not eligible, empty if eligible."""

    id: str
    name: str
    employer: str
    title: str
    region: str
    fields: list[str]
    experience: bool
    reasons: list[str]


Limit = Literal["employer", "region"]
Tag = tuple[Limit, str]


class Kind(NamedTuple):
    """The properties of an expert that matter for the conditions; experts of one kind are interchangeable.

    Searching over kinds instead of experts keeps the search small: a pool of thousands has few kinds.
    """

    gives: frozenset[str]
    tags: tuple[Tag, ...] = ()


class State(NamedTuple):
    """A partly seated panel: open needs, seats left, limits, and seats used by employer and region."""

    needs: Mapping[str, int]
    left: int
    limits: Mapping[Limit, int]
    used: Counter[Tag]

    def seat(self, kind: Kind) -> "State":
        """Return the state after seating an expert of this kind."""
        needs = {need: n - (need in kind.gives) for need, n in self.needs.items()}
        open_needs = {need: n for need, n in needs.items() if n > 0}
        return self._replace(needs=open_needs, left=self.left - 1, used=self.used + Counter(kind.tags))

    def full(self, kind: Kind) -> Limit | None:
        """Return the limit that excludes further experts of this kind; None if there is none."""
        return next((tag[0] for tag in kind.tags if self.used[tag] >= self.limits[tag[0]]), None)

    def room(self, tag: Tag) -> int:
        """Return how many more experts of one employer or region the limit allows."""
        return self.limits[tag[0]] - self.used[tag]

    def seat_all(self, kinds: Iterable[Kind]) -> "State":
        """Return the state after seating experts of these kinds."""
        state = self
        for kind in kinds:
            state = state.seat(kind)
        return state

    def broken(self) -> list[Limit]:
        """Return the exceeded limits."""
        return sorted({tag[0] for tag, n in self.used.items() if n > self.limits[tag[0]]})


def empty(rules: Rules) -> State:
    """Return the state of an empty panel."""
    wanted = {"experience": rules["experience"], **rules["fields"]}
    limits: dict[Limit, int] = {"employer": rules["per_employer"], "region": rules["per_region"]}
    return State(
        needs={need: n for need, n in wanted.items() if n > 0},
        left=rules["seats"],
        limits={limit: n for limit, n in limits.items() if n > 0},
        used=Counter(),
    )


def kind_of(candidate: Candidate, start: State) -> Kind:
    """Return an expert's kind; an unknown employer or region counts towards no limit."""
    gives = {*candidate["fields"], *(["experience"] if candidate["experience"] else [])}
    stated: dict[Limit, str] = {"employer": candidate["employer"], "region": candidate["region"]}
    places = {limit: folded(stated[limit]) for limit in start.limits}
    return Kind(
        frozenset(gives & start.needs.keys()), tuple((limit, name) for limit, name in places.items() if name)
    )


def met(start: State, kinds: Iterable[Kind]) -> bool:
    """Return whether a complete panel meets all conditions."""
    state = start.seat_all(kinds)
    return not state.left and not state.needs and not state.broken()
