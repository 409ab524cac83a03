"""Drawing up a programme, fixing its rules, ending it."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from zhiping.accounts.models import Organisation, User
from zhiping.accounts.rules import require
from zhiping.domain import lifecycle, policy, schedule
from zhiping.domain.errors import Conflict, Invalid, Problem
from zhiping.domain.lifecycle import ProgrammeState
from zhiping.domain.policy import Policy
from zhiping.domain.transparency.canonical import sha256
from zhiping.evaluations.models import Programme
from zhiping.evaluations.queries import programme as queries
from zhiping.ledger import actions as ledger
from zhiping.rubrics.models import Rubric

MOST_GUIDANCE = 4000  # characters for one criterion


def add_programme(
    *,
    by: User,
    now: dt.datetime,
    authority: Organisation,
    name: str,
    year: int,
    rubric: Rubric,
    period_start: dt.date,
    period_end: dt.date,
    basis: str = "",
    id: UUID | None = None,
) -> Programme:
    """Draw up a programme under the usual rulings (domain.policy); they can be edited until they are frozen.

    Raises Invalid `programmes.name_taken`, `programmes.period`.
    """
    require(by, "evaluations.add_programme", authority)
    phase = ProgrammeState.DRAFT
    with ledger.begin("programme", "programme.added", by=by, at=now, id=id, phase=phase) as entry:
        programme = Programme(
            head=entry.head, authority=authority, name=name, year=year, rubric=rubric, basis=basis,
            period_start=period_start, period_end=period_end,
        )  # fmt: skip
        _store(programme, new=True)
        entry.data = facts(programme) | {"policy": programme.policy}
    return programme


def change_programme(
    *,
    by: User,
    now: dt.datetime,
    programme: Programme,
    id: UUID | None = None,
    expect: int | None = None,
    **changes: Any,
) -> Programme:
    """Change name, year, rubric, period or basis while the programme is being drawn up.

    Raises Conflict `programmes.frozen`; `programmes.has_evaluations` where rubric or period would change
    under evaluations that were opened by them.
    """
    require(by, "evaluations.change_programme", programme)
    with ledger.record(programme, "programme.changed", by=by, at=now, id=id, expect=expect) as entry:
        _in_draft(programme)
        before = facts(programme)
        for name, value in changes.items():
            setattr(programme, name, value)
        require(by, "evaluations.change_programme", programme)
        after = facts(programme)
        entry.data = {k: [before[k], after[k]] for k in after if before[k] != after[k]}
        if entry.data.keys() & {"rubric", "period_start", "period_end"} and programme.evaluations.exists():
            raise Conflict([Problem("programmes.has_evaluations")])
        _store(programme)
    return programme


def set_policy(
    *,
    by: User,
    now: dt.datetime,
    programme: Programme,
    policy: Policy,
    reason: str = "",
    id: UUID | None = None,
    expect: int | None = None,
) -> None:
    """Settle what the standard leaves open, for every evaluation of the programme.

    `reason`: why a deadline is longer than usual. Raises Invalid with every ruling that is none of the
    choices, Conflict `programmes.frozen`.
    """
    require(by, "evaluations.set_policy", programme)
    with ledger.record(programme, "programme.policy_set", by=by, at=now, id=id, expect=expect) as entry:
        _in_draft(programme)
        _check_policy(policy, reason)
        before, after = programme.policy, dict(policy.as_data())
        entry.data = {k: [before[k], after[k]] for k in after if before[k] != after[k]} | {"reason": reason}
        programme.policy, programme.policy_reason = after, reason
        programme.save(update_fields=("policy", "policy_reason"))


def set_guidance(
    *,
    by: User,
    now: dt.datetime,
    programme: Programme,
    guidance: Mapping[str, str],
    id: UUID | None = None,
    expect: int | None = None,
) -> None:
    """Write how criteria are read (criterion id → words), all together; a blank takes one out.

    Raises Invalid `programmes.criterion` for an id the rubric does not have, Conflict `programmes.frozen`.
    """
    require(by, "evaluations.set_guidance", programme)
    with ledger.record(programme, "programme.guidance_set", by=by, at=now, id=id, expect=expect) as entry:
        _in_draft(programme)
        entry.data = _write_guidance(programme, guidance)


def copy_guidance(
    *,
    by: User,
    now: dt.datetime,
    programme: Programme,
    source: Programme,
    id: UUID | None = None,
    expect: int | None = None,
) -> None:
    """Take over another programme's guidance where this one has none yet, for criteria both rubrics have."""
    require(by, "evaluations.copy_guidance", programme)
    with ledger.record(programme, "programme.guidance_copied", by=by, at=now, id=id, expect=expect) as entry:
        _in_draft(programme)
        known = programme.rubric.as_domain().criteria
        taken = {k: words for k, words in source.guidance.items() if k in known}
        entry.data = _write_guidance(programme, taken | programme.guidance) | {"from": str(source.pk)}


