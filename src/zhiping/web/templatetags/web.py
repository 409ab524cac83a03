"""Tags and filters that templates have without loading them."""

import datetime as dt
from collections.abc import Iterable
from html import escape
from typing import Any

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token, token_kwargs
from django.template.context import Context
from django.template.engine import Engine
from django.template.loader import get_template
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from zhiping.domain import identity
from zhiping.ids import uuid7
from zhiping.web import assets, links
from zhiping.web.tables import Cells, css_of, headings
from zhiping.web.texts import say
from zhiping.web.tones import TONES

register = template.Library()


@register.simple_tag
def t(key: str, /, **data: Any) -> str:
    """Say a text: `{% t "web.pages" n=3 %}`."""
    return say(key, **data)


@register.simple_tag
def new_key() -> str:
    """Return an id for what a small form will write, so that a form sent twice writes once."""
    return str(uuid7())


@register.filter
def said(value: object, table: str) -> str:
    """Translate a code by its table: `{{ platform.channel|said:"registry.channels" }}`; empty stays empty."""
    return say(f"{table}.{value}") if value not in (None, "") else ""


@register.filter
def listed(texts: Iterable[object]) -> str:
    """Join texts as the language does: `{{ names|listed }}`."""
    return say("wording.comma").join(map(str, texts))


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
def masked(number: str | None) -> str:
    """Mask a telephone number: 138****000."""
    return identity.masked(number or "")


@register.filter
def moment(value: dt.datetime | None) -> str:
    """Write a moment in local time to the minute."""
    return timezone.localtime(value).strftime("%Y-%m-%d %H:%M") if value else ""


@register.simple_tag
def page(kind: str, *arguments: object) -> str:
    """Return the URL of a page of a later app: `{% page "evaluation" evaluation.pk %}`."""
    return links.page(kind, *arguments)


@register.simple_tag(takes_context=True)
def section(context: Context, template: str, facts: dict[str, Any]) -> SafeString:
    """Show a section that a stage offers: `{% section template facts %}`."""
    with context.push(**facts):
        return Engine.get_default().get_template(template).render(context)


@register.simple_tag
def asset(name: str) -> str:
    """Return the address of a built file: `{% asset "site.js" %}`."""
    return assets.url(name)


@register.simple_tag
def sentence(table: str, code: str, data: dict[str, Any]) -> str:
    """Say a code with its data: `{% sentence "desk.tasks" task.code task.data %}`."""
    return say(f"{table}.{code}", **data)


@register.inclusion_tag("web/badge.html")
def state(table: str, code: str) -> dict[str, str]:
    """Show a state as a badge in its tone: `{% state "registry.standings" standing %}`."""
    return {"text": say(f"{table}.{code}"), "tone": TONES[code]}


@register.inclusion_tag("web/action_button.html", takes_context=True)
def action_button(
    context: Context, name: str, /, *things: Any, label: str, look: str = "outline-primary", css: str = "",
    about: str = "", hint: str = "", confirm: str = "", seen: int | None = None, htmx: bool = False,
    **values: Any,
) -> dict[str, Any]:  # fmt: skip
    """Show a button that runs an action: `{% action_button name evaluation label=… day=1 %}`.

    `name`: a URL by its name, with the things as its arguments, or a path. The form sends a key, the size of
    the first thing's ledger (or `seen`; none where False) and `values`. `about` is read by screen readers
    after the label, `hint` shown beside it; with `confirm`, a text to read first, the button is folded away.
    """
    url = name if "/" in name else reverse(name, args=[getattr(thing, "pk", thing) for thing in things])
    if seen is None and (head := getattr(things[0], "head", None) if things else None):
        seen = head.size
    return {
        "url": url, "label": label, "look": look, "css": css, "about": about, "hint": hint,
        "confirm": confirm, "seen": seen, "htmx": htmx, "values": values, "key": uuid7(),
        "csrf_token": context.get("csrf_token"),
    }  # fmt: skip


class TableNode(template.Node):
    """A table around its rows; see `table`."""

    def __init__(
        self, rows: NodeList, arguments: list[FilterExpression], options: dict[str, FilterExpression]
    ) -> None:
        self.nodelist = rows
        self.arguments = arguments
        self.options = options

    def render(self, context: Context) -> SafeString:
        """Render the rows, then the table around them."""
        columns, *written = [argument.resolve(context) for argument in self.arguments]
        options = {name: value.resolve(context) for name, value in self.options.items()}
        cells = Cells(headings(columns, *written) if written else columns)
        with context.push(cells=cells):
            rows = self.nodelist.render(context)
        html = get_template("web/table.html").render({"columns": cells.columns, "rows": rows, **options})
        return mark_safe(html)  # noqa: S308 - rendered


@register.tag
def table(parser: Parser, token: Token) -> TableNode:
    """Show a table, on phones as cards: `{% table "desk.columns" "region late:numeric" %}…{% endtable %}`.

    Columns as `zhiping.web.tables.headings` reads them, or a list of headings alone. Options: `caption` (read
    by screen readers) or `labelledby`, `css`, `choose` (the name of the boxes that the first column ticks).
    Rows are `{% row %}…{% endrow %}`, cells `{% cell %}…{% endcell %}`.
    """
    bits = token.split_contents()[1:]
    arguments = [parser.compile_filter(bit) for bit in bits if "=" not in bit]
    options = token_kwargs([bit for bit in bits if "=" in bit], parser)
    rows = parser.parse(("endtable",))
    parser.delete_first_token()
    return TableNode(rows, arguments, options)


@register.simple_block_tag
def row(content: SafeString, *, id: str = "") -> SafeString:
    """Show a row of a table."""
    name = f' id="{escape(id)}"' if id else ""
    return mark_safe(f'<tr role="row"{name}>{content}</tr>')  # noqa: S308 - rendered


@register.simple_block_tag(takes_context=True)
def cell(
    context: Context, content: SafeString, *, css: str = "", first: bool = True, header: bool = False
) -> SafeString:
    """Show a cell, labelled by its column on a phone, where the `first` of a row is its title."""
    place, column = context["cells"].next()
    content = mark_safe(content.strip())  # noqa: S308 - rendered
    looks = (
        "first" if place == 0 and first else "",
        column.css,
        "" if "<" in content else css_of(content),
        css,
    )
    return mark_safe(  # noqa: S308 - escaped or rendered
        f'<td role="{"rowheader" if header else "cell"}" data-label="{escape(column.label)}"'
        f' class="{" ".join(filter(None, looks))}">{content}</td>'
    )
