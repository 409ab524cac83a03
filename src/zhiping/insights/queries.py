"""Figures of the results an officer sees, by region, indicator, criterion and year; all sums are exact."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from math import lcm
from typing import Any

from django.db.models import Count, Q, QuerySet

from zhiping.accounts.models import User
from zhiping.accounts.queries import in_regions
from zhiping.domain.lifecycle import State
from zhiping.domain.rubric import Rubric
from zhiping.domain.spread import Spread, spread
from zhiping.evaluations.models import Evaluation
from zhiping.improvement.models import Action
from zhiping.insights.models import Digest
from zhiping.permissions import require
from zhiping.registry.queries import named, region_names
from zhiping.rubrics.models import table_of
from zhiping.statements import rows_of

MOST_LOST, REASONS = 10, 3  # criteria shown, reasons of each
CHUNK = 500
MOST_KEPT = 50_000  # of about 2 KB each
_kept: dict[str, "Facts"] = {}  # by the hash of the result


@dataclass(frozen=True, slots=True)
class Facts:
    """A digest as it is summed up: points by indicator in whole numbers of 1/`scale`."""

    rubric: str
    grade: str
    graded: Fraction
    ids: tuple[str, ...]
    scale: int
    scores: tuple[int, ...]
    most: tuple[int, ...]
    lost: tuple[tuple[str, Fraction, tuple[str, ...]], ...]
    alpha: Fraction | None
    severity: tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A region, or all together (code ""): how many results, the mean of the graded score, and its cells.

    `cells`: the share of the points that each indicator earned.
    """

    code: str
    name: str
    count: int
    mean: Fraction
    cells: list[Fraction]


@dataclass(frozen=True, slots=True)
class Year:
    """A year: results, mean of the graded score, results by grade, agreement and severity.

    `alpha`: of the evaluations' α; `severity`: of how far sheets lie from the panel's mean, in points.
    `sheets`: those with a severity. Never of one expert.
    """

    year: int
    count: int
    mean: Fraction
    grades: Counter[str]
    sheets: int
    alpha: Spread | None
    severity: Spread | None


