"""A proposal of who leads and who checks each indicator (6.2.3): balanced points, knowledge first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from zhiping.domain.rubric import Indicator

# words in an indicator's Chinese name, and the fields of knowledge they ask for
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
    """Somebody who can be given indicators: `fields` of knowledge; `runs` what they may not lead (self)."""

    id: str
    fields: frozenset[str] = frozenset()
    runs: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Duty:
    """Who leads an indicator and who checks it, by member id; `checks` None in a panel of one."""

    indicator: str
    leads: str
    checks: str | None


def share(indicators: Sequence[Indicator], members: Sequence[Member]) -> list[Duty]:
    """Share indicators out evenly by their points; the heaviest first, ties in table order.

    Who knows the field leads it as long as nobody carries more than an equal share and one heaviest
    indicator. An indicator that everybody runs at the operator is left out: nobody may lead it.
    """
    if not members:
        return []
    leading = dict.fromkeys((m.id for m in members), Fraction(0))
    checking = dict(leading)
    equal = sum((i.max for i in indicators), Fraction(0)) / len(members)
    found: dict[str, Duty] = {}
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
        found[indicator.id] = Duty(indicator.id, first.id, second.id if second else None)
    return [found[i.id] for i in indicators if i.id in found]


def _knows(member: Member, indicator: Indicator) -> bool:
    asked = {field for word, fields in KNOWLEDGE.items() if word in indicator.name.zh for field in fields}
    return bool(asked & member.fields)
