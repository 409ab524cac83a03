"""The first panel in an order that meets every condition: exact, and certain to end."""

from collections import Counter
from collections.abc import Mapping, Sequence
from heapq import nlargest

from zhiping.domain.draw_conditions import Kind, Limit, State, Tag
from zhiping.domain.errors import Invalid, Problem

STEPS = 5_000_000  # kinds looked at before a search gives up, after some seconds


class Steps:
    """What a search may still spend."""

    def __init__(self) -> None:
        self.left = STEPS

    def spend(self, n: int) -> None:
        """Spend some; Invalid `draw.too_hard` when nothing is left."""
        self.left -= n
        if self.left < 0:
            raise Invalid([Problem("draw.too_hard")])


def passed_over(order: Sequence[str], kinds: Mapping[str, Kind], state: State) -> dict[str, str]:
    """Go through the order and seat everybody with whom those still to come can complete the panel.

    That makes the first panel in the order: whoever is passed over is in none that keeps the ones seated
    before. Returns who is passed over, and why: employer, region, conditions, or complete.
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
    """Whether some of these experts (how many there are of each kind) can fill the seats that are left."""
    steps = steps or Steps()
    return _loosely(kinds, state, steps) and _possible(kinds, state, steps)


def _completes(kind: Kind, after: Mapping[Kind, int], state: State, steps: Steps, failed: set[Kind]) -> bool:
    """Whether the panel can be completed with one of this kind.

    `failed`: kinds that could not before. They cannot later: whoever was seated since stood behind them too.
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
    """Whether it were possible without limits: there are few kinds then, and a no is quickly found."""
    loose: Counter[Kind] = Counter()
    for kind, n in kinds.items():
        loose[Kind(kind.gives)] += n
    return _possible(loose, state._replace(limits={}), steps)


def _possible(kinds: Mapping[Kind, int], state: State, steps: Steps) -> bool:
    """Whether some of these experts (how many there are of each kind) can fill the seats that are left.

    Exact: whoever is still needed most must be found among those who give it, so each of their kinds is tried
    in turn and, having failed, left out. Raises Invalid `draw.too_hard` where that takes too long.
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
    """Whether counting alone does not already forbid it."""
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
    """Return how many of these every limit by itself would let in; counts no further than `enough`."""
    return min([sum(kinds.values()), *(let_in(kinds, state, limit, enough) for limit in state.limits)])


def let_in(kinds: Mapping[Kind, int], state: State, limit: Limit, enough: int) -> int:
    """Return how many of these one limit by itself would let in; counts no further than `enough`."""
    found, seated = 0, Counter[Tag]()
    for kind, n in kinds.items():
        if found >= enough:
            break
        tag = next((tag for tag in kind.tags if tag[0] == limit), None)
        more = min(n, state.room(tag) - seated[tag]) if tag else n
        found += more
        if tag:
            seated[tag] += more
    return found
