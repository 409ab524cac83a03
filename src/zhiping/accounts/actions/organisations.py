"""Adding and changing authorities and operators."""

from typing import Any

from django.db.models import Q

from zhiping.accounts.models import Organisation, Region
from zhiping.domain import identity
from zhiping.domain.errors import Invalid, Problem
from zhiping.ledger.act import Act


def add_organisation(
    act: Act,
    *,
    kind: str,
    name: str,
    region: Region,
    code: str = "",
    address: str = "",
    contact: str = "",
    phone: str = "",
) -> Organisation:
    """Add an authority (administrators) or an operator (officers of its region too).

    `code`: unified social credit code, checked where given. Raises Invalid `accounts.name_taken`,
    `accounts.code_taken` and what `domain.identity.credit_code` raises.
    """
    organisation = Organisation(kind=kind, name=name.strip(), region=region, address=address, contact=contact)
    with act.begin(
        "accounts.add_organisation", "organisation", "organisation.added", about=organisation
    ) as entry:
        organisation.head = entry.head
        checked = _checked({"name": organisation.name, "code": code, "phone": phone}, organisation)
        organisation.code, organisation.phone = checked["code"], checked["phone"]
        entry.add(organisation, taken=_taken(organisation))
    return organisation


def change_organisation(act: Act, organisation: Organisation, **changes: Any) -> Organisation:
    """Correct the facts of an organisation; its kind stays."""
    with act.record("accounts.change_organisation", organisation, "organisation.changed") as entry:
        entry.change(organisation, taken=_taken(organisation), **_checked(changes, organisation))
        act.require("accounts.change_organisation", organisation)  # not into a region of another authority
    return organisation


def _checked(values: dict[str, Any], organisation: Organisation) -> dict[str, Any]:
    """Return values with code and telephone normalised; raise Invalid for each name or code that is taken."""
    checked = dict(values)
    if "code" in values:
        checked["code"] = identity.credit_code(values["code"]) if values["code"] else None
    if values.get("phone"):
        checked["phone"] = identity.phone(values["phone"])
    others = Organisation.objects.exclude(pk=organisation.pk)
    same = {
        "name": ("accounts.name_taken", Q(name_key=identity.folded(checked.get("name", "")))),
        "code": ("accounts.code_taken", Q(code=checked.get("code"))),
    }
    taken = [
        Problem(problem, {"found": checked[name]}, (name,))
        for name, (problem, condition) in same.items()
        if checked.get(name) and others.filter(condition).exists()
    ]
    if taken:
        raise Invalid(taken)
    return checked


def _taken(organisation: Organisation) -> Problem:
    """Return the problem of a name that another request took between check and write."""
    return Problem("accounts.name_taken", {"found": organisation.name}, ("name",))
