"""Checks of a panel's legality (6.2), each with its outcome and the data behind it."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypedDict

from zhiping.domain import identity
from zhiping.domain.rubric import Rubric


@dataclass(frozen=True, slots=True)
class Training:
    """A training record; `valid_until` None if it does not expire."""

    date: dt.date
    valid_until: dt.date | None = None
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Affiliation:
    """An organisation an expert works or worked for; `until` None if it is the current one."""

    organisation: str
    until: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Expert:
    """A member of a panel. An unknown fact is None, which never passes a check.

    `rank`: rank of the title (`senior`, `associate`, `intermediate`, `junior`). `duties`: ids of the
    indicators the member leads; `checks`: of those the member checks; `runs`: of those the member is in
    charge of at the operator (self-evaluations).
    """

    id: str
    name: str
    organisation: str = ""
    seat: str = "member"  # or "lead"
    title: str = ""
    rank: str = ""
    equivalent_ability: str = ""
    training: tuple[Training, ...] | None = None
    experience: str | None = None  # description of platform experience; "" for none
    affiliations: tuple[Affiliation, ...] | None = None
    declared: dt.date | None = None  # declaration signed for this evaluation
    unconfirmed: bool = False  # with an account issued again before; another officer has not confirmed it
    joined: dt.date | None = None  # the day the expert replaced another, after scoring began
    conflicts: tuple[str, ...] = ()  # conflicts the expert declared
    duties: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    runs: tuple[str, ...] | None = None


Code = Literal[
    "size", "lead", "title", "training", "declaration", "conflict", "own_indicator", "experience", "duties"
]


class Check(TypedDict):
    """The outcome of one check, with the data of its sentence."""

    code: Code
    state: Literal["pass", "fail", "not_shown"]
    data: dict[str, Any]


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
RECOGNISED = ("senior", "associate", "intermediate")


def distinct_names(people: Iterable[tuple[str, str]]) -> list[str]:
    """Return display names for (name, id) pairs; adds the id where a name is empty or not unique."""
    listed = list(people)
    names = [name for name, _ in listed]
    return [f"{name} {key}".strip() if names.count(name) > 1 or not name else name for name, key in listed]


def with_distinct_names(experts: Sequence[Expert]) -> tuple[Expert, ...]:
    """Return the experts with distinct names, by adding the id to names that are not unique."""
    names = distinct_names((expert.name, expert.id) for expert in experts)
    return tuple(replace(expert, name=name) for expert, name in zip(experts, names, strict=True))


def checks(
    panel: Sequence[Expert] | None,
    *,
    rubric: Rubric,
    kind: str,
    operator: str,
    dates: Sequence[dt.date],
    members: int | None,
) -> list[Check]:
    """Check a panel (6.2.1 to 6.2.3); the data of each outcome names the experts or indicators behind it.

    `dates`: the days on which the panel must be legal (start of scoring, conclusion); empty if unknown.
    `members`: the number of sheets, used as the size if the panel is unknown; None for one common sheet.
    A check whose facts are unknown is `not_shown`, never `pass`.
    """
    if panel is None:
        missing = (Check(code=code, state="not_shown", data={"experts": []}) for code in _of_members(kind))
        return [_size(members), *missing]
    panel = with_distinct_names(panel)
    independent = _own_indicator if kind == "self" else _conflict
    facts = _Facts(operator, tuple(dates))
    return [
        _size(len(panel)),
        _lead(panel),
        _each("title", panel, _title, facts),
        _each("training", panel, _training, facts),
        _declarations(panel, facts),
        _each(_independence(kind), panel, independent, facts),
        _experience(panel),
        _duties(panel, rubric),
    ]


def unfit(
    expert: Expert, *, operators: Sequence[str], dates: Sequence[dt.date]
) -> dict[Code, Literal["fail", "not_shown"]]:
    """Return why an expert cannot sit on any panel of a visit: title, training, conflict (6.2.2).

    `operators`: the operators of all platforms to visit; a conflict with one of them is enough. Empty for a
    self-evaluation, where belonging to the operator is allowed.
    """
    facts = _Facts("", tuple(dates))
    asked: dict[Code, list[bool | None]] = {
        "title": [_title(expert, facts)],
        "training": [_training(expert, facts)],
        "conflict": [_conflict(expert, _Facts(operator, facts.dates)) for operator in operators],
    }
    return {
        code: "fail" if False in answers else "not_shown"
        for code, answers in asked.items()
        if not all(answers)
    }


def _independence(kind: str) -> Code:
    """Return the check of independence: members of a self-evaluation belong to the operator themselves."""
    return "own_indicator" if kind == "self" else "conflict"


def _of_members(kind: str) -> tuple[Code, ...]:
    """Return the checks which need the members, not only their number, in the order of the page."""
    return ("lead", "title", "training", "declaration", _independence(kind), "experience", "duties")


@dataclass(frozen=True, slots=True)
class _Facts:
    operator: str
    dates: tuple[dt.date, ...]


def _size(members: int | None) -> Check:
    if members is None:
        return Check(code="size", state="not_shown", data={"experts": []})
    return Check(
        code="size", state="pass" if members >= 3 and members % 2 else "fail", data={"members": members}
    )


def _lead(panel: Sequence[Expert]) -> Check:
    leads = [e.name for e in panel if e.seat == "lead"]
    return Check(code="lead", state="pass" if len(leads) == 1 else "fail", data={"experts": leads})


def _each(
    code: Code,
    panel: Sequence[Expert],
    holds: Callable[[Expert, _Facts], bool | None],
    facts: _Facts,
) -> Check:
    """Check one property of every member; `holds` returns None if it is unknown."""
    answers = [(expert.name, holds(expert, facts)) for expert in panel]
    failed = [name for name, answer in answers if answer is False]
    unknown = [name for name, answer in answers if answer is None]
    if failed:
        return Check(code=code, state="fail", data={"experts": failed})
    return Check(code=code, state="not_shown" if unknown else "pass", data={"experts": unknown})


def _title(expert: Expert, _: _Facts) -> bool | None:
    rank = expert.rank or RANKS.get(identity.folded(expert.title), "")
    if expert.equivalent_ability or rank in RECOGNISED:
        return True
    return False if rank else None


def _training(expert: Expert, facts: _Facts) -> bool | None:
    if expert.training is None:
        return None
    if not facts.dates:
        return None if expert.training else False
    return all(
        any(r.date <= day and (r.valid_until is None or day <= r.valid_until) for r in expert.training)
        for day in facts.dates
    )


def _declarations(panel: Sequence[Expert], facts: _Facts) -> Check:
    """Check the declarations; `unconfirmed`: whose signature another person may have made."""
    check = _each("declaration", panel, _declaration, facts)
    unconfirmed = [e.name for e in panel if e.unconfirmed]
    if unconfirmed and check["state"] == "not_shown":
        check["data"]["unconfirmed"] = unconfirmed
    return check


def _declaration(expert: Expert, facts: _Facts) -> bool | None:
    if expert.declared is None or expert.unconfirmed:
        return None
    first = min(facts.dates, default=None)
    if first and expert.joined:
        first = max(first, expert.joined)  # a replacement can only sign when joining
    return expert.declared <= first if first else None


def _conflict(expert: Expert, facts: _Facts) -> bool | None:
    if expert.conflicts or identity.same(expert.organisation, facts.operator):
        return False
    if expert.affiliations is None or not facts.operator:
        return None
    ties = [a for a in expert.affiliations if identity.same(a.organisation, facts.operator)]
    if any(tie.until is None for tie in ties):
        return False
    if (ties and not facts.dates) or (alike(expert, facts.operator) and expert.declared is None):
        return None
    return all(tie.until is not None and _years_later(tie.until) <= min(facts.dates) for tie in ties)


def alike(expert: Expert, operator: str) -> list[str]:
    """Return the organisations of an expert whose name contains the operator's, or the other way round.

    Whether one is part of the other is a question to the expert; a signed declaration answers it.
    """
    present = [a.organisation for a in expert.affiliations or () if a.until is None]
    names = dict.fromkeys([expert.organisation, *present])
    return [name for name in names if identity.contains(name, operator)]


def _years_later(day: dt.date) -> dt.date:
    """Return the day CONFLICT_YEARS later; 29 February becomes 1 March, so the span is never shorter."""
    if day.year + CONFLICT_YEARS > dt.MAXYEAR:
        return dt.date.max
    try:
        return day.replace(year=day.year + CONFLICT_YEARS)
    except ValueError:
        return dt.date(day.year + CONFLICT_YEARS, 3, 1)


def _own_indicator(expert: Expert, _: _Facts) -> bool | None:
    return None if expert.runs is None else not set(expert.runs) & set(expert.duties)


def _experience(panel: Sequence[Expert]) -> Check:
    known = [e.name for e in panel if e.experience]
    if known:
        return Check(code="experience", state="pass", data={"experts": known})
    unknown = [e.name for e in panel if e.experience is None]
    return Check(code="experience", state="not_shown" if unknown else "fail", data={"experts": unknown})


def _duties(panel: Sequence[Expert], rubric: Rubric) -> Check:
    led = {name for expert in panel for name in expert.duties}
    if not led:
        return Check(code="duties", state="not_shown", data={"indicators": []})
    missing = [i.id for i in rubric.indicators if i.id not in led]
    return Check(code="duties", state="fail" if missing else "pass", data={"indicators": missing})
