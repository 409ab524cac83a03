"""The spreadsheet of platforms: rows are matched by operator and name; an unknown operator is a new one."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from zhiping.accounts.models import Organisation, User
from zhiping.accounts.queries import in_regions
from zhiping.accounts.rules import responsible
from zhiping.domain.identity import credit_code
from zhiping.domain.register import FACTS, platform_problems
from zhiping.registry.models import Platform, Site
from zhiping.registry.queries.regions import Places, place, regions
from zhiping.registry.queries.sheets.operators import CODE
from zhiping.registry.queries.sheets.regions import region_of
from zhiping.web.importing import (
    Column,
    Row,
    Sheet,
    choice,
    choice_text,
    choice_words,
    date,
    listed,
    web_address,
    words,
)


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
    return Sheet("registry.platform_sheet", columns, partial(_match, user, today))


def with_sites(platforms: Iterable[Platform], sites: Iterable[tuple[UUID, str]]) -> list[Platform]:
    """Return platforms that know the names of their sites as `site_names`."""
    names: dict[UUID, list[str]] = defaultdict(list)
    for platform_id, name in sites:
        names[platform_id].append(name)
    found = list(platforms)
    for platform in found:
        platform.site_names = tuple(names[platform.pk])  # type: ignore[attr-defined] # a sheet's column
    return found


@dataclass(frozen=True, slots=True)
class _Register:
    """What rows are compared with, read once."""

    user: User
    today: dt.date
    by_name: dict[str, Organisation]
    by_code: dict[str, Organisation]
    platforms: dict[tuple[UUID, str], Platform]


def _match(user: User, today: dt.date, rows: Sequence[Row]) -> Mapping[int, Platform]:
    register = _read(user, today)
    first: dict[tuple[str, str], int] = {}
    codes: dict[str, str] = {}
    found = {}
    for row in rows:
        known = None
        if "operator" in row.values:
            operator = _operator(register, row, codes)
            known = _known(register, row, operator, first)
        if known:
            found[row.number] = known
        _true_dates(register, row, known)
    return found


def _known(
    register: _Register, row: Row, operator: "Organisation | NewOperator", first: dict[tuple[str, str], int]
) -> Platform | None:
    """Return the platform a row is about, if the register has it; a sheet may have each but once."""
    name = row.values.get("name")
    if name is None:
        return None
    if (other := first.setdefault((str(operator), name), row.number)) != row.number:
        row.refuse_cell("name", "registry.double_row", row=other)
    known = register.platforms.get((operator.pk, name)) if isinstance(operator, Organisation) else None
    if known:
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
        by_name={o.name: o for o in organisations},
        by_code={o.code: o for o in organisations if o.code},
        platforms={(p.operator_id, p.name): p for p in known},
    )


def _operator(register: _Register, row: Row, codes: dict[str, str]) -> Organisation | NewOperator:
    """Return who runs the platform of a row, by name and code; say where the two contradict."""
    name, code = row.values["operator"], row.values.pop("operator_code", None) or ""
    named, coded = register.by_name.get(name), register.by_code.get(code)
    if coded and coded != named:
        row.refuse_cell("operator_code", "registry.code_of_other", found=code, name=coded.name)
    elif named and code and named.code not in (None, "", code):
        row.refuse_cell("operator_code", "registry.other_code", name=name, found=code, known=named.code)
    if named is None:
        new = NewOperator(name, code)
        row.values |= {"operator": new, "operator_code": code}
        row.note("registry.new_operator", name=name)
        if code and codes.setdefault(code, name) != name:
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
        added = [name for name in row.values["sites"] or () if name not in site_names]
        row.values["sites"] = (*site_names, *added)


def _true_dates(register: _Register, row: Row, known: Platform | None) -> None:
    facts: dict[str, Any] = {name: getattr(known, name) for name in FACTS} if known else {}
    facts |= {name: row.values[name] for name in FACTS if name in row.values}
    for problem in platform_problems(register.today, **facts):
        if problem.where[0] not in row.faulty:  # a cell that could not be read has its problem already
            row.refuse_cell(problem.where[0], problem.code, **problem.data)
