"""Add programmes, settle and freeze their rules, end them."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from zhiping.accounts.models import Organisation
from zhiping.domain import dates, schedule
from zhiping.domain import policy as rulings
from zhiping.domain.errors import Conflict, Invalid, Problem
from zhiping.domain.lifecycle import ProgrammeState
from zhiping.domain.policy import Policy
from zhiping.domain.rubric import no_criterion
from zhiping.domain.transparency.canonical import sha256
from zhiping.evaluations.models import Programme
from zhiping.evaluations.queries import programme as queries
from zhiping.ledger.act import Act
from zhiping.rubrics.models import Rubric

MOST_GUIDANCE = 4000  # characters for one criterion
PERIOD = ("period_start", "period_end")
FIXED = ("rubric", *PERIOD)  # once an evaluation was opened under them


def add_programme(
    act: Act,
    authority: Organisation,
    *,
    name: str,
    year: int,
    rubric: Rubric,
    period_start: dt.date,
    period_end: dt.date,
    basis: str = "",
) -> Programme:
    """Add a programme under the default rulings (domain.policy); they can be edited until they are frozen.

    Raises Invalid `programmes.name_taken`, `dates.period`.
    """
    phase = ProgrammeState.DRAFT
    with act.begin(
        "evaluations.add_programme", "programme", "programme.added", about=authority, phase=phase
    ) as entry:
        dates.check({"period_start": period_start, "period_end": period_end})
        programme = Programme(
            head=entry.head, authority=authority, name=name, year=year, rubric=rubric, basis=basis,
            period_start=period_start, period_end=period_end,
        )  # fmt: skip
        entry.add(programme, taken=_name_taken(name))
    return programme


def change_programme(act: Act, programme: Programme, **changes: Any) -> Programme:
    """Change name, year, rubric, period or basis of a draft.

    Raises Conflict `programmes.has_evaluations` where rubric or period would change under evaluations that
    were opened by them.
    """
    with act.move(programme, "change_programme") as entry:
        fixed = any(name in changes and changes[name] != getattr(programme, name) for name in FIXED)
        if fixed and programme.evaluations.exists():
            raise Conflict.of("programmes.has_evaluations")
        dates.check({name: changes.get(name, getattr(programme, name)) for name in PERIOD})
        entry.change(programme, taken=_name_taken(changes.get("name", programme.name)), **changes)
        act.require("evaluations.change_programme", programme)  # of another authority perhaps
    return programme


def set_policy(act: Act, programme: Programme, *, policy: Policy, reason: str = "") -> None:
    """Settle what the standard leaves open, for every evaluation of the programme.

    `reason`: why a deadline is longer than usual. Raises Invalid with every ruling that is none of the
    choices.
    """
    with act.move(programme, "set_policy") as entry:
        late = schedule.deadline_problems(policy, reason)
        problems = [*rulings.problems(policy), *(p.at(p.code.partition(".")[2]) for p in late)]
        if problems:
            raise Invalid(problems)
        entry.change(programme, policy=dict(policy.as_data()), policy_reason=reason)


def set_guidance(act: Act, programme: Programme, *, guidance: Mapping[str, str]) -> None:
    """Write how criteria are read (criterion id → words), all together; a blank removes one.

    Raises Invalid `rubric.no_criterion` for an id the rubric does not have, `programmes.too_long`.
    """
    with act.move(programme, "set_guidance") as entry:
        entry.change(programme, guidance=_checked_guidance(programme, guidance))


def copy_guidance(act: Act, programme: Programme, *, source: Programme) -> None:
    """Copy another programme's guidance for criteria of both rubrics for which this one has none yet."""
    with act.move(programme, "copy_guidance") as entry:
        known = programme.rubric.as_domain().criteria
        copied = {k: words for k, words in source.guidance.items() if k in known}
        entry.change(programme, guidance=_checked_guidance(programme, copied | programme.guidance))
        entry.data = {"from": source.pk}


def freeze_programme(act: Act, programme: Programme) -> None:
    """Freeze rubric, policy and guidance: from now on evaluations can start scoring under them."""
    with act.move(programme, "freeze_programme") as entry:
        entry.check(queries.NEEDS)
        entry.data = {
            "rubric": programme.rubric.wording_sha256,
            "policy": programme.policy,
            "guidance_sha256": sha256(programme.guidance),
        }


def reopen_programme(act: Act, programme: Programme, *, reason: str) -> None:
    """Make the rules editable again; possible only while no evaluation has started under them."""
    with act.move(programme, "reopen_programme", reason=reason) as entry:
        entry.check(queries.NEEDS)


def end_programme(act: Act, programme: Programme) -> None:
    """End a programme whose evaluations are all closed, archived or cancelled."""
    with act.move(programme, "end_programme") as entry:
        entry.check(queries.NEEDS)


def _name_taken(name: str) -> Problem:
    return Problem("programmes.name_taken", {"name": name}, ("name",))


def _checked_guidance(programme: Programme, guidance: Mapping[str, str]) -> dict[str, str]:
    """Return guidance without blanks; raise Invalid with every fault."""
    written = {k: words.strip() for k, words in guidance.items() if words.strip()}
    rubric = programme.rubric.as_domain()
    faults = [problem for name in written for problem in no_criterion(rubric, [name], name)]
    faults += [
        Problem("programmes.too_long", {"most": MOST_GUIDANCE}, (k,))
        for k, words in written.items()
        if len(words) > MOST_GUIDANCE
    ]
    if faults:
        raise Invalid(faults)
    return written
