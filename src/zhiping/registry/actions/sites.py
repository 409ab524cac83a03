"""Adding, correcting and closing the sites of a platform; they are recorded in the platform's ledger."""

import datetime as dt

from zhiping.domain.errors import Problem
from zhiping.ledger.act import Act
from zhiping.registry.models import Platform, Site


def add_site(act: Act, platform: Platform, *, name: str, address: str = "") -> Site:
    """Add a site; raises Invalid `registry.site_taken` where the platform has one of this name."""
    with act.record("registry.add_site", platform, "site.added") as entry:
        site = Site(id=entry.id, platform=platform, name=name, address=address)
        entry.add(site, taken=_taken(name))
    return site


def change_site(act: Act, site: Site, *, name: str, address: str = "", closed: dt.date | None = None) -> None:
    """Correct a site, close it with its last day, or open it again by taking that day away."""
    with act.record("registry.change_site", site.platform, "site.changed") as entry:
        entry.change(site, name=name, address=address, closed=closed, taken=_taken(name))


def _taken(name: str) -> Problem:
    return Problem("registry.site_taken", {"name": name}, ("name",))
