"""Loading administrative divisions."""

import tomllib
from collections.abc import Mapping, Set
from pathlib import Path

from django.db import transaction

from zhiping.accounts.models import Region
from zhiping.ledger import actions as ledger
from zhiping.ledger.act import Act

SHIPPED = Path(__file__).parents[1] / "regions.toml"


def load_regions(act: Act, *, divisions: Mapping[str, Mapping[str, str]] | None = None) -> int:
    """Add divisions by code (GB/T 2260), or correct their names; return how many were new or differed.

    `divisions`: {"150102": {"name": …, "name_en": …}}, by default those that ship; the division above must be
    among them or known already.
    """
    act.require("accounts.load_regions")
    wanted = divisions if divisions is not None else tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
    with transaction.atomic():
        known = {region.code: (region.name, region.name_en) for region in Region.objects.all()}
        rows = [_region(code, wanted[code], {*wanted, *known}) for code in sorted(wanted)]
        rows = [row for row in rows if known.get(row.code) != (row.name, row.name_en)]
        if not rows:
            return 0
        Region.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["code"], update_fields=["name", "name_en"]
        )
        ledger.audit("regions_loaded", by=act.by, at=act.now, data={"count": len(rows)})
    return len(rows)


def _region(code: str, names: Mapping[str, str], codes: Set[str]) -> Region:
    above = [other for other in (f"{code[:4]}00", f"{code[:2]}0000") if other != code and other in codes]
    level = Region.Level.COUNTY
    if code.endswith("00"):
        level = Region.Level.PROVINCE if code.endswith("0000") else Region.Level.CITY
    return Region(
        code=code, name=names["name"], name_en=names.get("name_en", ""), level=level,
        parent_id=above[0] if above else None,
    )  # fmt: skip
