"""Importing a spreadsheet into the register: all of it or nothing, in few statements."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError
from django.db.models import Model

from zhiping.accounts import actions as accounts
from zhiping.accounts.models import Organisation
from zhiping.domain.errors import Conflict
from zhiping.ledger.act import Act
from zhiping.ledger.entry import Entry, add_each, change_each
from zhiping.registry.actions.platforms import update_due, with_due
from zhiping.registry.models import Platform, Site
from zhiping.registry.queries.sheets import NewOperator
from zhiping.web.importing import Sheet, Step, Upload, settle, summary


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
        accounts.load_regions(by=act.by, now=act.now, divisions=divisions)


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
        if isinstance(operator, NewOperator) and operator.name not in made:
            made[operator.name] = accounts.add_organisation(
                by=act.by, now=act.now, kind=Organisation.Kind.OPERATOR, name=operator.name,
                code=operator.code, region=step.row.values["region"],
            )  # fmt: skip
    return made


def _add_platforms(act: Act, steps: Sequence[Step], operators: Mapping[str, Organisation]) -> None:
    with act.begin_many("registry.import_platforms", "platform", "platform.added", len(steps)) as entries:
        rows: list[tuple[Entry, Model]] = []
        for step, entry in zip(steps, entries, strict=True):
            values = _values(Platform, step)
            operator = operators.get(str(values["operator"]), values["operator"])
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
