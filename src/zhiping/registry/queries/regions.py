"""Regions a user is responsible for, and their names as people write them."""

from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from typing import Any

from django.db.models import QuerySet

from zhiping.accounts.models import Region, User
from zhiping.accounts.queries import in_regions
from zhiping.documents.spreadsheets.workbook.cells import plain
from zhiping.statements import Row, rows_of
from zhiping.web.texts import language


def regions(user: User) -> QuerySet[Region]:
    """Return the regions an officer is responsible for."""
    return Region.objects.filter(in_regions(user, "code"))


def region_names(user: User) -> tuple[Row, ...]:
    """Return code and NAMES of each of these regions."""
    return tuple(rows_of(partial(_region_names, user)))


def _region_names(user: User) -> QuerySet[Any, Any]:
    return regions(user).values_list("code", *NAMES)


def divisions(_: User) -> QuerySet[Region]:
    """Return all regions known: public facts, the same for everybody."""
    return Region.objects.select_related("parent")


NAMES = ("level", "name", "name_en", "parent__name", "parent__name_en")


def place(region: Region) -> str:
    """Name a region as an address does: a county after its league-city; its parent must be at hand."""
    above = region.parent
    parents = (above.name, above.name_en) if above else (None, None)
    return named(region.level, region.name, region.name_en, *parents)


def named(level: str, zh: str, en: str, above_zh: str | None, above_en: str | None) -> str:
    """Name a region by the values of NAMES."""
    english = language() == "en"
    own = (english and en) or zh
    if level != Region.Level.COUNTY or not above_zh:
        return own
    above = (english and above_en) or above_zh
    return f"{own}, {above}" if english else f"{above}{own}"


class Places:
    """All regions, by code or by name with or without the regions above; one query when first used."""

    def __init__(self) -> None:
        self.by_code = {region.code: region for region in Region.objects.all()}
        self.by_name: dict[str, list[Region]] = defaultdict(list)
        for region in self.by_code.values():
            region.parent = self.by_code.get(region.parent_id or "")  # no query for each
        for region in self.by_code.values():
            for spelling in {_bare(name) for name in _spellings(region)}:
                self.by_name[spelling].append(region)

    def find(self, text: str) -> list[Region]:
        """Return what a text may mean: a region's code, its name, or its path in any usual writing."""
        bare = _bare(text)
        return [self.by_code[bare]] if bare in self.by_code else self.by_name.get(bare, [])


def _spellings(region: Region) -> Iterator[str]:
    chain = [region]
    while (above := chain[-1].parent) is not None:
        chain.append(above)
    for depth in range(1, len(chain) + 1):
        yield "".join(r.name for r in reversed(chain[:depth]))
        yield "".join(r.name_en or r.name for r in chain[:depth])
        yield "".join(r.name_en or r.name for r in reversed(chain[:depth]))


def _bare(text: str) -> str:
    """Return a name as it is compared: no spaces, no separators, one width, lower case."""
    return plain(text).translate({ord(c): None for c in "/\\,，、>-－·.→"})
