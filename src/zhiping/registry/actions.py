"""Changes of the register: platforms, their sites and triggers (3, 6.1), one by one or from a spreadsheet."""

import datetime as dt
from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any

from django.db import IntegrityError
from django.db.models import Model

from zhiping.accounts.actions.organisations import add_organisation
from zhiping.accounts.actions.regions import load_regions
from zhiping.accounts.models import Organisation, Region, Role, User
from zhiping.domain import dates, policy, register, schedule
from zhiping.domain.errors import Conflict, Invalid, Problem
from zhiping.domain.identity import folded
from zhiping.ledger.act import Act
from zhiping.ledger.entry import Entry, add_each, change_each
from zhiping.notices import actions as notices
from zhiping.registry.models import Platform, Site, Trigger
from zhiping.registry.queries import officers_over
from zhiping.registry.sheets import NewOperator
from zhiping.web.importing import Sheet, Step, Upload, settle, summary
from zhiping.web.links import page


def add_platform(act: Act, *, operator: Organisation, region: Region, **facts: Any) -> Platform:
    """Register a platform (3.3); its first evaluation falls due twelve months after service started (6.1.1).

    `facts`: the other fields of a platform. Raises Invalid `registry.name_taken` where the operator has a
    platform of this name already, and what `domain.register` finds untrue.
    """
    with act.begin("registry.add_platform", "platform", "platform.added", about=region) as entry:
        platform = Platform(head=entry.head, operator=operator, region=region, **facts)
        _check_facts(platform, act.today)
        update_due(platform)
        entry.add(platform, taken=_name_taken(platform))
    return platform


def change_platform(act: Act, platform: Platform, **changes: Any) -> None:
    """Correct what the register has of a platform; raises as `add_platform` does."""
    with act.record("registry.change_platform", platform, "platform.changed") as entry:
        _change(entry, platform, **changes)
        act.require("registry.change_platform", platform)  # not into a region of another authority


def correct_platform(act: Act, platform: Platform, *, url: str) -> None:
    """Correct what the operator's head knows best; name, region and dates are the authority's."""
    with act.record("registry.correct_platform", platform, "platform.changed") as entry:
        _change(entry, platform, url=url)


def move_platform(act: Act, platform: Platform, *, operator: Organisation, reason: str) -> None:
    """Hand a platform over to another operator."""
    with act.record("registry.move_platform", platform, "platform.moved") as entry:
        _change(entry, platform, operator=operator)
        entry.data = {"reason": reason}


def end_service(act: Act, platform: Platform, *, ended: dt.date, reason: str) -> None:
    """Record the end of a platform's service: nothing falls due for it any more. Can be taken back."""
    with act.record("registry.end_service", platform, "platform.ended") as entry:
        if platform.ended:
            raise Conflict.of("registry.ended_already", day=str(platform.ended))
        _change(entry, platform, ended=ended, ended_reason=reason)


def resume_service(act: Act, platform: Platform) -> None:
    """Record that a platform serves again, or never stopped."""
    with act.record("registry.resume_service", platform, "platform.resumed") as entry:
        if not platform.ended:
            raise Conflict.of("registry.not_ended")
        _change(entry, platform, ended=None, ended_reason="")


def update_due(platform: Platform) -> None:
    """Set the stored due date to the date of the rule (6.1.1)."""
    since = (platform.service_start, platform.last_evaluated)
    rule = None if platform.ended else schedule.annual(policy.default("authority"), *since)
    platform.due = rule.due if rule else None
    platform.due_warning = rule.warning if rule else None


def with_due(platform: Platform, changes: dict[str, Any]) -> tuple[Platform, dict[str, Any]]:
    """Return a platform as changes would make it, and the changes with the due date that follows.

    The platform itself stays as it is: an entry records what a change makes of it.
    """
    after = copy(platform)
    for name, value in changes.items():
        setattr(after, name, value)
    update_due(after)
    return after, {**changes, "due": after.due, "due_warning": after.due_warning}


def _change(entry: Entry, platform: Platform, **changes: Any) -> None:
    after, changes = with_due(platform, changes)
    _check_facts(after, entry.today)
    entry.change(platform, **changes, taken=_name_taken(after))


def _check_facts(platform: Platform, today: dt.date) -> None:
    known = {name: getattr(platform, name) for name in register.FACTS}
    if problems := list(register.platform_problems(today, **known)):
        raise Invalid(problems)


def _name_taken(platform: Platform) -> Problem:
    return Problem("registry.name_taken", {"name": platform.name}, ("name",))


