"""Results of ten thousand random panels, digit by digit against an independent exact oracle."""

import random
from dataclasses import replace
from fractions import Fraction
from functools import cache

import pytest
from tests import oracle, tables
from tests.oracle import GRAINS, Case

from zhiping.domain.result import evaluate

ROWS = oracle.table_a1()
HALF, ONE = Fraction(1, 2), Fraction(1)
CHANNELS = ("both", "offline", "online")
LEGAL = {step: [oracle.legal(row, step) for row in ROWS] for step in (HALF, ONE)}
WHOLE_BEST = [Fraction(oracle.maximum(row)) for row in ROWS]


def number(value):
    """Write a fraction as in results: a decimal if it is finite, else a/b."""
    return None if value is None else _number(Fraction(value))


@cache
def _number(value):
    top, bottom = value.numerator, value.denominator
    for places in range(bottom.bit_length() + 1):
        if 10**places % bottom == 0:
            digits = str(abs(top) * 10**places // bottom).zfill(places + 1)
            point = len(digits) - places
            return "-" * (top < 0) + digits[:point] + "." * (places > 0) + digits[point:]
    return f"{top}/{bottom}"


@cache
def points(grains):
    return None if grains is None else number(Fraction(grains, GRAINS))


@cache
def cut(grains):
    return None if grains is None else oracle.cut(grains)


def panel_marks(chance, step, members):
    """Return marks of one of four kinds of panel: random, around an opinion near a bound, or nearly full."""
    legal = LEGAL[step]
    style = chance.choice(("random", "close", "close", "bound", "bound", "full"))
    if style == "random":
        return [[chance.choice(marks) for marks in legal] for _ in range(members)]
    opinion = list(WHOLE_BEST)
    if chance.random() < 0.7:
        opinion[49:] = [chance.choice(marks) for marks in legal[49:]]
    aim = {"close": chance.randint(40, 105), "bound": chance.choice((80, 90)), "full": 107}[style]
    total = sum(opinion)
    for r in chance.sample(range(51), 51):
        if total <= aim:
            break
        total -= opinion[r]
        opinion[r] = chance.choice(legal[r])
        total += opinion[r]
    share = chance.choice((0, 0.02, 0.1, 0.3))
    return [
        [
            chance.choice(marks) if chance.random() < share else o
            for marks, o in zip(legal, opinion, strict=True)
        ]
        for _ in range(members)
    ]


def random_case(chance):
    step = chance.choice((ONE, HALF))
    method = chance.choice(("consensus", "consensus", "consensus", "mean", "panel"))
    members = 1 if method == "panel" else chance.choice((3, 5, 7))
    marks = panel_marks(chance, step, members)
    no_level = frozenset(
        (chance.randrange(members), chance.randrange(49)) for _ in range(chance.choice((0, 0, 1, 3)))
    )
    agreed = _agree(chance, marks, no_level, step) if method == "consensus" else {}
    return Case(ROWS, oracle.BANDS, marks, no_level, method, chance.random() < 0.7, step, agreed)


def _agree(chance, marks, no_level, step):
    """Return agreed marks if members differ or no level fits; occasionally leave some open."""
    columns = list(zip(*marks, strict=True))
    waiting = {r for r, column in enumerate(columns) if len(set(column)) > 1} | {r for _, r in no_level}
    settled = sorted(waiting) if chance.random() < 0.85 else chance.sample(sorted(waiting), len(waiting) // 2)
    ways = (lambda r: sorted(columns[r])[len(columns[r]) // 2], lambda r: chance.choice(columns[r]),
            lambda r: chance.choice(LEGAL[step][r]), lambda r: max(columns[r]))  # fmt: skip
    return {r: chance.choice(ways)(r) for r in settled}


def expected(case, channel):
    """Return the oracle's answer in the format of a result."""
    found = oracle.judge(case)
    single = case.method == "panel"
    names = [row.id for row in case.rows]
    whole = {key: found[key] for key in ("base", "bonus", "total", "graded")}
    shown, indicators, dimensions = _table(names, found["official"])
    return {
        "status": "open" if found["open"] else "concluded",
        "open": [{"id": names[r], "why": why} for r, why in found["open"]],
        "score": {key: points(value) for key, value in whole.items()},
        "shown": {key: cut(value) for key, value in whole.items()} | _rest_of(whole),
        "grade": found["grade"],
        "margin": found["margin"] and _margin(*found["margin"]),
        "flip": None if found["open"] else {way: _changes(names, found[way]) for way in ("up", "down")},
        "disputed": [] if single else [names[r] for r in found["disputed"]],
        "proposals": {names[r]: points(value) for r, value in found["proposals"].items()},
        "agreed": [points(value) for value in found["official"]],
        "printed": list(shown.values()),
        "levels": [_level(row, value) for row, value in zip(case.rows, found["official"], strict=True)],
        "indicators": indicators,
        "dimensions": dimensions,
        "findings": _lost(case.rows, found["official"]),
        "readings": _readings(case, found),
        "ceiling": _ceilings(case, channel),
        "agreement": _agreement(found["agreement"]),
        "sheets": [(points(base), points(bonus), points(base + bonus)) for base, bonus in found["sheets"]],
    }


def _margin(to_next, next_grade, above_own):
    return {"to_next": points(to_next), "next_grade": next_grade, "above_own": points(above_own)}


def _changes(names, changes):
    if changes is None:
        return None
    return [{"id": names[r], "points": points(now), "to": points(to)} for r, now, to in changes]


def _level(row, grains):
    return None if grains is None else oracle.level_of(row, Fraction(grains, GRAINS))


@cache
def _dimension(name):
    number_ = name.rpartition(".")[0]
    return "D" + next((group for group, numbers in oracle.GROUPS if number_ in map(str, numbers)), number_)


def _rest_of(whole):
    """Return the printed bonus: what the printed base score leaves of the printed total."""
    if whole["base"] is None:
        return {}
    return {"bonus": decimals(hundredths(whole["total"]) - hundredths(whole["base"]))}


def hundredths(grains):
    return None if grains is None else int(oracle.cut(grains).replace(".", ""))


def decimals(value):
    return None if value is None else f"{value // 100}.{value % 100:02d}"


def _table(names, official):
    """Return printed points of criteria, and (id, exact, printed) of indicators and of dimensions."""
    leaves = dict(zip(names, official, strict=True))
    indicators = _sums(leaves, lambda name: name.rpartition(".")[0])
    dimensions = _sums(leaves, _dimension)
    base, bonus = (_sums(leaves, lambda name: name[0] == "B").get(sort) for sort in (False, True))
    both = None if base is None or bonus is None else hundredths(base + bonus)
    whole = {"": hundredths(base), "B": hundredths(bonus) if both is None else both - hundredths(base)}
    printed = _handed(whole, dimensions, lambda name: "B" if name == "DB" else "")
    printed |= _handed(printed, indicators, lambda name: _dimension(f"{name}.1"))
    printed |= _handed(printed, leaves, lambda name: name.rpartition(".")[0])
    sums = [
        [(name, points(value), decimals(printed[name])) for name, value in part.items()]
        for part in (indicators, dimensions)
    ]
    return {name: decimals(printed[name]) for name in leaves}, *sums


def _sums(leaves, group):
    parts = {}
    for name, value in leaves.items():
        parts.setdefault(group(name), []).append(value)
    return {name: None if None in values else sum(values) for name, values in parts.items()}


def _handed(wholes, parts, home):
    """Return the printed hundredths of each part of each whole; a part of an unknown whole is cut."""
    printed = {}
    for whole in dict.fromkeys(map(home, parts)):
        mine = {name: value for name, value in parts.items() if home(name) == whole}
        if wholes[whole] is None:
            printed |= {name: hundredths(value) for name, value in mine.items()}
        else:
            printed |= zip(mine, oracle.handed_out(wholes[whole], list(mine.values())), strict=True)
    return printed


def _lost(rows, official):
    lost = {
        row.id: points(oracle.maximum(row) * GRAINS - value)
        for row, value in zip(rows, official, strict=True)
        if value is not None and not row.bonus
    }
    return [(name, value) for name, value in lost.items() if value != "0"]


def _readings(case, found):
    official = ("mean" if case.method == "mean" else "consensus", case.bonus_counts)
    rows = []
    for method in ("consensus", "mean", "item_medians", "median_of_totals"):
        for bonus in (True, False):
            score = found["readings"][method, bonus]
            grade = None if score is None else oracle.grade(case.bands, score)
            rows.append((method, bonus, points(score), cut(score), grade, (method, bonus) == official))
    return rows


def _ceilings(case, channel):
    if channel == "both":
        return []
    rows = []
    for reading in ("lenient", "strict"):
        base, total = (oracle.ceiling(case.rows, channel, reading, with_bonus=b) for b in (False, True))
        graded = total if case.bonus_counts else base
        rows.append((reading, number(base), number(total), oracle.grade(case.bands, graded * GRAINS)))
    return rows


def _agreement(found):
    if found is None:
        return {"alpha": None, "unanimous": None, "mean_range": None, "severity": []}
    numbers = {key: number(found[key]) for key in ("alpha", "unanimous", "mean_range")}
    severity = [
        {"expert_id": f"e{j}", "share": number(share), "points": number(total)}
        for j, (share, total) in enumerate(found["severity"])
    ]
    return {**numbers, "severity": severity}


def seen(result):
    """Return the parts of a result that the oracle computes too."""
    names = ("status", "open", "score", "shown", "grade", "margin", "flip", "agreement")
    criteria = result["criteria"]
    return {name: result[name] for name in names} | {
        "disputed": [c["id"] for c in criteria if c["disputed"]],
        "proposals": {c["id"]: c["proposal"] for c in criteria if c["proposal"] is not None},
        "agreed": [c["agreed"] for c in criteria],
        "printed": [c["shown"] for c in criteria],
        "levels": [c["level"] for c in criteria],
        "indicators": [(i["id"], i["score"], i["shown"]) for i in result["indicators"]],
        "dimensions": [(d["id"], d["score"], d["shown"]) for d in result["dimensions"]],
        "findings": [(f["id"], f["lost"]) for f in result["findings"]],
        "readings": [
            (r["method"], r["bonus"], r["score"], r["shown"], r["grade"], r["official"])
            for r in result["readings"]
        ],
        "ceiling": [(c["reading"], c["base"], c["total"], c["grade"]) for c in result["ceiling"]],
        "sheets": [(s["base"], s["bonus"], s["total"]) for s in result["sheets"]],
    }


def compare(case, channel="both"):
    result = evaluate(
        tables.table_a1(), tables.about(case, channel), tables.sheets(case), tables.agreed(case)
    )
    assert seen(result) == expected(case, channel)
    return result


def compare_many(seed, count):
    """Compare `count` panels of a seed; a difference names the panel's own seed."""
    grades = set()
    for n in range(count):
        chance = random.Random(f"{seed}/{n}")
        try:
            grades.add(compare(random_case(chance), chance.choice(CHANNELS))["grade"])
        except AssertionError as error:
            error.add_note(f"panel {seed}/{n}")
            raise
    assert grades == {"excellent", "qualified", "unqualified", None}


@pytest.mark.parametrize("seed", range(20))
def test_result_equals_the_oracle_on_random_panels(seed):
    compare_many(seed, 500)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1000, 1040))
def test_result_equals_the_oracle_on_a_hundred_thousand_panels(seed):
    compare_many(seed, 2500)


def edge(*members, **rest):
    return Case(ROWS, oracle.BANDS, [list(member) for member in members], **rest)


def sheet_of(total, bonus=(0, 0)):
    """Return a sheet of whole points with the base score `total`, reducing one-point criteria first."""
    marks, over = list(WHOLE_BEST[:49]), 100 - total
    for r in sorted(range(49), key=lambda r: oracle.maximum(ROWS[r])):
        marks[r] = min(m for m in LEGAL[ONE][r] if WHOLE_BEST[r] - m <= over)
        over -= WHOLE_BEST[r] - marks[r]
    assert over == 0, total
    return [*marks, *map(Fraction, bonus)]


def graded(result):
    return result["score"]["graded"], result["shown"]["graded"], result["grade"]


@pytest.mark.parametrize(
    ("total", "outcome"),
    [
        (100, ("100", "100.00", "excellent")),
        (90, ("90", "90.00", "excellent")),
        (89, ("89", "89.00", "qualified")),
        (80, ("80", "80.00", "qualified")),
        (79, ("79", "79.00", "unqualified")),
        (0, ("0", "0.00", "unqualified")),
    ],
)
def test_whole_scores_reach_their_bound_exactly(total, outcome):
    assert graded(compare(edge(*[sheet_of(total)] * 3))) == outcome


@pytest.mark.parametrize(
    ("totals", "outcome"),
    [
        ((89, 89, 90), ("268/3", "89.33", "qualified")),
        ((90, 90, 89), ("269/3", "89.66", "qualified")),
        ((90, 90, 90, 90, 90, 90, 89), ("629/7", "89.85", "qualified")),
        ((90, 89, 91), ("90", "90.00", "excellent")),
        ((80, 80, 79), ("239/3", "79.66", "unqualified")),
        ((80, 80, 80, 80, 79), ("79.8", "79.80", "unqualified")),
    ],
)
def test_mean_is_graded_exactly_and_shown_cut(totals, outcome):
    assert graded(compare(edge(*map(sheet_of, totals), method="mean"))) == outcome


def test_bonus_lifts_the_grade_only_where_it_counts():
    members = [sheet_of(88, bonus=(2, 0))] * 3
    assert graded(compare(edge(*members))) == ("90", "90.00", "excellent")
    assert graded(compare(edge(*members, bonus_counts=False))) == ("88", "88.00", "qualified")


def test_full_marks_with_every_bonus_are_107():
    assert compare(edge(*[sheet_of(100, bonus=(2, 5))] * 5))["score"] == {
        "base": "100", "bonus": "7", "total": "107", "graded": "107"
    }  # fmt: skip


def test_sheet_without_bonus_rows_is_one_with_zeros():
    case = edge(*[sheet_of(85)] * 3)
    bare = [replace(s, marks={k: m for k, m in s.marks.items() if k[0] != "B"}) for s in tables.sheets(case)]
    found = evaluate(tables.table_a1(), tables.about(case), bare, {})
    assert seen(found) == expected(case, "both")


def test_three_experts_of_89_are_not_excellent_by_item_medians_alone():
    """Each member loses other points, so all item medians are full; a reading, but never the result."""
    losses = (
        {"8.2", "11.2", "18.2"},
        {"10.1", "10.2", "10.3", "1.1", "2.1", "12.1"},
        {"13.2", "14.1", "15.1", "16.2"},
    )
    members = [
        [Fraction(0) if row.bonus or row.id in lost else Fraction(oracle.maximum(row)) for row in ROWS]
        for lost in losses
    ]
    assert [sum(member) for member in members] == [89, 89, 89]
    readings = {
        r["method"]: r["grade"] for r in compare(edge(*members, method="mean"))["readings"] if r["bonus"]
    }
    assert readings == {
        "consensus": None, "mean": "qualified", "item_medians": "excellent", "median_of_totals": "qualified"
    }  # fmt: skip
