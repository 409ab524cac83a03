"""An exact second opinion on the arithmetic of a result, written from the definitions alone.

It shares no code with the product: points are whole grains (1/210 point holds halves and the means of 3, 5
and 7 members), a table is plain tuples, sets are found by counting tables instead of sorting, α comes from
the coincidence matrix. It favours plainness over speed and refuses nothing: it is given legal marks.
"""

from collections import Counter
from fractions import Fraction
from functools import cache
from itertools import permutations
from math import lcm
from typing import NamedTuple

GRAINS = 210


class Row(NamedTuple):
    """A criterion: its levels as printed, each one mark or (low, high)."""

    id: str
    levels: tuple
    bonus: bool = False


class Case(NamedTuple):
    """A panel's marks, in points as Fractions: `marks[member][row]`; `no_level` holds (member, row)."""

    rows: tuple
    bands: tuple  # (grade, lower) best first
    marks: list
    no_level: frozenset = frozenset()
    method: str = "consensus"
    bonus_counts: bool = True
    step: Fraction = Fraction(1)
    agreed: dict = {}  # row → points  # noqa: RUF012 - never changed


TABLE_A1 = """
1.1 2|0   1.2 2|1|0 1.3 2|1|0 1.4 2|1|0  2.1 2|0
3.1 2|0-1 3.2 1|0   3.3 1|0   3.4 2|0-1  3.5 2|0
4.1 2|1|0 4.2 1|0   5.1 2|0-1 5.2 2|0-1  6.1 1|0 6.2 1|0 6.3 1|0  7.1 1|0 7.2 1|0
8.1 4|0-3 8.2 4|0   9.1 3|0-2 9.2 4|0-3  9.3 3|0-2
10.1 2|0  10.2 2|0  10.3 2|0  11.1 4|0-3 11.2 4|0
12.1 1|0  12.2 1|0  12.3 1|0  12.4 1|0   12.5 1|0 12.6 1|0 12.7 1|0 12.8 1|0
13.1 3|1-2|0 13.2 3|0-2 14.1 3|0-2 14.2 2|1|0 14.3 1|0 15.1 3|0-2
16.1 2|0-1 16.2 2|0 17.1 2|0-1 17.2 3|0-2 18.1 3|0-2 18.2 3|0
B.1 2     B.2 5|3|2
"""
BANDS = (("excellent", 90), ("qualified", 80), ("unqualified", 0))
GROUPS = (("1", range(1, 8)), ("2", range(8, 13)), ("3", range(13, 19)))  # dimension and its indicators
CEILINGS = {  # the most a platform of one channel can earn; strict adds to lenient
    ("offline", "lenient"): {"3.3": 0, "4.1": 0, "14.1": 2, "14.2": 0, "14.3": 0, "15.1": 2},
    ("offline", "strict"): {"3.5": 0, "4.2": 0, "6.3": 0},
    ("online", "lenient"): {"3.1": 1, "13.1": 0, "15.1": 2},
    ("online", "strict"): {"3.2": 0, "3.5": 0, "13.2": 0},
}


def table_a1():
    """The standard's table as rows."""
    words = TABLE_A1.split()
    return tuple(
        Row(name, tuple(_level(part) for part in text.split("|")), name.startswith("B"))
        for name, text in zip(words[::2], words[1::2], strict=True)
    )


def _level(text):
    low, _, high = text.partition("-")
    return (int(low), int(high)) if high else int(low)


def legal(row, step):
    """Return all possible marks, ascending, as Fractions."""
    found = {Fraction(0)} if row.bonus else set()
    for level in row.levels:
        low, high = level if isinstance(level, tuple) else (level, level)
        mark = Fraction(low)
        while mark <= high:
            found.add(mark)
            mark += step
    return sorted(found)


@cache
def maximum(row):
    """The best mark of a row."""
    return max(level[1] if isinstance(level, tuple) else level for level in row.levels)


def level_of(row, points):
    """Return the position of the printed level of a mark; None for an unearned bonus."""
    for position, level in enumerate(row.levels):
        low, high = level if isinstance(level, tuple) else (level, level)
        if low <= points <= high:
            return position
    return None