def add_site(act: Act, platform: Platform, *, name: str, address: str = "") -> Site:
    """Add a site; raises Invalid `registry.site_taken` where the platform has one of this name."""
    with act.record("registry.add_site", platform, "site.added") as entry:
        site = Site(id=entry.id, platform=platform, name=name, address=address)
        entry.add(site, taken=_site_taken(name))
    return site


def change_site(act: Act, site: Site, *, name: str, address: str = "", closed: dt.date | None = None) -> None:
    """Correct a site, close it with its last day, or open it again by taking that day away."""
    with act.record("registry.change_site", site.platform, "site.changed") as entry:
        dates.check({"service_start": site.platform.service_start, "closed": closed})
        entry.change(site, name=name, address=address, closed=closed, taken=_site_taken(name))


def _site_taken(name: str) -> Problem:
    return Problem("registry.site_taken", {"name": name}, ("name",))


def report_trigger(
    act: Act, platform: Platform, *, kind: str, happened: dt.date, description: str
) -> Trigger:
    """Report an emergency, a change of an important manager, a software upgrade or a hardware update.

    Notifies the authority's officers, or the operator where an officer reports. Raises Invalid
    `dates.future` for a day that is still to come.
    """
    with act.record("registry.report_trigger", platform, "trigger.reported") as entry:
        dates.check({"happened": happened}, act.today)
        trigger = Trigger(
            id=entry.id, platform=platform, kind=kind, happened=happened, description=description,
            reported_by=act.by, reported=act.now,
        )  # fmt: skip
        entry.add(trigger)
        _notify(act, trigger, "registry.trigger_reported")
    return trigger


def view_trigger(act: Act, trigger: Trigger, *, view: str) -> None:
    """Record what the operator's head thinks of a trigger; the decision stays the authority's."""
    with act.record("registry.view_trigger", trigger.platform, "trigger.viewed") as entry:
        trigger.refresh_from_db(fields=("important",))
        if trigger.important is not None:
            raise Conflict.of("registry.decided_already")
        entry.change(trigger, view=view)


def decide_trigger(act: Act, trigger: Trigger, *, important: bool, reason: str) -> None:
    """Decide whether a trigger is important; if so an evaluation must start by the day set by the policy.

    A decision can be changed by another one as long as no evaluation was started for it.
    """
    with act.record("registry.decide_trigger", trigger.platform, "trigger.decided") as entry:
        trigger.refresh_from_db(fields=("met",))
        if trigger.met:
            raise Conflict.of("registry.met_already", day=str(trigger.met))
        due = schedule.trigger_due(policy.default("authority"), act.today) if important else None
        entry.change(
            trigger, important=important, reason=reason, due=due, decided_by=act.by, decided=act.now
        )  # fmt: skip
        _notify(act, trigger, "registry.trigger_decided")


def meet_trigger(act: Act, trigger: Trigger) -> None:
    """Record that the evaluation an important trigger called for has started."""
    with act.record("registry.meet_trigger", trigger.platform, "trigger.met") as entry:
        entry.change(trigger, met=act.today)


def _notify(act: Act, trigger: Trigger, code: str) -> None:
    """Notify the other side: the operator of what an officer did, else the nearest authority."""
    platform = trigger.platform
    staff = User.objects.filter(
        memberships__organisation_id=platform.operator_id,
        memberships__role__in=(Role.OPERATOR, Role.OPERATOR_HEAD),
        is_active=True,
    ).distinct()
    people = (officers_over(platform.region) if act.by in staff else staff).exclude(pk=act.by.pk)
    url = f"{page('platform', platform)}#triggers"
    notices.notify(to=people, code=code, data={"platform": platform.name}, url=url, now=act.now)


def note_evaluated(act: Act, platform: Platform, *, day: dt.date, grade: str) -> None:
    """Record that an authority's evaluation of a platform was concluded: the next one falls due (6.1.1).

    `day`: the last of the visit. An earlier one changes nothing.
    """
    with act.record("registry.note_evaluated", platform, "platform.evaluated") as entry:
        if platform.last_evaluated is None or platform.last_evaluated <= day:
            _change(entry, platform, last_evaluated=day, last_grade=grade)


def import_platforms(act: Act, sheet: Sheet, *, upload: Upload, seen: str) -> None:
    """Add and change the platforms of a sheet, with operators and sites that are new.

    Raises Invalid while a row is wrong, Conflict where the register has changed since the preview whose
    digest is `seen`, AlreadyDone where this upload was imported before.
    """
    with act.begin("registry.import_platforms", "import", "import.platforms") as entry:
        steps = settle(sheet, upload, seen)
        entry.data = summary(upload, steps)
        try:
            operators = _add_new_operators(act, steps)
            _add_platforms(act, _of_kind(steps, "add"), operators)
            _change_platforms(act, _of_kind(steps, "change"))
        except IntegrityError as error:  # one of them was registered after the sheet was compared
            raise Conflict.of("ledger.changed") from error


