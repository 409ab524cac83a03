"""Flip sets and paths against exhaustive search on small tables, and their tie-breaking."""

from fractions import Fraction
from itertools import combinations, product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import oracle, tables
from tests.oracle import Case, Row

from zhiping.domain import consensus, grading, path
from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.exact import number_text
from zhiping.domain.policy import Policy
from zhiping.domain.result import evaluate

SHAPES = [(2, 0), (2, 1, 0), (1, 0), (2, (0, 1)), (4, (0, 3)), (3, (1, 2), 0)]


@st.composite
def small_tables(draw, most=5):
    """Draw a few criteria, the last possibly a bonus, and bands with arbitrary bounds."""
    count = draw(st.integers(1, most))
    bonus = draw(st.booleans()) and count > 1
    rows = [Row(f"1.{n + 1}", draw(st.sampled_from(SHAPES))) for n in range(count - bonus)]
    rows += [Row("B.1", draw(st.sampled_from([(2,), (5, 3, 2)])), bonus=True)] * bonus
    top = sum(oracle.maximum(row) for row in rows)
    lower = sorted(draw(st.sets(st.integers(1, top), min_size=1, max_size=2)), reverse=True)
    return tuple(rows), (*((f"grade {b}", b) for b in lower), ("none", 0))


@st.composite
def small_cases(draw):
    rows, bands = draw(small_tables())
    step = draw(st.sampled_from([Fraction(1), Fraction(1, 2)]))
    legal = [oracle.legal(row, step) for row in rows]
    opinion = [st.sampled_from(marks) for marks in legal]
    marks = [[draw(o) for o in opinion] for _ in range(3)]
    method = draw(st.sampled_from(["consensus", "mean"]))
    agreed = {
        r: draw(opinion[r]) for r, column in enumerate(zip(*marks, strict=True)) if len(set(column)) > 1
    }
    bonus_counts = draw(st.booleans())
    return Case(
        rows, bands, marks, frozenset(), method, bonus_counts, step, agreed if method == "consensus" else {}
    )


def _result(case):
    return evaluate(
        tables.rubric(case.rows, case.bands), tables.about(case), tables.sheets(case), tables.agreed(case)
    )


def search_flip(case, result, *, up):
    """Search all sets of disputed criteria, small ones first, with all choices of members' marks."""
    bounds = sorted({Fraction(lower) for _, lower in case.bands})
    score = Fraction(result["score"]["graded"])
    own = max(b for b in bounds if b <= score)
    above = [b for b in bounds if b > score]
    if (up and not above) or (not up and own == 0):
        return None
    official = [Fraction(c["agreed"]) for c in result["criteria"]]
    columns = list(zip(*case.marks, strict=True))
    counted = [r for r, row in enumerate(case.rows) if case.bonus_counts or not row.bonus]
    disputed = [r for r in counted if len(set(columns[r])) > 1]
    for size in range(1, len(disputed) + 1):
        for chosen in combinations(disputed, size):
            reached = {
                score + sum(to) - sum(official[r] for r in chosen): to
                for to in product(*(columns[r] for r in chosen))
            }
            best = max(reached) if up else min(reached)
            if (up and best >= above[0]) or (not up and best < own):
                return [
                    (case.rows[r].id, official[r], to) for r, to in zip(chosen, reached[best], strict=True)
                ]
    return None


def _changes(changes):
    return changes and [(c["id"], Fraction(c["points"]), Fraction(c["to"])) for c in changes]


@settings(max_examples=400)
@given(small_cases())
def test_flip_equals_exhaustive_search(case):
    result = _result(case)
    assert _changes(result["flip"]["up"]) == search_flip(case, result, up=True)
    assert _changes(result["flip"]["down"]) == search_flip(case, result, up=False)


def _two_of(*marks, bands, agreed=None):
    rows = tuple(Row(f"1.{n + 1}", (4, (0, 3))) for n in range(len(marks[0])))
    marks = [[Fraction(m) for m in member] for member in marks]
    return _result(Case(rows, bands, marks, method="consensus", agreed=agreed or {}))["flip"]


BOUND_6 = (("good", 6), ("bad", 0))


def test_flip_prefers_the_first_of_the_smallest_sets():
    marks = ([1, 1, 1], [4, 4, 4], [1, 1, 1])
    found = _two_of(*marks, bands=BOUND_6, agreed={r: Fraction(1) for r in range(3)})
    assert found == {"up": [{"id": "1.1", "points": "1", "to": "4"}], "down": None}