def _grains(points):
    assert GRAINS % points.denominator == 0, points
    return points.numerator * (GRAINS // points.denominator)


def cut(grains):
    """Two decimals, the rest dropped: digit after digit of a long division."""
    whole, rest = divmod(grains, GRAINS)
    digits = ""
    for _ in range(2):
        digit, rest = divmod(rest * 10, GRAINS)
        digits += str(digit)
    return f"{whole}.{digits}"


def handed_out(hundredths, parts):
    """Hand out hundredths one by one, each to the part that is furthest below its exact grains."""
    given = [part * 100 // GRAINS for part in parts]
    while sum(given) < hundredths:
        short = [part * 100 - has * GRAINS for part, has in zip(parts, given, strict=True)]
        given[short.index(max(short))] += 1
    return given


def grade(bands, grains):
    """The highest grade whose lower bound the exact score reaches."""
    reached = [(lower, name) for name, lower in bands if grains >= lower * GRAINS]
    return max(reached)[1]


def judge(case):
    """Everything that can be computed about a case, in grains, None where it does not exist."""
    marks = [[_grains(points) for points in member] for member in case.marks]
    columns = list(zip(*marks, strict=True))
    rows = range(len(case.rows))
    differ = {r for r in rows if any(mark != columns[r][0] for mark in columns[r])}
    disputed = differ | {r for _, r in case.no_level}
    official = _official(case, columns, disputed)
    waiting = [r for r in rows if official[r] is None]
    out = {
        "disputed": sorted(disputed),
        "open": [(r, "differ" if r in differ else "no_level") for r in waiting],
        "proposals": {r: _middle(columns[r]) for r in disputed},
        "official": official,
        "readings": _readings(case, marks, columns, disputed, official),
        "agreement": _agreement(case, marks),
        "sheets": [(_sum(case, m, bonus=False), _sum(case, m, bonus=True)) for m in marks],
    }
    if waiting:
        return out | dict.fromkeys(("base", "bonus", "total", "graded", "grade", "margin", "up", "down"))
    base, bonus = (_sum(case, official, bonus=b) for b in (False, True))
    graded = base + bonus if case.bonus_counts else base
    return out | {
        "base": base,
        "bonus": bonus,
        "total": base + bonus,
        "graded": graded,
        "grade": grade(case.bands, graded),
        "margin": _margin(case, graded),
        "up": _flip(case, columns, disputed, official, graded, direction=1),
        "down": _flip(case, columns, disputed, official, graded, direction=-1),
    }


def _sum(case, points, *, bonus):
    total = 0
    for row, mark in zip(case.rows, points, strict=True):
        if row.bonus == bonus:
            total += mark
    return total


def _middle(values):
    """The value that has as many below as above it; None for an even number of members."""
    if len(values) % 2 == 0:
        return None
    half = len(values) // 2
    for value in values:
        below, above = sum(v < value for v in values), sum(v > value for v in values)
        if below <= half and above <= half:
            return value
    raise AssertionError(values)


def _mean(values):
    whole, rest = divmod(sum(values), len(values))
    assert rest == 0, values
    return whole


def _official(case, columns, disputed):
    if case.method == "mean":
        return [_mean(column) for column in columns]
    if case.method == "panel":
        return [column[0] for column in columns]
    agreed = {r: _grains(points) for r, points in case.agreed.items()}
    return [agreed.get(r) if r in disputed else column[0] for r, column in enumerate(columns)]


def _readings(case, marks, columns, disputed, official):
    """Eight scores: (method, with bonus) → grains or None."""
    ways = {}
    if case.method == "mean":
        ways["consensus"] = None if disputed else [column[0] for column in columns]
    else:
        ways["consensus"] = None if None in official else official
    single = case.method == "panel"
    ways["mean"] = None if single else [_mean(column) for column in columns]
    ways["item_medians"] = None if single else [_middle(column) for column in columns]
    scores = {}
    for with_bonus in (True, False):
        for way, points in ways.items():
            scores[way, with_bonus] = None if points is None else _score(case, points, with_bonus)
        totals = [_score(case, member, with_bonus) for member in marks]
        scores["median_of_totals", with_bonus] = None if single else _middle(totals)
    return scores


def _score(case, points, with_bonus):
    return _sum(case, points, bonus=False) + (_sum(case, points, bonus=True) if with_bonus else 0)


def _margin(case, graded):
    """(to the next better bound, next grade, above the own bound), None at the ends."""
    above = [(lower, name) for name, lower in case.bands if lower * GRAINS > graded]
    own = max(lower for _, lower in case.bands if lower * GRAINS <= graded)
    lowest = min(lower for _, lower in case.bands)
    to_next = (min(above)[0] * GRAINS - graded, min(above)[1]) if above else (None, None)
    return (*to_next, None if own == lowest else graded - own * GRAINS)


def _flip(case, columns, disputed, official, graded, *, direction):
    """Fewest changed rows that give another grade: a table of the most that k of the rows from i on bring."""
    to_next, _, above_own = _margin(case, graded)
    # reaching the next bound needs all of the distance, falling below the own one a grain more
    need = to_next if direction > 0 else None if above_own is None else above_own + 1
    if need is None:
        return None
    steps = []
    for r in sorted(disputed):
        if case.rows[r].bonus and not case.bonus_counts:
            continue
        target = max(columns[r]) if direction > 0 else min(columns[r])
        if (target - official[r]) * direction > 0:
            steps.append((r, target, (target - official[r]) * direction))
    most = [[0]]
    for _, _, gain in reversed(steps):
        after = most[0]
        better = [max(keep, add + gain) for keep, add in zip(after[1:], after, strict=False)]
        most.insert(0, [0, *better, after[-1] + gain])
    sizes = [k for k, value in enumerate(most[0]) if value >= need]
    if not sizes:
        return None
    left, chosen = sizes[0], []
    for i, (r, target, gain) in enumerate(steps):
        if left and left - 1 < len(most[i + 1]) and most[i + 1][left - 1] + gain >= need:
            chosen.append((r, official[r], target))
            left, need = left - 1, need - gain
    return chosen


def _agreement(case, marks):
    """α, share of unanimous base criteria, mean range and severity in points; None for a single sheet."""
    if len(marks) < 2:
        return None
    base = [r for r, row in enumerate(case.rows) if not row.bonus]
    members, count = len(marks), len(base)
    scale = lcm(*(maximum(case.rows[r]) for r in base))
    points = [[marks[j][r] for j in range(members)] for r in base]
    values = [
        [mark * (scale // maximum(case.rows[r])) for mark in row] for r, row in zip(base, points, strict=True)
    ]
    severity = []
    for j in range(members):
        apart = [
            sum((members - 1) * row[j] - sum(row[:j] + row[j + 1 :]) for row in table)
            for table in (values, points)
        ]
        share, in_points = (Fraction(a, (members - 1) * GRAINS) for a in apart)
        severity.append((share / count / scale, in_points))
    return {
        "alpha": alpha(values),
        "unanimous": Fraction(sum(len(set(row)) == 1 for row in values), count),
        "mean_range": Fraction(sum(max(row) - min(row) for row in points), count * GRAINS),
        "severity": severity,
    }


def alpha(units):
    """Krippendorff's α, interval metric, by the matrix of observed coincidences; None values are missing.

    A unit of m values adds 1/(m-1) for each ordered pair; `whole` times that is counted, so all are integers.
    """
    present = [[value for value in unit if value is not None] for unit in units]
    whole = lcm(*(len(unit) - 1 for unit in present if len(unit) > 1))
    matrix, margins = Counter(), Counter()
    for unit in present:
        for one, other in permutations(unit, 2):
            matrix[one, other] += whole // (len(unit) - 1)
    for (one, _), count in matrix.items():
        margins[one] += count
    n = sum(margins.values())
    observed = sum(count * (one - other) ** 2 for (one, other), count in matrix.items())
    expected = sum(a * b * (one - other) ** 2 for one, a in margins.items() for other, b in margins.items())
    return None if expected == 0 else 1 - (n - whole) * Fraction(observed) / expected


def ceiling(rows, channel, reading, *, with_bonus):
    """The most a platform of a channel could earn, in points."""
    caps = dict(CEILINGS[channel, "lenient"])
    if reading == "strict":
        caps |= CEILINGS[channel, "strict"]
    counted = [row for row in rows if with_bonus or not row.bonus]
    return sum(min(maximum(row), caps.get(row.id, maximum(row))) for row in counted)
