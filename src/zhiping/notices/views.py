"""Pages of notices and webhooks."""

import datetime as dt
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from zhiping.ledger.act import Act
from zhiping.notices import actions, queries
from zhiping.notices.forms import AddWebhookForm, WebhookForm
from zhiping.notices.models import Delivery, Notice, Webhook
from zhiping.notices.webhooks import payload
from zhiping.permissions import require
from zhiping.web.links import link_to
from zhiping.web.listing import PAGE_SIZE, Column, Listing, page_links, state_cell
from zhiping.web.pages import action_button, form_page, render_form
from zhiping.web.templatetags.web import moment
from zhiping.web.texts import say
from zhiping.web.tones import TONES

link = link_to("notices:webhook")
Row = TypeVar("Row", Notice, Delivery)


def inbox(request: HttpRequest) -> HttpResponse:
    """Show the user's notices, unread first."""
    page = _page(request, queries.inbox(request.user))
    context = {
        "heading": say("notices.title"),
        **_pager(page),
        "notices": [(notice, notice.text()) for notice in page],
        "until": timezone.now().isoformat(),
        "mail": queries.wants_mail(request.user),
        "mailing": bool(settings.EMAIL_HOST),
    }
    return render(request, "notices/inbox.html", context)


def _page(request: HttpRequest, rows: QuerySet[Row]) -> Page[Row]:
    return Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))


def _pager(page: Page[Row]) -> dict[str, Any]:
    """Return what `web/pager.html` shows."""
    return {
        "pages": page_links(page, lambda n: f"?page={n}") if page.has_other_pages() else [],
        "previous": f"?page={page.previous_page_number()}" if page.has_previous() else "",
        "next": f"?page={page.next_page_number()}" if page.has_next() else "",
    }


@require_POST
def read(request: HttpRequest, notice_id: UUID) -> HttpResponse:
    """Mark a notice as read and redirect to its page."""
    notice = queries.get_notice(request.user, notice_id)
    actions.read(Act.of(request), notice)
    local = url_has_allowed_host_and_scheme(notice.url, None)  # no open redirect to other sites
    return redirect(notice.url if local else "notices:inbox")


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark all notices as read that existed when the page was rendered."""
    act = Act.of(request)
    actions.read_all(act, until=_moment(request.POST.get("until", "")) or act.now)
    return redirect("notices:inbox")


def _moment(text: str) -> dt.datetime | None:
    try:
        parsed = parse_datetime(text)
    except ValueError:
        return None
    return parsed if parsed and timezone.is_aware(parsed) else None


@require_POST
def prefer(request: HttpRequest) -> HttpResponse:
    """Switch e-mail on or off."""
    actions.prefer(Act.of(request), mail="mail" in request.POST)
    messages.success(request, say("notices.preferred"))
    return redirect("notices:inbox")


def webhooks(request: HttpRequest) -> HttpResponse:
    """List the webhooks."""
    require(request.user, "notices.change_webhook")
    listing = Listing(
        request, partial(queries.webhooks, request.user), WEBHOOKS, "notices.webhooks", order="name",
        url=link, dress=queries.with_deliveries, empty_url=reverse("notices:add-webhook"),
    )  # fmt: skip
    return listing.response("notices/webhooks.html")


def _state(active: bool) -> str:  # noqa: FBT001 - a column
    return "on" if active else "off"


def status(code: str) -> str:
    """Return the text of a delivery's status: an HTTP status, or why there was no response."""
    if code.isdigit():
        return say("notices.http", status=code)
    return say(f"notices.statuses.{code}") if code else ""


WEBHOOKS = (
    Column("name", "name"),
    Column("url", "url"),
    Column("standing", "active", show=lambda active: state_cell("notices.standings", _state(active))),
    Column("status", "last_status", show=status, order=()),
    Column("tried", "last_tried", show=moment),
    Column("waiting", "waiting", numeric=True),
    Column("given_up", "given_up", numeric=True),
)