def test_flip_uses_the_extreme_marks_of_the_members():
    marks = ([1, 1, 1], [2, 1, 1], [4, 1, 1])
    found = _two_of(*marks, bands=(("good", 4), ("bad", 0)), agreed={0: Fraction(1)})
    assert found["up"] == [{"id": "1.1", "points": "1", "to": "4"}]


def test_flip_reaches_the_bound_upwards_and_falls_below_it_downwards():
    marks = ([2, 2, 2], [4, 2, 2], [2, 2, 2])
    assert _two_of(*marks, bands=(("good", 8), ("bad", 0)), agreed={0: Fraction(2)})["up"] == [
        {"id": "1.1", "points": "2", "to": "4"}
    ]
    assert _two_of(*marks, bands=(("good", 6), ("bad", 0)), agreed={0: Fraction(4)})["down"] is None
    assert _two_of(*marks, bands=(("good", 7), ("bad", 0)), agreed={0: Fraction(4)})["down"] == [
        {"id": "1.1", "points": "4", "to": "2"}
    ]


def test_flip_is_null_if_members_marks_cannot_reach_the_bound():
    marks = ([1, 1, 1], [2, 1, 1], [1, 1, 1])
    assert _two_of(*marks, bands=BOUND_6, agreed={0: Fraction(1)}) == {"up": None, "down": None}


@st.composite
def small_journeys(draw):
    """Draw a small table, official points, a bound, and efforts and caps for some of the criteria."""
    rows, bands = draw(small_tables(most=4))
    step = draw(st.sampled_from([Fraction(1), Fraction(1, 2)]))
    members = draw(st.sampled_from([1, 3]))
    points, efforts = {}, {}
    for row in rows:
        legal = oracle.legal(row, step)
        points[row.id] = sum(draw(st.sampled_from(legal)) for _ in range(members)) / Fraction(members)
        above = [m for m in legal if m > points[row.id]]
        if draw(st.booleans()):
            some = [m for m in above if draw(st.booleans())]
            costs = sorted(draw(st.integers(0, 3)) for _ in some)
            efforts[row.id] = {m: Fraction(cost, 2) for m, cost in zip(some, costs, strict=True)}
    caps = {row.id: draw(st.sampled_from(oracle.legal(row, step))) for row in rows if draw(st.booleans())}
    policy = Policy(step=step, bonus_counts=draw(st.booleans()))
    return rows, bands, points, efforts, caps, policy, draw(st.integers(0, len(bands) - 1))


def search_path(rows, points, efforts, caps, policy, bound):
    """Search all combinations: least effort, then fewer criteria, less overshoot, first in table order."""
    ways = []
    counted = [row for row in rows if policy.bonus_counts or not row.bonus]
    for row in counted:
        above = [m for m in oracle.legal(row, policy.step) if m > points[row.id] and not row.bonus]
        within = [m for m in above if row.id not in caps or m <= caps[row.id]]
        options = efforts.get(row.id, dict.fromkeys(within, Fraction(1)))
        ways.append([None, *options.items()])
    start = sum(points[row.id] for row in counted)
    found = []
    for taken in product(*ways):
        steps = [(row.id, *way) for row, way in zip(counted, taken, strict=True) if way]
        score = start + sum(to - points[name] for name, to, _ in steps)
        order = [(way is None, way and way[0]) for way in taken]
        if score >= bound:
            found.append(((sum(e for *_, e in steps), len(steps), score - bound, order), steps, score))
    if not found:
        top = sum(
            max([points[r.id], *(w[0] for w in way if w)]) for r, way in zip(counted, ways, strict=True)
        )
        return None, bound - top
    (effort, *_), steps, score = min(found, key=lambda way: way[0])
    return steps, (effort, score)


@settings(max_examples=400)
@given(small_journeys())
def test_path_equals_exhaustive_search(journey):
    rows, bands, points, efforts, caps, policy, position = journey
    table = tables.rubric(rows, bands)
    target = table.bands[position]
    found = path.cheapest(table, points, target, policy, efforts, caps=caps)
    steps, rest = search_path(rows, points, efforts, caps, policy, target.lower)
    assert (found["to"], found["bound"]) == (target.grade, number_text(target.lower))
    if steps is None:
        assert found["steps"] is found["effort"] is found["reaches"] is None
        assert Fraction(found["short"]) == rest
        return
    assert [(s["id"], Fraction(s["to"]), Fraction(s["effort"])) for s in found["steps"]] == steps
    assert [Fraction(s["gain"]) for s in found["steps"]] == [to - points[name] for name, to, _ in steps]
    assert (Fraction(found["effort"]), Fraction(found["reaches"]), found["short"]) == (*rest, None)


