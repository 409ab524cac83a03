"""Loading administrative divisions."""

import tomllib
from collections.abc import Mapping, Set
from pathlib import Path

from zhiping.accounts.models import Region
from zhiping.ledger import actions as ledger
from zhiping.ledger.act import Act
from zhiping.ledger.entry import change_each
from zhiping.ledger.system import system

SHIPPED = Path(__file__).parents[1] / "regions.toml"


def load_regions(act: Act, *, divisions: Mapping[str, Mapping[str, str]] | None = None) -> int:
    """Add divisions by code (GB/T 2260), or correct their names; return how many were new or differed.

    `divisions`: {"150102": {"name": …, "name_en": …}}, by default those that ship; the division above must be
    among them or known already.
    """
    wanted = divisions if divisions is not None else tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
    with act.record("accounts.load_regions", system(act.now), "regions.loaded", about=None) as entry:
        known = {region.code: region for region in Region.objects.all()}
        rows = [_region(code, wanted[code], {*wanted, *known}) for code in sorted(wanted)]
        entry.add_all(row for row in rows if row.code not in known)
        names = ((known[row.code], row) for row in rows if row.code in known)
        changed = change_each(
            (entry, region, {"name": row.name, "name_en": row.name_en}) for region, row in names
        )
        count = changed + len({row.code for row in rows} - known.keys())
        if count:
            ledger.audit("regions_loaded", by=act.by, at=act.now, data={"count": count})
    return count


def _region(code: str, names: Mapping[str, str], codes: Set[str]) -> Region:
    above = [other for other in (f"{code[:4]}00", f"{code[:2]}0000") if other != code and other in codes]
    level = Region.Level.COUNTY
    if code.endswith("00"):
        level = Region.Level.PROVINCE if code.endswith("0000") else Region.Level.CITY
    return Region(
        code=code, name=names["name"], name_en=names.get("name_en", ""), level=level,
        parent_id=above[0] if above else None,
    )  # fmt: skip
