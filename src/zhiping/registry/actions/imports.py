"""Taking a whole spreadsheet into the register: all of it or nothing, in few statements."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.db.models import QuerySet
from django.utils import timezone

from zhiping.accounts import actions as accounts
from zhiping.accounts.actions.organisations import facts as operator_facts
from zhiping.accounts.models import Organisation, User
from zhiping.accounts.rules import require
from zhiping.domain.errors import Conflict, Problem
from zhiping.ledger import actions as ledger
from zhiping.registry.actions.platforms import changed, facts, reckon_due
from zhiping.registry.models import Platform, Site
from zhiping.registry.queries.sheets import NewOperator, operator_sheet, platform_sheet, region_sheet
from zhiping.web.importing import Step, Upload, settle, summary

PLATFORM = ("region", "channel", "url", "service_start", "last_evaluated", "last_grade")
TEXTS = ("url", "last_grade")
OPERATOR = ("name", "code", "region", "address", "contact", "phone")


def import_platforms(*, by: User, now: dt.datetime, upload: Upload, seen: str, id: UUID) -> None:
    """Add and change the platforms of a sheet, with operators and sites that are new.

    Raises Invalid while a row is wrong, Conflict where the register has changed since the preview whose
    digest is `seen`, AlreadyDone where this upload was imported before.
    """
    require(by, "registry.import_platforms")
    with ledger.begin("import", "import.platforms", by=by, at=now, id=id) as entry:
        steps = settle(platform_sheet(by, timezone.localdate(now)), upload, seen)
        try:
            operators = _new_operators(steps, by=by, now=now)
            _add_platforms([s for s in steps if s.kind == "add"], operators, by=by, now=now, id=id)
            _change_platforms([s for s in steps if s.kind == "change"], by=by, now=now, id=id)
        except IntegrityError as error:  # somebody registered one of them meanwhile
            raise Conflict([Problem("ledger.changed")]) from error
        entry.data = summary(upload, steps)


def import_operators(*, by: User, now: dt.datetime, upload: Upload, seen: str, id: UUID) -> None:
    """Add and change the operators of a sheet; raises as `import_platforms` does."""
    require(by, "registry.import_operators")
    with ledger.begin("import", "import.operators", by=by, at=now, id=id) as entry:
        steps = settle(operator_sheet(by), upload, seen)
        try:
            _add_operators([s for s in steps if s.kind == "add"], by=by, now=now)
            _change_operators([s for s in steps if s.kind == "change"], by=by, now=now)
        except IntegrityError as error:
            raise Conflict([Problem("ledger.changed")]) from error
        entry.data = summary(upload, steps)


def import_regions(*, by: User, now: dt.datetime, upload: Upload, seen: str, id: UUID) -> None:
    """Add the regions of a sheet or correct their names; raises as `import_platforms` does."""
    require(by, "registry.import_regions")
    with ledger.begin("import", "import.regions", by=by, at=now, id=id) as entry:
        steps = settle(region_sheet(), upload, seen)
        divisions = {s.row.values["code"]: _names(s) for s in steps if s.kind in ("add", "change")}
        accounts.load_regions(by=by, now=now, divisions=divisions)
        entry.data = summary(upload, steps)


def _names(step: Step) -> dict[str, str]:
    english = step.row.values.get("name_en", step.thing.name_en if step.thing else "")
    return {"name": step.row.values["name"], "name_en": english or ""}


def _new_operators(steps: Sequence[Step], *, by: User, now: dt.datetime) -> dict[str, Organisation]:
    """Add the operators nobody knew, each once, in the region of the first platform it runs."""
    made: dict[str, Organisation] = {}
    for step in steps:
        operator = step.row.values["operator"]
        if isinstance(operator, NewOperator) and operator.name not in made:
            made[operator.name] = accounts.add_organisation(
                by=by, now=now, kind=Organisation.Kind.OPERATOR, name=operator.name, code=operator.code,
                region=step.row.values["region"],
            )  # fmt: skip
    return made


def _add_platforms(
    steps: Sequence[Step], operators: dict[str, Organisation], *, by: User, now: dt.datetime, id: UUID
) -> None:
    with ledger.begin_many("platform", "platform.added", len(steps), by=by, at=now) as entries:
        platforms, sites = [], []
        for step, entry in zip(steps, entries, strict=True):
            operator = step.row.values["operator"]
            if isinstance(operator, NewOperator):
                operator = operators[operator.name]
            platform = Platform(head=entry.head, name=step.row.values["name"], operator=operator)
            _fill(platform, step)
            platforms.append(platform)
            new = [Site(platform=platform, name=name) for name in step.row.values.get("sites") or ()]
            sites += new
            entry.data = {**facts(platform), "sites": [site.name for site in new], "import": str(id)}
        Platform.objects.bulk_create(platforms)
        Site.objects.bulk_create(sites)


def _change_platforms(steps: Sequence[Step], *, by: User, now: dt.datetime, id: UUID) -> None:
    platforms = [step.thing for step in steps]
    with ledger.record_many(platforms, "platform.changed", by=by, at=now) as entries:
        sites: list[Site] = []
        for step, entry in zip(steps, entries, strict=True):
            before = facts(step.thing)
            _fill(step.thing, step)
            names = [name for name in step.row.values.get("sites") or () if name not in step.thing.site_names]
            sites += [Site(platform=step.thing, name=name) for name in names]
            entry.data = {**changed(before, facts(step.thing)), "import": str(id)}
            if names:
                entry.data["sites"] = names
        _update(Platform.objects.all(), platforms, (*PLATFORM, "due", "due_warning"))
        Site.objects.bulk_create(sites)


def _fill(platform: Platform, step: Step) -> None:
    for name in PLATFORM:
        if name in step.row.values:
            value = step.row.values[name]
            setattr(platform, name, "" if value is None and name in TEXTS else value)
    reckon_due(platform)


def _add_operators(steps: Sequence[Step], *, by: User, now: dt.datetime) -> None:
    with ledger.begin_many("organisation", "organisation.added", len(steps), by=by, at=now) as entries:
        made = []
        for step, entry in zip(steps, entries, strict=True):
            operator = Organisation(head=entry.head, kind=Organisation.Kind.OPERATOR)
            _fill_operator(operator, step)
            made.append(operator)
            entry.data = {"kind": str(operator.kind)} | operator_facts(operator)
        Organisation.objects.bulk_create(made)


def _change_operators(steps: Sequence[Step], *, by: User, now: dt.datetime) -> None:
    operators = [step.thing for step in steps]
    with ledger.record_many(operators, "organisation.changed", by=by, at=now) as entries:
        for step, entry in zip(steps, entries, strict=True):
            before = operator_facts(step.thing)
            _fill_operator(step.thing, step)
            entry.data = changed(before, operator_facts(step.thing))
        _update(Organisation.objects.all(), operators, OPERATOR)


def _fill_operator(operator: Organisation, step: Step) -> None:
    for name in OPERATOR:
        if name in step.row.values:
            value: Any = step.row.values[name]
            setattr(operator, name, "" if value is None and name != "code" else value)


def _update(things: QuerySet[Any], changed: Sequence[Any], fields: Sequence[str]) -> None:
    """Store known things anew in few statements (`bulk_update` takes ten times as long for thousands)."""
    things.bulk_create(changed, update_conflicts=True, unique_fields=["head"], update_fields=fields)
