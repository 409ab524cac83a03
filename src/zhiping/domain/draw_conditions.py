"""What a drawn panel must meet, and how far a panel half made is from it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple, TypedDict

from zhiping.domain.transparency.canonical import Day

FIELDS = ("metrology", "standards", "certification", "testing", "quality", "information", "service", "law")


class Rules(TypedDict):
    """What is fixed before a draw, as it is hashed.

    `seats`: members, odd and at least 3, the `fixed` ones among them; `experience` and `fields`: how many at
    least; `per_employer`, `per_region`: how many at most, 0 for no limit. `operators` and `dates`: what the
    reasons in the pool were judged against; `excluded`: who is left out, each id with the reason.
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


class Candidate(TypedDict):
    """One entry of the pool; `reasons` says why somebody may not be drawn, empty for who may."""

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
    """What of an expert the conditions look at; two of a kind can stand for each other."""

    gives: frozenset[str]
    tags: tuple[Tag, ...] = ()


class State(NamedTuple):
    """A panel half made: what it still needs, the seats left, and who sits there by employer and region."""

    needs: Mapping[str, int]
    left: int
    limits: Mapping[Limit, int]
    used: Counter[Tag]

    def seat(self, kind: Kind) -> "State":
        """Return the state after seating one of a kind."""
        needs = {need: n - (need in kind.gives) for need, n in self.needs.items()}
        open_needs = {need: n for need, n in needs.items() if n > 0}
        return self._replace(needs=open_needs, left=self.left - 1, used=self.used + Counter(kind.tags))

    def full(self, kind: Kind) -> Limit | None:
        """Return the limit that lets in none of this kind any more."""
        return next((tag[0] for tag in kind.tags if self.used[tag] >= self.limits[tag[0]]), None)

    def room(self, tag: Tag) -> int:
        """Return how many more a limit lets in from one employer or region."""
        return self.limits[tag[0]] - self.used[tag]

    def seat_all(self, kinds: Iterable[Kind]) -> "State":
        """Return the state after seating several."""
        state = self
        for kind in kinds:
            state = state.seat(kind)
        return state

    def broken(self) -> list[Limit]:
        """Return the limits that are overstepped."""
        return sorted({tag[0] for tag, n in self.used.items() if n > self.limits[tag[0]]})


def empty(rules: Rules) -> State:
    """Return the state before anybody is seated."""
    wanted = {"experience": rules["experience"], **rules["fields"]}
    limits: dict[Limit, int] = {"employer": rules["per_employer"], "region": rules["per_region"]}
    return State(
        needs={need: n for need, n in wanted.items() if n > 0},
        left=rules["seats"],
        limits={limit: n for limit, n in limits.items() if n > 0},
        used=Counter(),
    )


def kind_of(candidate: Candidate, start: State) -> Kind:
    """Return an expert's kind; an employer or region nobody stated is taken as nobody else's."""
    gives = {*candidate["fields"], *(["experience"] if candidate["experience"] else [])}
    stated: dict[Limit, str] = {"employer": candidate["employer"], "region": candidate["region"]}
    places = {limit: "".join(stated[limit].split()) for limit in start.limits}
    return Kind(
        frozenset(gives & start.needs.keys()), tuple((limit, name) for limit, name in places.items() if name)
    )


def met(start: State, kinds: Iterable[Kind]) -> bool:
    """Whether a whole panel meets every condition."""
    state = start.seat_all(kinds)
    return not state.left and not state.needs and not state.broken()
