"""Whether a panel is legal (6.2): one named check each, with its reason."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

State = Literal["pass", "fail", "not_shown"]


@dataclass(frozen=True, slots=True)
class Training:
    """A training record: when, and until when it counts; None: without end."""

    date: dt.date
    valid_until: dt.date | None = None
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Affiliation:
    """Where an expert works or worked; `until` None: still there."""

    organisation: str
    until: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Expert:
    """A member of a panel. A fact nobody stated is None: it is never taken as met.

    `rank` is the title's rank (`senior`, `associate`, `intermediate`, `junior`); `duties` the indicator ids
    the member leads, `checks` those the member checks; `runs` the indicators the member is in charge of at
    the operator (self-evaluations).
    """

    id: str
    name: str
    organisation: str = ""
    seat: str = "member"  # or "lead"
    title: str = ""
    rank: str = ""
    equivalent_ability: str = ""
    training: tuple[Training, ...] | None = None
    experience: str | None = None  # platform experience in words; "" states there is none
    affiliations: tuple[Affiliation, ...] | None = None
    declared: dt.date | None = None  # declaration signed for this evaluation
    conflicts: tuple[str, ...] = ()  # conflicts the expert declared
    duties: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    runs: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome of one check, with the data its sentence needs."""

    code: str
    state: State
    data: Mapping[str, Any] = field(default_factory=dict)


RANKS: Mapping[str, str] = {
    title: rank
    for rank, titles in {
        "senior": "正高级工程师 教授级高级工程师 研究员 教授 正高级经济师 正高级会计师 主任医师 编审",
        "associate": "高级工程师 副研究员 副教授 高级经济师 高级会计师 高级讲师 副主任医师 副编审",
        "intermediate": "工程师 经济师 会计师 助理研究员 讲师 统计师 主治医师 编辑 农艺师 审计师",
        "junior": "助理工程师 技术员 助教 研究实习员 助理经济师 经济员 助理会计师 会计员 助理统计师",
    }.items()
    for title in titles.split()
}
CONFLICT_YEARS = 3