@dataclass(frozen=True, slots=True)
class Loss:
    """A criterion that lost points: in how many results, how many points together, the commonest reasons."""

    id: str
    count: int
    points: Fraction
    reasons: list[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Insights:
    """The figures of a year in a region, and of the years up to it.

    `ids`: of the indicators that are the columns of `rows`. `others`: results of the year under another
    rubric, which are in no cell of the grid.
    """

    year: int | None
    years: list[Year]
    rubric: Rubric | None
    ids: tuple[str, ...]
    rows: list[Row]
    losses: list[Loss]
    others: int
    count: int


Found = list[tuple[str, int, Facts]]  # region, year, figures


def insights(user: User, year: int | None = None, region: str = "") -> Insights:
    """Return the figures; the latest year that has any where none is asked for. Raises NotAllowed.

    `region`: the code of a province, league-city or county, all of the user's where it is empty.
    """
    require(user, "insights.see")
    found = [one for one in _found(user) if _within(one[0], region)]
    years = defaultdict(list)
    for _, of_year, facts in found:
        years[of_year].append(facts)
    year = year if year in years else max(years, default=None)
    lines = [_year(one, years[one]) for one in sorted(years)]
    now = [one for one in found if one[1] == year]
    if not now:
        return Insights(year, lines, None, (), [], [], 0, 0)
    wording = Counter(facts.rubric for _, _, facts in now).most_common(1)[0][0]
    same = [one for one in now if one[2].rubric == wording]
    rows = _rows(user, same, region)
    losses = _losses([facts for _, _, facts in same])
    return Insights(
        year, lines, table_of(wording), same[0][2].ids, rows, losses, len(now) - len(same), len(now)
    )


def _within(code: str, region: str) -> bool:
    return code.startswith(_prefix(region))


def _prefix(region: str) -> str:
    """Return what the codes of a region and of all below it begin with."""
    if region.endswith("0000"):
        return region[:2]
    return region[:4] if region.endswith("00") else region


def visible_to(user: User) -> QuerySet[Digest]:
    """Return the digests of evaluations by authorities in the user's regions, cancelled ones left out."""
    seen = Digest.objects.filter(in_regions(user, "evaluation__platform__region_id"))
    return seen.filter(evaluation__kind="authority").exclude(evaluation__head__phase=State.CANCELLED)


def _seen(user: User) -> QuerySet[Digest, Any]:
    return visible_to(user).order_by().values_list("sha256", "evaluation__platform__region_id", "year")


def _found(user: User) -> Found:
    """Return all results a user sees: one statement, and some for those this process has not read yet."""
    rows = rows_of(partial(_seen, user))
    unknown = list({sha256 for sha256, _, _ in rows} - _kept.keys())
    if len(_kept) + len(unknown) > MOST_KEPT:
        _kept.clear()  # another thread may do so at any time: so what is used is taken along
        unknown = list({sha256 for sha256, _, _ in rows})
    known = dict(_kept)
    for start in range(0, len(unknown), CHUNK):
        some = Digest.objects.filter(sha256__in=unknown[start : start + CHUNK])
        known |= {sha256: _facts(facts) for sha256, facts in some.values_list("sha256", "facts")}
    _kept.update({sha256: known[sha256] for sha256 in unknown if sha256 in known})
    return [(region, year, known[sha256]) for sha256, region, year in rows if sha256 in known]


def _facts(facts: dict[str, Any]) -> Facts:
    pairs = [(Fraction(score), Fraction(most)) for score, most in facts["scores"].values()]
    scale = lcm(*(value.denominator for pair in pairs for value in pair))
    lost = ((name, Fraction(points), tuple(reasons)) for name, (points, reasons) in facts["lost"].items())
    return Facts(
        facts["rubric"], facts["grade"] or "", Fraction(facts["graded"]), tuple(facts["scores"]), scale,
        tuple(int(score * scale) for score, _ in pairs), tuple(int(most * scale) for _, most in pairs),
        tuple(lost), None if facts["alpha"] is None else Fraction(facts["alpha"]),
        tuple(map(Fraction, facts["severity"])),
    )  # fmt: skip


def _year(year: int, facts: Sequence[Facts]) -> Year:
    severity = [abs(points) for one in facts for points in one.severity]
    alphas = [one.alpha for one in facts if one.alpha is not None]
    grades = Counter(one.grade for one in facts)
    return Year(year, len(facts), _mean(facts), grades, len(severity), spread(alphas), spread(severity))


def _mean(facts: Sequence[Facts]) -> Fraction:
    """Return the mean of the graded scores, added as whole numbers, which is much faster."""
    sums: Counter[int] = Counter()
    for one in facts:
        sums[one.graded.denominator] += one.graded.numerator
    return sum((Fraction(n, d) for d, n in sums.items()), Fraction(0)) / len(facts)


def _rows(user: User, found: Found, region: str) -> list[Row]:
    """Return a row for each region below the one looked at, and one for all together, which comes first."""
    wide = not region and any(first.endswith("0000") for first, _ in user.regions)
    wide = wide or region.endswith("0000")
    groups: dict[str, list[Facts]] = defaultdict(list)
    for code, _, facts in found:
        groups[f"{code[:4]}00" if wide else code].append(facts)
    names = {code: named(*rest) for code, *rest in region_names(user)}
    rows = [_row(code, names.get(code, code), groups[code]) for code in sorted(groups)]
    return [_row("", "", [facts for _, _, facts in found]), *rows]


def _row(code: str, name: str, facts: Sequence[Facts]) -> Row:
    scales: dict[int, list[Facts]] = defaultdict(list)
    for one in facts:
        scales[one.scale].append(one)
    sums = [
        [
            (Fraction(earned, scale), Fraction(most, scale))
            for earned, most in zip(
                map(sum, zip(*(one.scores for one in some), strict=True)),
                map(sum, zip(*(one.most for one in some), strict=True)),
                strict=True,
            )
        ]
        for scale, some in scales.items()
    ]
    cells = [
        sum((earned for earned, _ in column), Fraction(0)) / sum((most for _, most in column), Fraction(0))
        for column in zip(*sums, strict=True)
    ]
    return Row(code, name, len(facts), _mean(facts), cells)


def _losses(facts: Iterable[Facts]) -> list[Loss]:
    """Return the criteria that lost points in most results, with the reasons given most often."""
    counts: Counter[str] = Counter()
    points: dict[str, Counter[int]] = defaultdict(Counter)
    reasons: dict[str, Counter[str]] = defaultdict(Counter)
    for one in facts:
        for name, lost, said in one.lost:
            counts[name] += 1
            points[name][lost.denominator] += lost.numerator
            reasons[name].update(said)
    return [
        Loss(
            name, count, sum((Fraction(n, d) for d, n in points[name].items()), Fraction(0)),
            reasons[name].most_common(REASONS),
        )
        for name, count in counts.most_common(MOST_LOST)
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Improved:
    """A year's findings with a measure: how many were reported as done, how many a recheck accepted."""

    year: int
    count: int
    done: int
    accepted: int


def improved(user: User, region: str) -> list[Improved]:
    """Return what became of the findings of each year in a region: one statement."""
    found = [Improved(*row) for row in rows_of(partial(_improved, user, _prefix(region)))]
    return sorted(found, key=lambda one: one.year)


def _improved(user: User, prefix: str) -> QuerySet[Action, Any]:
    place = "evaluation__platform__region_id"
    seen = Action.objects.filter(in_regions(user, place), evaluation__kind="authority")
    here = seen.filter(evaluation__platform__region__code__startswith=prefix).order_by()
    return here.values_list("evaluation__period_end__year").annotate(
        count=Count("pk"),
        reported=Count("pk", filter=Q(done__isnull=False)),
        accepted=Count("pk", filter=Q(verdict=Action.Verdict.ACCEPTED)),
    )


@dataclass(frozen=True, slots=True)
class Progress:
    """How many evaluations of a programme are in each state."""

    id: Any
    name: str
    total: int
    states: list[tuple[str, int]]


def progress(user: User, year: int | None) -> list[Progress]:
    """Return the programmes of a year a user sees, with their evaluations by state: one statement."""
    found: dict[Any, Counter[str]] = defaultdict(Counter)
    names = {}
    for key, name, phase, count in rows_of(partial(_progress, user, year)):
        names[key] = name
        found[key][phase] += count
    order = [str(state) for state in State]
    return [
        Progress(key, names[key], states.total(), sorted(states.items(), key=lambda one: order.index(one[0])))
        for key, states in found.items()
    ]


def _progress(user: User, year: int | None) -> QuerySet[Evaluation, Any]:
    mine = in_regions(user, "programme__authority__region_id")
    rows = Evaluation.objects.filter(mine, programme__year=year or 0).order_by("programme__name", "programme")
    return rows.values_list("programme_id", "programme__name", "head__phase").annotate(n=Count("pk"))


def results(user: User) -> QuerySet[Evaluation]:
    """Return the evaluations behind the figures. Raises NotAllowed."""
    require(user, "insights.see")
    return Evaluation.objects.filter(
        in_regions(user, "platform__region_id"), kind="authority", digest__isnull=False
    ).exclude(head__phase=State.CANCELLED)


def lost(criterion: str) -> Q:
    """Return the condition that a result lost points in a criterion."""
    return Q(digest__facts__lost__has_key=criterion)
