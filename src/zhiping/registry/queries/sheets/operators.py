"""Operators in a spreadsheet."""

from collections.abc import Mapping, Sequence
from functools import partial

from zhiping.accounts.models import Organisation, User
from zhiping.accounts.rules import responsible
from zhiping.domain.identity import credit_code
from zhiping.registry.queries.regions import Places, place, regions
from zhiping.registry.queries.sheets.regions import region_of
from zhiping.web.importing import Column, Row, Sheet, words

CODE = "12150100000000001C"  # an example, of no organisation


def operator_sheet(user: User) -> Sheet:
    """Return the sheet of the operators in the person's regions; a code known already lets a name change."""
    places = Places()
    columns = (
        Column("name", words(120), lambda o: o.name, required=True, width=36),
        Column("code", credit_code, lambda o: o.code, width=24, example=CODE),
        Column("region", region_of(user, places), lambda o: o.region, place, required=True,
               options=[place(region) for region in regions(user).select_related("parent")], width=24),
        Column("address", words(200), lambda o: o.address, width=36),
        Column("contact", words(60), lambda o: o.contact),
        Column("phone", words(30), lambda o: o.phone, example="0471-0000000"),
    )  # fmt: skip
    return Sheet("registry.operator_sheet", columns, partial(_match, user))


def _match(user: User, rows: Sequence[Row]) -> Mapping[int, Organisation]:
    known = list(Organisation.objects.select_related("head", "region__parent"))
    by_name = {organisation.name: organisation for organisation in known}
    by_code = {organisation.code: organisation for organisation in known if organisation.code}
    first: dict[tuple[str, str], int] = {}
    found = {}
    for row in rows:
        organisation = _find(row, by_name, by_code)
        _once(row, first)
        if organisation is None:
            continue
        if organisation.kind != Organisation.Kind.OPERATOR:
            row.refuse_cell("name", "registry.not_operator", found=organisation.name)
        elif not responsible(user, organisation.region_id):
            row.refuse_cell("name", "registry.operator_elsewhere", found=organisation.name)
        found[row.number] = organisation
    return found


def _find(
    row: Row, by_name: Mapping[str, Organisation], by_code: Mapping[str, Organisation]
) -> Organisation | None:
    """Return the organisation of a row's code, else of its name; a name and a code of two are a fault."""
    named, coded = by_name.get(row.values.get("name", "")), by_code.get(row.values.get("code") or "")
    if named and coded and named != coded:
        row.refuse_cell("code", "registry.code_of_other", found=coded.code, name=coded.name)
    return coded or named


def _once(row: Row, first: dict[tuple[str, str], int]) -> None:
    for key in ("name", "code"):
        value = row.values.get(key)
        if value and (other := first.setdefault((key, value), row.number)) != row.number:
            row.refuse_cell(key, "registry.double_row", row=other)
