"""The oracle's plain tables as the product's rubrics and sheets."""

from fractions import Fraction
from functools import cache

from tests import oracle

from zhiping.domain.consensus import Agreed
from zhiping.domain.evaluation import Evaluation, Platform
from zhiping.domain.policy import Policy
from zhiping.domain.rubric import Band, Cap, Criterion, Dimension, Indicator, Level, Rubric, Text
from zhiping.domain.sheet import Mark, Sheet


def rubric(rows, bands, groups=(), ceilings=None):
    """Build a rubric; `groups`: (dimension, indicator numbers); else each indicator has its own dimension."""
    indicators = {}
    for row in rows:
        indicators.setdefault(row.id.rpartition(".")[0], []).append(_criterion(row))
    group_of = {str(number): name for name, numbers in groups for number in numbers}
    dimensions = {}
    for name, criteria in indicators.items():
        top = sum(c.max for c in criteria)
        indicator = Indicator(name, Text(f"指标{name}"), Text(""), top, tuple(criteria))
        dimensions.setdefault((f"D{group_of.get(name, name)}", criteria[0].bonus), []).append(indicator)
    return Rubric(
        id="table",
        version="1",
        title=Text("表"),
        dimensions=tuple(
            Dimension(name, Text(name), sum(i.max for i in members), tuple(members), bonus)
            for (name, bonus), members in dimensions.items()
        ),
        bands=tuple(Band(grade, Text(grade), Fraction(lower), Text("")) for grade, lower in bands),
        caps=tuple(
            Cap(channel, reading, name, Fraction(top))
            for (channel, reading), caps in (ceilings or {}).items()
            for name, top in caps.items()
        ),
    )


def _criterion(row):
    pairs = [level if isinstance(level, tuple) else (level, level) for level in row.levels]
    levels = tuple(Level(Fraction(low), Fraction(high), Text(f"{low}~{high}")) for low, high in pairs)
    return Criterion(row.id, Text(row.id), Fraction(oracle.maximum(row)), levels, row.bonus)


@cache
def table_a1():
    """The standard's table as a rubric without wording."""
    return rubric(oracle.table_a1(), oracle.BANDS, oracle.GROUPS, oracle.CEILINGS)


@cache
def _mark(points, no_level):
    return Mark(points, reason="现场查看", no_level=no_level)


def sheets(case):
    """The members' sheets of a case, named e0, e1, …"""
    return [
        Sheet(
            expert_id=f"e{j}",
            name=f"专家{j}",
            marks={
                row.id: _mark(points, (j, r) in case.no_level)
                for r, (row, points) in enumerate(zip(case.rows, member, strict=True))
            },
        )
        for j, member in enumerate(case.marks)
    ]


def about(case, channel="both"):
    """What the case is about: no panel is stated, so only its size is checked."""
    policy = Policy(method=case.method, bonus_counts=case.bonus_counts, step=case.step)
    return Evaluation(Platform("示例平台", channel=channel), policy=policy)


def agreed(case):
    """The panel's marks of a case, each with a reason."""
    return {case.rows[r].id: Agreed(points, "评议") for r, points in case.agreed.items()}
