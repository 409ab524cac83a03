"""Spreadsheets of the register: the meaning of their columns, and how rows match what is registered."""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from zhiping.accounts.models import Organisation, Region, User
from zhiping.accounts.queries import in_regions
from zhiping.accounts.rules import responsible
from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.identity import credit_code, folded, same
from zhiping.domain.register import FACTS, platform_problems
from zhiping.registry.models import Platform, Site
from zhiping.registry.queries import Places, place, regions
from zhiping.web.importing import (
    Column,
    Row,
    Sheet,
    choice,
    choice_text,
    choice_words,
    date,
    listed,
    phone,
    web_address,
    words,
)


def region_sheet() -> Sheet:
    """Return the sheet of regions; what a region belongs to follows from its code."""
    columns = (
        Column("code", _code, lambda r: r.code, required=True, example="150102"),
        Column("name", words(60), lambda r: r.name, required=True, width=30),
        Column("name_en", words(80), lambda r: r.name_en, width=40, example="Xincheng District"),
    )
    return Sheet("registry.region_sheet", columns, _match_regions)


def region_of(user: User, places: Places) -> Callable[[str], Region]:
    """Return the reader of a cell that names a region the person is responsible for."""

    def parse(text: str) -> Region:
        matching = places.find(text)
        mine = [region for region in matching if responsible(user, region.code)]
        if len(mine) == 1:
            return mine[0]
        if not matching:
            raise Invalid([Problem("registry.no_region", {"found": text})])
        if not mine:
            raise Invalid([Problem("registry.not_your_region", {"found": text})])
        data = {"found": text, "allowed": [f"{place(r)}（{r.code}）" for r in mine]}
        raise Invalid([Problem("registry.ambiguous_region", data)])

    return parse


def _code(text: str) -> str:
    code = folded(text)
    if not re.fullmatch(r"[1-9][0-9]{5}", code, re.ASCII):
        raise Invalid([Problem("registry.bad_region_code", {"found": text})])
    return code


def _match_regions(rows: Sequence[Row]) -> Mapping[int, Region]:
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
        Column("phone", phone, lambda o: o.phone, example="0471-0000000"),
    )  # fmt: skip
    return Sheet("registry.operator_sheet", columns, partial(_match_operators, user))


def _match_operators(user: User, rows: Sequence[Row]) -> Mapping[int, Organisation]:
    known = list(Organisation.objects.select_related("head", "region__parent"))
    by_name = {organisation.name_key: organisation for organisation in known}
    by_code = {organisation.code: organisation for organisation in known if organisation.code}
    first: dict[tuple[str, str], int] = {}
    matches = {}
    for row in rows:
        organisation = _find_operator(row, by_name, by_code)
        _once(row, first)
        if organisation is None:
            continue
        if organisation.kind != Organisation.Kind.OPERATOR:
            row.refuse_cell("name", "registry.not_operator", found=organisation.name)
        elif not responsible(user, organisation.region_id):
            row.refuse_cell("name", "registry.operator_elsewhere", found=organisation.name)
        matches[row.number] = organisation
    return matches


def _find_operator(
    row: Row, by_name: Mapping[str, Organisation], by_code: Mapping[str, Organisation]
) -> Organisation | None:
    """Return the organisation of a row's code, else of its name; a name and a code of two are a fault."""
    key, coded = folded(row.values.get("name", "")), by_code.get(row.values.get("code") or "")
    named = by_name.get(key)
    if named and coded and named != coded:
        row.refuse_cell("code", "registry.code_of_other", found=coded.code, name=coded.name)
    if named:
        row.values["name"] = named.name  # another spelling is no change
    return coded or named


def _once(row: Row, first: dict[tuple[str, str], int]) -> None:
    for key in ("name", "code"):
        value = folded(row.values.get(key) or "")
        if value and (other := first.setdefault((key, value), row.number)) != row.number:
            row.refuse_cell(key, "registry.double_row", row=other)


@dataclass(frozen=True, slots=True)
class NewOperator:
    """An operator that importing a row would add."""

    name: str
    code: str

    def __str__(self) -> str:
        return self.name


def platform_sheet(user: User, today: dt.date) -> Sheet:
    """Return the sheet of the platforms in the person's regions."""
    places = Places()
    columns = (
        Column("name", words(120), lambda p: p.name, required=True, width=36),
        Column("operator", words(120), lambda p: p.operator, required=True, width=36),
        Column("operator_code", credit_code, lambda p: p.operator.code, width=24, example=CODE),
        Column("region", region_of(user, places), lambda p: p.region, place, required=True,
               options=[place(region) for region in regions(user).select_related("parent")], width=24),
        Column("channel", choice("registry.channels"), lambda p: p.channel,
               choice_text("registry.channels"), required=True, options=choice_words("registry.channels"),
               width=12),
        Column("url", web_address, lambda p: p.url, width=36, example="https://www.example.cn"),
        Column("service_start", date, lambda p: p.service_start, width=14, example="2024-03-01"),
        Column("last_evaluated", date, lambda p: p.last_evaluated, width=14, example="2025-09-10"),
        Column("last_grade", choice("registry.grades"), lambda p: p.last_grade,
               choice_text("registry.grades"), options=choice_words("registry.grades"), width=12),
        Column("sites", listed(120), lambda p: p.site_names, width=48),
    )  # fmt: skip
    return Sheet("registry.platform_sheet", columns, partial(_match_platforms, user, today))


