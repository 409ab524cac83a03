"""Which rows are recorded in a ledger, and how: read from the models.

A model names in `LEDGER` the thing in whose ledger its rows are recorded: the path of the foreign key to it,
"pk" for the thing itself, or the id of a ledger of the installation. `SECRETS` are recorded as keyed
fingerprints, `HASHED` as their SHA-256; `UNRECORDED` maps a field that changes without an event to the
reason. A model whose rows are in no ledger has the reason in `NOT_RECORDED`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import Model


@dataclass(frozen=True, slots=True)
class Recording:
    """How the rows of a model are recorded; `reason`: why they are not, where `ledger` is empty."""

    ledger: str | UUID = ""
    secrets: Collection[str] = ()
    hashed: Collection[str] = ()
    unrecorded: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""


UNUSED = "written by nothing: permissions are rules of the code"
OTHERS = {  # models of libraries, by label
    "mfa.Authenticator": Recording(
        "user", secrets=("data",), unrecorded={"last_used_at": "the audit log records sign-ins"}
    ),
    "account.EmailAddress": Recording("user"),  # written by nothing: a row could receive a link to a password
    "account.EmailConfirmation": Recording("email_address__user"),
    "auth.Permission": Recording(reason=UNUSED),
    "auth.Group": Recording(reason=UNUSED),
    "contenttypes.ContentType": Recording(reason="derived from the models by migrations"),
    "sessions.Session": Recording(reason="ends within a day, and with the password it began under"),
    "django_tasks_database.DBTaskResult": Recording(reason="the queue of the worker; emptied after days"),
}


@cache
def recording(model: type[Model]) -> Recording:
    """Return how the rows of a model are recorded; raises LookupError where the model does not say."""
    label = model._meta.label  # noqa: SLF001 - Django's own name
    if label in OTHERS:
        return OTHERS[label]
    ledger, reason = getattr(model, "LEDGER", ""), getattr(model, "NOT_RECORDED", "")
    if bool(ledger) == bool(reason):
        raise LookupError(label)
    return Recording(
        ledger,
        getattr(model, "SECRETS", ()),
        getattr(model, "HASHED", ()),
        getattr(model, "UNRECORDED", {}),
        reason,
    )


def recorded() -> list[type[Model]]:
    """Return the models whose rows are recorded."""
    return [model for model in apps.get_models() if recording(model).ledger]


def ledger_of(row: Model) -> Any:
    """Return the id of the ledger in which a row is recorded; None where its model is not recorded."""
    path = recording(row._meta.model).ledger  # noqa: SLF001 - Django's own name
    if isinstance(path, UUID) or not path:
        return path or None
    *steps, last = path.split("__")
    thing: Any = row
    for step in steps:
        thing = getattr(thing, step)
    return thing.pk if last == "pk" else getattr(thing, f"{last}_id")
