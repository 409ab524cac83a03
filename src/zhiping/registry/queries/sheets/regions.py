"""Regions in a spreadsheet: GB/T 2260 codes with their names; and a cell that names a region."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence

from zhiping.accounts.models import Region, User
from zhiping.accounts.rules import responsible
from zhiping.domain.errors import Invalid, Problem
from zhiping.registry.queries.regions import Places, place
from zhiping.web.importing import Column, Row, Sheet, words


def region_sheet() -> Sheet:
    """Return the sheet of regions; what a region belongs to follows from its code."""
    columns = (
        Column("code", _code, lambda r: r.code, required=True, example="150102"),
        Column("name", words(60), lambda r: r.name, required=True, width=30),
        Column("name_en", words(80), lambda r: r.name_en, width=40, example="Xincheng District"),
    )
    return Sheet("registry.region_sheet", columns, _match)


def region_of(user: User, places: Places) -> Callable[[str], Region]:
    """Return the reader of a cell that names a region the person is responsible for."""

    def parse(text: str) -> Region:
        found = places.find(text)
        mine = [region for region in found if responsible(user, region.code)]
        if len(mine) == 1:
            return mine[0]
        if not found:
            raise Invalid([Problem("registry.no_region", {"found": text})])
        if not mine:
            raise Invalid([Problem("registry.not_your_region", {"found": text})])
        data = {"found": text, "allowed": [f"{place(r)}（{r.code}）" for r in mine]}
        raise Invalid([Problem("registry.ambiguous_region", data)])

    return parse


def _code(text: str) -> str:
    code = unicodedata.normalize("NFKC", text)
    if not re.fullmatch(r"[1-9][0-9]{5}", code, re.ASCII):
        raise Invalid([Problem("registry.bad_region_code", {"found": text})])
    return code


def _match(rows: Sequence[Row]) -> Mapping[int, Region]:
    known = {region.code: region for region in Region.objects.all()}
    coded = [row for row in rows if "code" in row.values]
    codes = {*known, *(row.values["code"] for row in coded)}
    provinces = {code[:2] for code in codes if code.endswith("0000")}
    first: dict[str, int] = {}
    for row in coded:
        code = row.values["code"]
        if (other := first.setdefault(code, row.number)) != row.number:
            row.refuse_cell("code", "registry.double_row", row=other)
        if code[:2] not in provinces:
            row.refuse_cell("code", "registry.no_province", found=code, province=f"{code[:2]}0000")
    return {row.number: known[row.values["code"]] for row in coded if row.values["code"] in known}
