"""The floor under the pages: the list of platforms with hand-written SQL and a compiled template.

It has the middleware, session, rights and HTML of the product's page, and nothing general: one table, one
order, one language, no filter that is filled. Only comparisons mount it.
"""

import datetime as dt
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import jinja2
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.urls import path, reverse
from django.utils import timezone

from zhiping.permissions import may
from zhiping.project import urls as product
from zhiping.project.nav import ENTRIES
from zhiping.web import assets
from zhiping.web.texts import say

ADDRESS = "/floor/platforms"
SIZE = 50
TONES = {
    "overdue": ("danger", "已逾期"),
    "warning": ("warning", "已满12个月"),
    "in_time": ("success", "未到期"),
    "unknown": ("secondary", "无法推算"),
    "ended": ("secondary", "已停止服务"),
}
CHANNELS = {"offline": "线下", "online": "线上", "both": "线上线下"}
UNREAD = "SELECT count(*) FROM notices_notice WHERE to_id = %s AND read IS NULL"
REGIONS = """
    SELECT r.code, r.name, r.level, above.name FROM accounts_region r
    LEFT JOIN accounts_region above ON above.code = r.parent_id WHERE {scope} ORDER BY r.code"""
COUNT = "SELECT count(*) FROM registry_platform p WHERE {scope}"
ROWS = """
    SELECT p.head_id, p.name, o.name, r.name, r.level, above.name, p.channel, p.last_evaluated, p.due,
        p.due_warning, p.ended
    FROM (
        SELECT head_id FROM registry_platform p WHERE {scope} ORDER BY p.name, p.head_id LIMIT 50 OFFSET %s
    ) q
    JOIN registry_platform p ON p.head_id = q.head_id
    JOIN accounts_organisation o ON o.head_id = p.operator_id
    JOIN accounts_region r ON r.code = p.region_id
    LEFT JOIN accounts_region above ON above.code = r.parent_id
    ORDER BY p.name, p.head_id"""

pages = jinja2.Environment(loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True)
pages.filters["look"] = lambda text: "empty" if not text else "short" if len(text) < 13 else ""
pages.globals["asset"] = assets.url


def platforms(request: HttpRequest) -> HttpResponse:
    """Answer as `registry:platforms` does."""
    user: Any = request.user
    today, page = timezone.localdate(), int(request.GET.get("page", "1"))
    codes = [f"BETWEEN '{int(first):06d}' AND '{int(last):06d}'" for first, last in user.regions]
    at = " OR ".join(f"p.region_id {code}" for code in codes)
    within = " OR ".join(f"r.code {code}" for code in codes)
    with connection.cursor() as cursor:
        cursor.execute(UNREAD, [user.pk.hex if connection.vendor == "sqlite" else user.pk])
        unread = cursor.fetchone()[0]
        cursor.execute(REGIONS.format(scope=within))
        regions = [(code, place(name, level, above)) for code, name, level, above in cursor.fetchall()]
        cursor.execute(COUNT.format(scope=at))
        total = cursor.fetchone()[0]
        cursor.execute(ROWS.format(scope=at), [(page - 1) * SIZE])
        rows = [row(values, today) for values in cursor.fetchall()]
    last = -(-total // SIZE)
    shown = sorted({1, *range(max(1, page - 2), min(last, page + 2) + 1), last})
    gaps = [n for m, n in zip([0, *shown], shown, strict=False) for n in ([None, n] if n - m > 1 else [n])]
    return HttpResponse(
        pages.get_template("floor.html").render(
            user=user, unread=unread, regions=regions, rows=rows, total=total, page=page, last=last,
            pages=gaps, token=get_token(request), may_import=may(user, "registry.import_platforms"),
            nav=[(*entry(name, key), app == "registry") for name, key, app, sees in ENTRIES if sees(user)],
        )
    )  # fmt: skip


@cache
def entry(name: str, key: str) -> tuple[str, str]:
    """Return the address and the text of an entry of the menu."""
    return reverse(name), say(key)


def row(values: tuple[Any, ...], today: dt.date) -> dict[str, str]:
    """Return a platform as the template shows it."""
    key, name, operator, region, level, above, channel, last, due, warning, ended = values
    standing = "ended" if ended else "unknown" if due is None else "overdue" if due < today else "in_time"
    if standing == "in_time" and warning < today:
        standing = "warning"
    tone, text = TONES[standing]
    return {
        "id": str(key if isinstance(key, UUID) else UUID(key)), "name": name, "operator": operator,
        "place": place(region, level, above), "channel": CHANNELS[channel],
        "last": last.isoformat() if last else "", "due": due.isoformat() if due else "",
        "tone": tone, "standing": text,
    }  # fmt: skip


def place(name: str, level: str, above: str | None) -> str:
    return f"{above}{name}" if level == "county" and above else name


urlpatterns = [path(ADDRESS.removeprefix("/"), platforms), *product.urlpatterns]
handler404, handler403, handler500 = product.handler404, product.handler403, product.handler500
