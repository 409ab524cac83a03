"""Exact search for the first panel, in a given order, that meets all conditions."""

from collections import Counter
from collections.abc import Mapping, Sequence
from heapq import nlargest

from zhiping.domain.draw_conditions import Kind, Limit, State, Tag
from zhiping.domain.errors import Invalid, Problem

STEPS = 5_000_000  # kinds visited (some seconds) until an exponential search is abandoned


class Steps:
    """The remaining budget of a search."""

    def __init__(self) -> None:
        self.left = STEPS

    def spend(self, n: int) -> None:
        """Spend `n` steps; raises Invalid `draw.too_hard` when the budget is used up."""
        self.left -= n
        if self.left < 0:
            raise Invalid([Problem("draw.too_hard")])


def passed_over(order: Sequence[str], kinds: Mapping[str, Kind], state: State) -> dict[str, str]:
    """Seat the experts in order and return the ids passed over, each with the reason.

    An expert is seated if the experts after it can still complete the panel, which yields the
    lexicographically first panel. Reasons: employer, region, conditions, complete.
    """
    passed: dict[str, str] = {}
    after = Counter(kinds[one] for one in order)
    steps, failed = Steps(), set[Kind]()
    for one in order:
        kind = kinds[one]
        after[kind] -= 1
        if not state.left:
            passed[one] = "complete"
        elif limit := state.full(kind):
            passed[one] = limit
        elif _completes(kind, after, state, steps, failed):
            state = state.seat(kind)
        else:
            passed[one] = "conditions"
    return passed


def possible(kinds: Mapping[Kind, int], state: State, steps: Steps | None = None) -> bool:
    """Return whether the seats left can be filled from `kinds` (number of experts of each kind)."""
    steps = steps or Steps()
    return _loosely(kinds, state, steps) and _possible(kinds, state, steps)


def _completes(kind: Kind, after: Mapping[Kind, int], state: State, steps: Steps, failed: set[Kind]) -> bool:
    """Return whether the panel can be completed with an expert of this kind.

    `failed` caches the kinds with which it cannot. They stay failed: a completion found later, together
    with the experts seated since, would have been a completion before.
    """
    loose = Kind(kind.gives)
    if kind in failed or loose in failed:
        return False
    state = state.seat(kind)
    if not _loosely(after, state, steps):
        failed.add(loose)
    elif not _possible(after, state, steps):
        failed.add(kind)
    return kind not in failed and loose not in failed


def _loosely(kinds: Mapping[Kind, int], state: State, steps: Steps) -> bool:
    """Whether the seats could be filled without limits: a fast necessary check, as few kinds remain."""
    loose: Counter[Kind] = Counter()
    for kind, n in kinds.items():
        loose[Kind(kind.gives)] += n
    return _possible(loose, state._replace(limits={}), steps)


def _possible(kinds: Mapping[Kind, int], state: State, steps: Steps) -> bool:
    """Search exhaustively: branch on the kinds that meet the scarcest need, and drop each after it failed.

    Raises Invalid `draw.too_hard` if the budget is used up.
    """
    if not state.left:
        return not state.needs
    steps.spend(len(kinds))
    rest = {kind: n for kind, n in kinds.items() if n and not state.full(kind)}
    givers = {need: {kind: n for kind, n in rest.items() if need in kind.gives} for need in state.needs}
    if not _enough(rest, givers, state):
        return False
    scarce = min(givers.values(), key=lambda found: sum(found.values()), default=rest)
    for kind in sorted(scarce, key=lambda kind: -len(kind.gives & state.needs.keys())):
        if _possible({**rest, kind: rest[kind] - 1}, state.seat(kind), steps):
            return True
        del rest[kind]
    return False


def _enough(rest: Mapping[Kind, int], givers: Mapping[str, Mapping[Kind, int]], state: State) -> bool:
    """Return whether the counts allow a solution: a cheap test that prunes most branches."""
    asked = [(rest, state.left), *((givers[need], n) for need, n in state.needs.items())]
    if any(n > state.left or reach(kinds, state, n) < n for kinds, n in asked):
        return False
    wanted = sum(state.needs.values())
    if wanted <= state.left:
        return True
    given = (
        len(kind.gives & state.needs.keys()) for kind, n in rest.items() for _ in range(min(n, state.left))
    )
    return sum(nlargest(state.left, given)) >= wanted


def reach(kinds: Mapping[Kind, int], state: State, enough: int) -> int:
    """Return the least number of experts that any single limit admits; may stop counting at `enough`."""
    return min([sum(kinds.values()), *(let_in(kinds, state, limit, enough) for limit in state.limits)])


def let_in(kinds: Mapping[Kind, int], state: State, limit: Limit, enough: int) -> int:
    """Return how many experts one limit admits, the others ignored; may stop counting at `enough`."""
    admitted, seated = 0, Counter[Tag]()
    for kind, n in kinds.items():
        if admitted >= enough:
            break
        tag = next((tag for tag in kind.tags if tag[0] == limit), None)
        more = min(n, state.room(tag) - seated[tag]) if tag else n
        admitted += more
        if tag:
            seated[tag] += more
    return admitted