def freeze_programme(
    *, by: User, now: dt.datetime, programme: Programme, id: UUID | None = None, expect: int | None = None
) -> None:
    """Fix rubric, policy and guidance: from now on evaluations can start scoring under them."""
    require(by, "evaluations.freeze_programme", programme)
    with ledger.move(programme, "freeze_programme", by=by, at=now, id=id, expect=expect) as entry:
        entry.data = {
            "rubric": programme.rubric.wording_sha256,
            "policy": programme.policy,
            "guidance_sha256": sha256(programme.guidance),
        }


def reopen_programme(
    *,
    by: User,
    now: dt.datetime,
    programme: Programme,
    reason: str,
    id: UUID | None = None,
    expect: int | None = None,
) -> None:
    """Take the rules back for editing; possible only while no evaluation has started under them."""
    require(by, "evaluations.reopen_programme", programme)
    with ledger.move(programme, "reopen_programme", by=by, at=now, id=id, expect=expect) as entry:
        given = {"reason_given"} if reason.strip() else set()
        lifecycle.ensure(
            "programme", "reopen_programme", ProgrammeState.FROZEN, queries.held(programme) | given
        )
        entry.data = {"reason": reason}


def end_programme(
    *, by: User, now: dt.datetime, programme: Programme, id: UUID | None = None, expect: int | None = None
) -> None:
    """End a programme whose evaluations are all closed, archived or cancelled."""
    require(by, "evaluations.end_programme", programme)
    with ledger.move(programme, "end_programme", by=by, at=now, id=id, expect=expect):
        lifecycle.ensure("programme", "end_programme", ProgrammeState.FROZEN, queries.held(programme))


def facts(programme: Programme) -> dict[str, Any]:
    """Return what a programme says of itself, as plain data for the ledger."""
    return {
        "name": programme.name,
        "year": programme.year,
        "authority": str(programme.authority_id),
        "rubric": str(programme.rubric_id),
        "period_start": str(programme.period_start),
        "period_end": str(programme.period_end),
        "basis": programme.basis,
    }


def _in_draft(programme: Programme) -> None:
    if programme.head.phase != ProgrammeState.DRAFT:
        raise Conflict([Problem("programmes.frozen")])


def _check_policy(rulings: Policy, reason: str) -> None:
    late = schedule.deadline_problems(rulings, reason)
    found = [*policy.problems(rulings), *(p.at(p.code.partition(".")[2]) for p in late)]
    if found:
        raise Invalid(found)


def _write_guidance(programme: Programme, guidance: Mapping[str, str]) -> dict[str, Any]:
    """Store guidance; return what changed, criterion by criterion."""
    written = {k: words.strip() for k, words in guidance.items() if words.strip()}
    known = programme.rubric.as_domain().criteria
    faults = [Problem("programmes.criterion", {"found": k}, (k,)) for k in written if k not in known]
    faults += [
        Problem("programmes.too_long", {"most": MOST_GUIDANCE}, (k,))
        for k, words in written.items()
        if len(words) > MOST_GUIDANCE
    ]
    if faults:
        raise Invalid(faults)
    before = programme.guidance
    programme.guidance = written
    programme.save(update_fields=("guidance",))
    changed = sorted(k for k in {*before, *written} if before.get(k) != written.get(k))
    return {"changed": {k: [before.get(k, ""), written.get(k, "")] for k in changed}}


def _store(programme: Programme, *, new: bool = False) -> None:
    if programme.period_end < programme.period_start:
        raise Invalid([Problem("programmes.period", where=("period_end",))])
    try:
        with transaction.atomic():
            programme.save(force_insert=new)
    except IntegrityError as error:
        raise Invalid([Problem("programmes.name_taken", {"name": programme.name}, ("name",))]) from error
