"""Proposed division of work: who leads and who checks each indicator (6.2.3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from zhiping.domain.rubric import Indicator

# words in an indicator's Chinese name → the fields of knowledge they require
KNOWLEDGE: Mapping[str, tuple[str, ...]] = {
    "计量": ("metrology",),
    "标准": ("standards",),
    "认证": ("certification",),
    "检验": ("testing",),
    "检测": ("testing",),
    "质量": ("quality",),
    "信息": ("information",),
    "线上": ("information",),
    "保密": ("information", "law"),
    "服务": ("service",),
    "推广": ("service",),
    "资质": ("certification", "law"),
    "档案": ("quality",),
    "改进": ("quality",),
}


@dataclass(frozen=True, slots=True)
class Member:
    """A panel member: `fields` of knowledge; `runs`: indicators not to lead, run by the member (self)."""

    id: str
    fields: frozenset[str] = frozenset()
    runs: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Duty:
    """Member ids of the lead and the checker of an indicator; `checks` is None in a panel of one."""

    indicator: str
    leads: str
    checks: str | None


def share(indicators: Sequence[Indicator], members: Sequence[Member]) -> list[Duty]:
    """Distribute the indicators evenly by points, the heaviest first, ties in table order.

    Prefers members with knowledge of the field, as long as their load stays within an equal share; if no
    load would, the least loaded member leads. Omits an indicator that every member runs at the operator.
    """
    if not members:
        return []
    leading = dict.fromkeys((m.id for m in members), Fraction(0))
    checking = dict(leading)
    equal = sum((i.max for i in indicators), Fraction(0)) / len(members)
    duties: dict[str, Duty] = {}
    for indicator in sorted(indicators, key=lambda i: -i.max):
        able = [m for m in members if indicator.id not in m.runs]
        if not able:
            continue
        light = [m for m in able if leading[m.id] + indicator.max <= equal]
        first = min(light or able, key=lambda m: (light and not _knows(m, indicator), leading[m.id]))
        others = [m for m in members if m is not first]
        second = min(others, key=lambda m: (checking[m.id], not _knows(m, indicator)), default=None)
        leading[first.id] += indicator.max
        if second:
            checking[second.id] += indicator.max
        duties[indicator.id] = Duty(indicator.id, first.id, second.id if second else None)
    return [duties[i.id] for i in indicators if i.id in duties]


def _knows(member: Member, indicator: Indicator) -> bool:
    required = {field for word, fields in KNOWLEDGE.items() if word in indicator.name.zh for field in fields}
    return bool(required & member.fields)