def _fewest(rows, points, step, need):
    """Return fewest criteria and least overshoot, by bit sets of the gains reachable with n criteria."""
    unit = 210
    reachable = [1]
    for row in rows:
        gains = [int((m - points[row.id]) * unit) for m in oracle.legal(row, step) if m > points[row.id]]
        more = [*reachable, 0]
        for count, sums in enumerate(reachable):
            for gain in gains:
                more[count + 1] |= sums << gain
        reachable = more
    for count, sums in enumerate(reachable):
        enough = sums >> int(need * unit)
        if enough:
            return count, Fraction((enough & -enough).bit_length() - 1, unit)
    raise AssertionError(need)


@pytest.mark.parametrize("seed", range(24))
def test_path_on_the_whole_table_touches_fewest_criteria_and_overshoots_least(seed):
    chance = Random(seed)
    rows = [row for row in oracle.table_a1() if not row.bonus]
    step = chance.choice([Fraction(1), Fraction(1, 2)])
    members = chance.choice([1, 1, 3])
    points = {
        row.id: sum(chance.choice(oracle.legal(row, step)[-2:]) for _ in range(members)) / Fraction(members)
        for row in rows
    }
    table = tables.table_a1()
    found = path.cheapest(table, points, table.bands[0], Policy(step=step))
    count, overshoot = _fewest(rows, points, step, max(0, 90 - sum(points.values())))
    assert Fraction(found["effort"]) == len(found["steps"]) == count
    if count:
        assert Fraction(found["reaches"]) == 90 + overshoot


ROWS = (Row("1.1", (2, 0)), Row("1.2", (2, (0, 1))), Row("B.1", (5, 3, 2), bonus=True))
LOW = {"1.1": Fraction(0), "1.2": Fraction(0), "B.1": Fraction(0)}


def _path(lower, efforts=None, **policy):
    table = tables.rubric(ROWS, (("good", lower), ("bad", 0)))
    return path.cheapest(table, LOW, table.bands[0], Policy(**policy), efforts)


def test_path_uses_the_bonus_only_with_an_effort():
    assert _path(5)["short"] == "1"
    assert [s["id"] for s in _path(5, {"B.1": {Fraction(5): Fraction(7)}})["steps"]] == ["B.1"]
    assert _path(5, {"B.1": {Fraction(5): Fraction(7)}}, bonus_counts=False)["short"] == "1"


def test_path_marks_cliffs():
    steps = _path(4)["steps"]
    assert [(s["id"], s["cliff"]) for s in steps] == [("1.1", True), ("1.2", False)]


def test_path_of_a_reached_grade_is_empty():
    assert (_path(0)["steps"], _path(0)["effort"], _path(0)["reaches"]) == ([], "0", "0")


@pytest.mark.parametrize(
    ("efforts", "problems"),
    [
        ({"9.9": {}}, [Problem("effort.unknown", {"id": "9.9"})]),
        ({"1.1": {Fraction(2): Fraction(-1)}}, [Problem("effort.negative", {"id": "1.1", "found": "-1"})]),
        (
            {"1.2": {Fraction(1): Fraction(3), Fraction(2): Fraction(1)}},
            [Problem("effort.decreasing", {"id": "1.2"})],
        ),
        (
            {"1.1": {Fraction(1): Fraction(1)}},
            [Problem("effort.mark", {"id": "1.1", "found": "1", "allowed": [{"mark": "2"}]})],
        ),
    ],
)
def test_path_refuses_impossible_efforts(efforts, problems):
    with pytest.raises(Invalid) as caught:
        _path(4, efforts)
    assert list(caught.value.problems) == problems


def test_flip_ignores_undisputed_criteria():
    table = tables.rubric(ROWS, BOUND_6)
    case = Case(ROWS, BOUND_6, [[Fraction(2), Fraction(2), Fraction(0)]] * 3)
    items = consensus.items(table, tables.sheets(case))
    points = {"1.1": Fraction(2), "1.2": Fraction(2), "B.1": Fraction(0)}
    assert grading.flip(items, points, table.bands, Fraction(4)) == {"up": None, "down": None}
