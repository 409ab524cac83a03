"""The audit log, for auditors."""

import datetime as dt

from django.http import HttpResponse
from django.utils import timezone

from zhiping.accounts import queries
from zhiping.accounts.forms import AuditFilters
from zhiping.accounts.requests import Request
from zhiping.accounts.templatetags.accounts import device
from zhiping.ledger.models import Audit
from zhiping.texts import catalogue
from zhiping.web.listing import Column, Listing
from zhiping.web.templatetags.web import moment
from zhiping.web.texts import language, say


def audit(request: Request) -> HttpResponse:
    """Who signed in, failed to, was denied, exported, read what is restricted."""
    columns = (
        Column("at", lambda a: moment(a.at), ("at",)),
        Column("by", lambda a: a.by.name if a.by else ""),
        Column("action", lambda a: queries.action_text(a.action), ("action",)),
        Column("subject", lambda a: a.subject),
        Column("data", _data),
    )
    listing = Listing(
        request, queries.audit_log(request.user), columns, "accounts.audit", url=lambda _: "",
        filters=AuditFilters(request.GET, at=_midnight), order="-at",
    )  # fmt: skip
    return listing.response()


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


def _data(row: Audit) -> str:
    words = catalogue.lookup(language(), "accounts.audit_data")
    pairs = [
        (words.get(name, name), device(v) if name == "agent" else v)
        for name, v in sorted(row.data.items())
        if v != []
    ]
    return say("accounts.comma").join(
        say("accounts.audit_pair", name=name, value=value) for name, value in pairs
    )
