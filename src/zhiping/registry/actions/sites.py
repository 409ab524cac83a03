"""The counters and halls of a platform; their changes stand in the platform's ledger."""

import datetime as dt
from uuid import UUID

from django.db import IntegrityError, transaction

from zhiping.accounts.models import User
from zhiping.accounts.rules import require
from zhiping.domain.errors import Invalid, Problem
from zhiping.ids import uuid7
from zhiping.ledger import actions as ledger
from zhiping.registry.actions.platforms import changed
from zhiping.registry.models import Platform, Site


def add_site(
    *,
    by: User,
    now: dt.datetime,
    platform: Platform,
    name: str,
    address: str = "",
    id: UUID | None = None,
    expect: int | None = None,
) -> Site:
    """Add a site; raises Invalid `registry.site_taken` where the platform has one of this name."""
    require(by, "registry.add_site", platform)
    with ledger.record(platform, "site.added", by=by, at=now, id=id, expect=expect) as entry:
        site = Site(id=id or uuid7(), platform=platform, name=name, address=address)
        _store(site, new=True)
        entry.data = {"site": str(site.pk), **_facts(site)}
    return site


def change_site(
    *,
    by: User,
    now: dt.datetime,
    site: Site,
    name: str,
    address: str = "",
    closed: dt.date | None = None,
    id: UUID | None = None,
    expect: int | None = None,
) -> Site:
    """Correct a site, close it with its last day, or open it again by taking that day away."""
    require(by, "registry.change_site", site.platform)
    with ledger.record(site.platform, "site.changed", by=by, at=now, id=id, expect=expect) as entry:
        site.refresh_from_db(fields=("name", "address", "closed"))
        before = _facts(site)
        site.name, site.address, site.closed = name, address, closed
        _store(site)
        entry.data = {"site": str(site.pk), "name": site.name, **changed(before, _facts(site))}
    return site


def _facts(site: Site) -> dict[str, str]:
    return {"name": site.name, "address": site.address, "closed": str(site.closed or "")}


def _store(site: Site, *, new: bool = False) -> None:
    try:
        with transaction.atomic():
            site.save(force_insert=new)
    except IntegrityError as error:
        raise Invalid([Problem("registry.site_taken", {"name": site.name}, ("name",))]) from error