def import_operators(act: Act, sheet: Sheet, *, upload: Upload, seen: str) -> None:
    """Add and change the operators of a sheet; raises as `import_platforms` does."""
    with act.begin("registry.import_operators", "import", "import.operators") as entry:
        steps = settle(sheet, upload, seen)
        entry.data = summary(upload, steps)
        try:
            _add_operators(act, _of_kind(steps, "add"))
            _change_operators(act, _of_kind(steps, "change"))
        except IntegrityError as error:
            raise Conflict.of("ledger.changed") from error


def import_regions(act: Act, sheet: Sheet, *, upload: Upload, seen: str) -> None:
    """Add the regions of a sheet or correct their names; raises as `import_platforms` does."""
    with act.begin("registry.import_regions", "import", "import.regions") as entry:
        steps = settle(sheet, upload, seen)
        entry.data = summary(upload, steps)
        divisions = {s.row.values["code"]: _names(s) for s in steps if s.kind in ("add", "change")}
        load_regions(Act(act.by, act.now), divisions=divisions)


def _names(step: Step) -> dict[str, str]:
    english = step.row.values.get("name_en", step.thing.name_en if step.thing else "")
    return {"name": step.row.values["name"], "name_en": english or ""}


def _of_kind(steps: Sequence[Step], kind: str) -> list[Step]:
    return [step for step in steps if step.kind == kind]


def _values(model: type[Model], step: Step) -> dict[str, Any]:
    """Return the values of a row that are fields of a model; a text that was cleared is empty."""
    fields = {field.name: field for field in model._meta.concrete_fields}  # noqa: SLF001 - Django's own name
    return {
        name: "" if value is None and not fields[name].null else value
        for name, value in step.row.values.items()
        if name in fields
    }


def _add_new_operators(act: Act, steps: Sequence[Step]) -> dict[str, Organisation]:
    """Add the operators that are not registered, each once, in the region of the first platform it runs."""
    made: dict[str, Organisation] = {}
    for step in steps:
        operator = step.row.values["operator"]
        if isinstance(operator, NewOperator) and folded(operator.name) not in made:
            made[folded(operator.name)] = add_organisation(
                Act(act.by, act.now), kind=Organisation.Kind.OPERATOR, name=operator.name,
                code=operator.code, region=step.row.values["region"],
            )  # fmt: skip
    return made


def _add_platforms(act: Act, steps: Sequence[Step], operators: Mapping[str, Organisation]) -> None:
    with act.begin_many("registry.import_platforms", "platform", "platform.added", len(steps)) as entries:
        rows: list[tuple[Entry, Model]] = []
        for step, entry in zip(steps, entries, strict=True):
            values = _values(Platform, step)
            operator = operators.get(folded(values["operator"].name), values["operator"])
            platform = Platform(head=entry.head, **values | {"operator": operator})
            update_due(platform)
            rows += [(entry, platform), *_sites(entry, platform, step.row.values.get("sites") or ())]
            entry.data = {"import": str(act.id)}
        add_each(rows)


def _change_platforms(act: Act, steps: Sequence[Step]) -> None:
    platforms = [step.thing for step in steps]
    with act.record_many("registry.import_platforms", platforms, "platform.changed") as entries:
        changes, sites = [], []
        for step, entry in zip(steps, entries, strict=True):
            changes.append((entry, step.thing, with_due(step.thing, _values(Platform, step))[1]))
            names = step.row.values.get("sites") or ()
            sites += _sites(entry, step.thing, [name for name in names if name not in step.thing.site_names])
            entry.data = {"import": str(act.id)}
        change_each(changes)
        add_each(sites)


def _sites(entry: Entry, platform: Platform, names: Sequence[str]) -> list[tuple[Entry, Model]]:
    return [(entry, Site(platform=platform, name=name)) for name in names]


def _add_operators(act: Act, steps: Sequence[Step]) -> None:
    many = act.begin_many("registry.import_operators", "organisation", "organisation.added", len(steps))
    with many as entries:
        kind = Organisation.Kind.OPERATOR
        add_each(
            (entry, Organisation(head=entry.head, kind=kind, **_values(Organisation, step)))
            for step, entry in zip(steps, entries, strict=True)
        )


def _change_operators(act: Act, steps: Sequence[Step]) -> None:
    operators = [step.thing for step in steps]
    with act.record_many("registry.import_operators", operators, "organisation.changed") as entries:
        change_each(
            (entry, step.thing, _values(Organisation, step))
            for step, entry in zip(steps, entries, strict=True)
        )
