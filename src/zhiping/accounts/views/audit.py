"""Page of the audit log."""

import datetime as dt
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.utils import timezone

from zhiping.accounts import queries
from zhiping.accounts.forms import AuditFilters
from zhiping.accounts.http import Request
from zhiping.accounts.templatetags.accounts import device
from zhiping.domain.errors import Problem
from zhiping.permissions import require
from zhiping.texts import catalogue
from zhiping.web.listing import Column, Listing
from zhiping.web.templatetags.web import moment
from zhiping.web.texts import language, problem, say


def audit(request: Request) -> HttpResponse:
    """List sign-ins, failures, denials, exports and reads of restricted data."""
    require(request.user, "accounts.see_audit_log")
    columns = (
        Column("at", "at", show=moment),
        Column("by", "by__name", order=()),
        Column("action", "action", show=queries.action_text),
        Column("subject", "subject", order=()),
        Column("data", "data", show=_data, order=()),
    )
    listing = Listing(
        request, partial(queries.audit_log, request.user), columns, "accounts.audit", url=lambda _: "",
        filters=partial(AuditFilters, at=_midnight), order="-at",
    )  # fmt: skip
    return listing.response()


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


def _data(data: dict[str, Any]) -> str:
    words = catalogue.lookup(language(), "accounts.audit_data")
    pairs = [(words.get(name, name), _value(name, v)) for name, v in sorted(data.items()) if v != []]
    return say("wording.semicolon").join(
        say("accounts.audit_pair", name=name, value=value) for name, value in pairs
    )


def _value(name: str, value: Any) -> Any:
    if name == "problems" and isinstance(value, list):
        return say("wording.comma").join(_reason(**one) for one in value)
    return device(value) if name == "agent" else value


def _reason(code: str, **data: Any) -> str:
    """Say why a request was denied; of a missing permission its name."""
    return problem(Problem("accounts.lacks" if "permission" in data else code, data))