def _crumbs(webhook: Webhook | None = None) -> list[tuple[str, str]]:
    crumbs = [(say("notices.webhooks.title"), reverse("notices:webhooks"))]
    return [*crumbs, (webhook.name, link(webhook))] if webhook else crumbs


def add_webhook(request: HttpRequest) -> HttpResponse:
    """Add a webhook and show its secret, this once."""
    require(request.user, "notices.add_webhook")
    form = AddWebhookForm(request.POST or None)
    if request.method == "POST" and form.run(actions.add_webhook, Act.of(request)):
        added = queries.get_webhook(request.user, form.made)
        return _secret(request, added, payload.secret(added))
    context = {"form": form, "heading": say("notices.webhook.add"), "crumbs": _crumbs()}
    return render_form(request, "web/form_page.html", context)


def _secret(request: HttpRequest, webhook: Webhook, secret: str) -> HttpResponse:
    context = {"webhook": webhook, "secret": secret}
    context |= {"heading": say("notices.secret.title"), "crumbs": _crumbs(webhook)}
    return render(request, "notices/secret.html", context)


def webhook(request: HttpRequest, webhook_id: UUID) -> HttpResponse:
    """Show a webhook with its events and deliveries."""
    webhook = queries.get_webhook(request.user, webhook_id)
    page = _page(request, queries.deliveries(request.user, webhook))
    context = {
        "webhook": webhook,
        "heading": webhook.name,
        "crumbs": _crumbs(),
        "state": _state(webhook.active),
        "events": [say(f"ledger.events.{name}") for name in payload.names(webhook)],
        "status": status(webhook.last_status),
        **_pager(page),
        "deliveries": [(delivery, _event(delivery), _outcome(delivery)) for delivery in page],
    }
    return render(request, "notices/webhook.html", context)


def _event(delivery: Delivery) -> str:
    name = delivery.payload["event"]
    return say("notices.test") if name == "test" else say(f"ledger.events.{name}")


def _outcome(delivery: Delivery) -> dict[str, str]:
    if delivery.taken:
        return {"text": status(delivery.status), "tone": TONES["taken"]}
    state = "given_up" if delivery.done else "waiting"
    return {"text": f"{say(f'notices.standings.{state}')} {status(delivery.status)}", "tone": TONES[state]}


def change_webhook(request: HttpRequest, webhook_id: UUID) -> HttpResponse:
    """Change a webhook or switch it off."""
    webhook = queries.get_webhook(request.user, webhook_id)
    initial = {name: getattr(webhook, name) for name in ("name", "url", "events", "active")}
    return form_page(
        request, WebhookForm(request.POST or None, initial=initial), actions.change_webhook,
        webhook=webhook, crumbs=_crumbs(webhook), to=link(webhook), heading=say("words.change"),
    )  # fmt: skip


def remove_webhook(request: HttpRequest, webhook_id: UUID) -> HttpResponse:
    """Ask for confirmation and delete a webhook."""
    webhook = queries.get_webhook(request.user, webhook_id)
    if request.method == "POST":
        actions.remove_webhook(Act.of(request), webhook)
        messages.success(request, say("notices.removed", name=webhook.name))
        return redirect("notices:webhooks")
    context = {"webhook": webhook, "heading": say("words.remove"), "crumbs": _crumbs(webhook)}
    return render(request, "notices/remove.html", context)


@require_POST
def renew_secret(request: HttpRequest, webhook_id: UUID) -> HttpResponse:
    """Replace the secret and show the new one, this once."""
    webhook = queries.get_webhook(request.user, webhook_id)
    return _secret(request, webhook, actions.renew_secret(Act.of(request), webhook))


@require_POST
def send_test(request: HttpRequest, webhook_id: UUID) -> HttpResponse:
    """Send a test message."""
    webhook = queries.get_webhook(request.user, webhook_id)
    return action_button(
        request, actions.send_test, webhook=webhook, to=link(webhook), done="notices.test_sent"
    )
