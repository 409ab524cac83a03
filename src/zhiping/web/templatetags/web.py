"""Tags and filters every template knows without loading them."""

import datetime as dt
from typing import Any

from django import template
from django.utils import timezone

from zhiping.ids import uuid7
from zhiping.web import assets
from zhiping.web.texts import say

register = template.Library()


@register.simple_tag
def t(key: str, /, **data: Any) -> str:
    """Say a text: `{% t "web.pages" n=3 %}`."""
    return say(key, **data)


@register.simple_tag
def new_key() -> str:
    """Return an id for what a small form will write, so that sending it twice writes once."""
    return str(uuid7())


@register.filter
def said(value: object, table: str) -> str:
    """Say a code by its table: `{{ platform.channel|said:"registry.channels" }}`; nothing stays nothing."""
    return say(f"{table}.{value}") if value not in (None, "") else ""


@register.filter
def day(value: dt.date | None) -> str:
    """Write a date, or the local date of a moment, as 2026-05-01."""
    if isinstance(value, dt.datetime):
        value = timezone.localtime(value).date()
    return value.isoformat() if value else ""


@register.simple_tag
def days(first: dt.date, last: dt.date) -> str:
    """Write what lasts from one day to another; of a single day only that day."""
    return first.isoformat() if first == last else f"{first.isoformat()} – {last.isoformat()}"


@register.filter
def moment(value: dt.datetime | None) -> str:
    """Write a moment in local time to the minute."""
    return timezone.localtime(value).strftime("%Y-%m-%d %H:%M") if value else ""


@register.simple_tag
def asset(name: str) -> str:
    """Return the address of a built file: `{% asset "site.js" %}`."""
    return assets.url(name)


@register.simple_tag
def sentence(table: str, code: str, data: dict[str, Any]) -> str:
    """Say a code with its data: `{% sentence "desk.tasks" task.code task.data %}`."""
    return say(f"{table}.{code}", **data)