def with_sites(platforms: Iterable[Platform], sites: Iterable[tuple[UUID, str]]) -> list[Platform]:
    """Return platforms that know the names of their sites as `site_names`."""
    names: dict[UUID, list[str]] = defaultdict(list)
    for platform_id, name in sites:
        names[platform_id].append(name)
    rows = list(platforms)
    for platform in rows:
        platform.site_names = tuple(names[platform.pk])  # type: ignore[attr-defined] # a sheet's column
    return rows


@dataclass(frozen=True, slots=True)
class _Register:
    """Registered platforms and operators, read once to compare rows with."""

    user: User
    today: dt.date
    by_name: dict[str, Organisation]
    by_code: dict[str, Organisation]
    platforms: dict[tuple[UUID, str], Platform]


def _match_platforms(user: User, today: dt.date, rows: Sequence[Row]) -> Mapping[int, Platform]:
    register = _read(user, today)
    first: dict[tuple[str, str], int] = {}
    codes: dict[str, str] = {}
    matches = {}
    for row in rows:
        known = None
        if "operator" in row.values:
            operator = _operator(register, row, codes)
            known = _known(register, row, operator, first)
        if known:
            matches[row.number] = known
        _true_dates(register, row, known)
    return matches


def _known(
    register: _Register, row: Row, operator: "Organisation | NewOperator", first: dict[tuple[str, str], int]
) -> Platform | None:
    """Return the platform a row is about, if the register has it; a sheet may have each but once."""
    name = row.values.get("name")
    if name is None:
        return None
    key = folded(name)
    if (other := first.setdefault((folded(operator.name), key), row.number)) != row.number:
        row.refuse_cell("name", "registry.double_row", row=other)
    known = register.platforms.get((operator.pk, key)) if isinstance(operator, Organisation) else None
    if known:
        row.values["name"] = known.name  # another spelling is no change
        _same_platform(register, row, known)
    return known


def _read(user: User, today: dt.date) -> _Register:
    """Read organisations, platforms and sites: four queries, however many rows there are."""
    mine = Q(in_regions(user, "region_id") | in_regions(user, "operator__region_id"))
    platforms = Platform.objects.filter(mine)
    named = Site.objects.filter(Exists(platforms.filter(pk=OuterRef("platform_id"))))
    known = with_sites(
        platforms.select_related("head", "operator", "region__parent"),
        named.order_by("name").values_list("platform_id", "name"),
    )
    organisations = list(Organisation.objects.all())
    return _Register(
        user=user,
        today=today,
        by_name={o.name_key: o for o in organisations},
        by_code={o.code: o for o in organisations if o.code},
        platforms={(p.operator_id, p.name_key): p for p in known},
    )


def _operator(register: _Register, row: Row, codes: dict[str, str]) -> Organisation | NewOperator:
    """Return who runs the platform of a row, by name and code; say where the two contradict."""
    name, code = row.values["operator"], row.values.pop("operator_code", None) or ""
    named, coded = register.by_name.get(folded(name)), register.by_code.get(code)
    if coded and coded != named:
        row.refuse_cell("operator_code", "registry.code_of_other", found=code, name=coded.name)
    elif named and code and named.code not in (None, "", code):
        row.refuse_cell("operator_code", "registry.other_code", name=name, found=code, known=named.code)
    if named is None:
        new = NewOperator(name, code)
        row.values |= {"operator": new, "operator_code": code}
        row.note("registry.new_operator", name=name)
        if code and not same(codes.setdefault(code, name), name):
            row.refuse_cell("operator_code", "registry.code_of_other", found=code, name=codes[code])
        return new
    if named.kind != Organisation.Kind.OPERATOR:
        row.refuse_cell("operator", "registry.not_operator", found=name)
    elif not responsible(register.user, named.region_id):
        row.refuse_cell("operator", "registry.operator_elsewhere", found=name)
    row.values["operator"] = named
    return named


def _same_platform(register: _Register, row: Row, known: Platform) -> None:
    if not responsible(register.user, known.region_id):
        row.refuse_cell("name", "registry.platform_elsewhere", found=known.name)
    if "sites" in row.values:  # sites are added; closing one is done on the platform's page
        site_names: tuple[str, ...] = known.site_names  # type: ignore[attr-defined] # see with_sites
        keys = {folded(name) for name in site_names}
        added = [name for name in row.values["sites"] or () if folded(name) not in keys]
        row.values["sites"] = (*site_names, *added)


def _true_dates(register: _Register, row: Row, known: Platform | None) -> None:
    facts: dict[str, Any] = {name: getattr(known, name) for name in FACTS} if known else {}
    facts |= {name: row.values[name] for name in FACTS if name in row.values}
    for problem in platform_problems(register.today, **facts):
        if problem.where[0] not in row.faulty:  # a cell that could not be read has its problem already
            row.refuse_cell(problem.where[0], problem.code, **problem.data)
