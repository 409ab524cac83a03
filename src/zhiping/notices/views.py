"""Pages of notices and webhooks."""

import datetime as dt
from functools import partial
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from zhiping.accounts.requests import Request
from zhiping.accounts.rules import require
from zhiping.notices import actions, queries
from zhiping.notices.forms import AddWebhookForm, WebhookForm
from zhiping.notices.models import Delivery, Webhook
from zhiping.notices.webhooks import payload
from zhiping.web.links import link_to
from zhiping.web.listing import PAGE_SIZE, Cell, Column, Listing
from zhiping.web.templatetags.web import moment
from zhiping.web.texts import language, say


def inbox(request: Request) -> HttpResponse:
    """Show the user's notices, unread first."""
    page = Paginator(queries.inbox(request.user), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "notices": [(notice, notice.text(language())) for notice in page],
        "until": timezone.now().isoformat(),
        "mail": queries.wants_mail(request.user),
        "mailing": bool(settings.EMAIL_HOST),
    }
    return render(request, "notices/inbox.html", context)


@require_POST
def read(request: Request, notice_id: UUID) -> HttpResponse:
    """Mark a notice as read and redirect to its page."""
    notice = queries.get_notice(request.user, notice_id)
    actions.read(by=request.user, now=timezone.now(), notice=notice)
    local = url_has_allowed_host_and_scheme(notice.url, None)  # no open redirect to other sites
    return redirect(notice.url if local else "notices:inbox")


@require_POST
def read_all(request: Request) -> HttpResponse:
    """Mark all notices as read that existed when the page was rendered."""
    now = timezone.now()
    actions.read_all(by=request.user, now=now, until=_moment(request.POST.get("until", "")) or now)
    return redirect("notices:inbox")


def _moment(text: str) -> dt.datetime | None:
    try:
        parsed = parse_datetime(text)
    except ValueError:
        return None
    return parsed if parsed and timezone.is_aware(parsed) else None


@require_POST
def prefer(request: Request) -> HttpResponse:
    """Switch e-mail on or off."""
    actions.prefer(by=request.user, mail="mail" in request.POST)
    messages.success(request, say("notices.preferred"))
    return redirect("notices:inbox")


def webhooks(request: Request) -> HttpResponse:
    """List the webhooks."""
    require(request.user, "notices.change_webhook")
    listing = Listing(
        request, partial(queries.webhooks, request.user), WEBHOOKS, "notices.webhooks", order="name",
        url=link_to("notices:webhook"), dress=queries.with_deliveries,
        empty_url=reverse("notices:add-webhook"),
    )  # fmt: skip
    return listing.response("notices/webhooks.html")


def _standing(active: bool) -> Cell:  # noqa: FBT001 - a column
    name, tone = ("on", "success") if active else ("off", "secondary")
    return Cell(say(f"notices.standings.{name}"), badge=tone)


def status(code: str) -> str:
    """Return the text of a delivery's status: an HTTP status, or why there was no response."""
    if code.isdigit():
        return say("notices.http", status=code)
    return say(f"notices.statuses.{code}") if code else ""


WEBHOOKS = (
    Column("name", "name"),
    Column("url", "url"),
    Column("standing", "active", show=_standing),
    Column("status", "last_status", show=status, order=()),
    Column("tried", "last_tried", show=moment),
    Column("waiting", "waiting", numeric=True),
    Column("given_up", "given_up", numeric=True),
)


def add_webhook(request: Request) -> HttpResponse:
    """Add a webhook and show its secret, this once."""
    require(request.user, "notices.add_webhook")
    form = AddWebhookForm(request.POST or None)
    if request.method == "POST" and form.run(actions.add_webhook, by=request.user, now=timezone.now()):
        added = queries.get_webhook(request.user, form.made)
        return _secret(request, added, payload.secret(added))
    return render(request, "notices/webhook_form.html", {"form": form, "heading": say("notices.webhook.add")})


def _secret(request: Request, webhook: Webhook, secret: str) -> HttpResponse:
    return render(request, "notices/secret.html", {"webhook": webhook, "secret": secret})


def webhook(request: Request, webhook_id: UUID) -> HttpResponse:
    """Show a webhook with its events and deliveries."""
    webhook = queries.get_webhook(request.user, webhook_id)
    page = Paginator(queries.deliveries(request.user, webhook), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "webhook": webhook,
        "standing": _standing(webhook.active),
        "events": [say(f"ledger.events.{name}") for name in payload.names(webhook)],
        "status": status(webhook.last_status),
        "page": page,
        "deliveries": [(delivery, _event(delivery), _outcome(delivery)) for delivery in page],
    }
    return render(request, "notices/webhook.html", context)


def _event(delivery: Delivery) -> str:
    name = delivery.payload["event"]
    return say("notices.test") if name == "test" else say(f"ledger.events.{name}")


def _outcome(delivery: Delivery) -> dict[str, str]:
    if delivery.taken:
        return {"text": status(delivery.status), "tone": "success"}
    state, tone = ("given_up", "danger") if delivery.done else ("waiting", "warning")
    return {"text": " ".join((say(f"notices.standings.{state}"), status(delivery.status))), "tone": tone}


def change_webhook(request: Request, webhook_id: UUID) -> HttpResponse:
    """Change a webhook or switch it off."""
    webhook = queries.get_webhook(request.user, webhook_id)
    initial = {name: getattr(webhook, name) for name in ("name", "url", "events", "active")}
    form = WebhookForm(request.POST or None, initial=initial)
    given = {"by": request.user, "now": timezone.now(), "webhook": webhook}
    if request.method == "POST" and form.run(actions.change_webhook, **given):
        return redirect("notices:webhook", webhook.pk)
    context = {"form": form, "heading": say("notices.webhook.change"), "webhook": webhook}
    return render(request, "notices/webhook_form.html", context)


def remove_webhook(request: Request, webhook_id: UUID) -> HttpResponse:
    """Ask for confirmation and delete a webhook."""
    webhook = queries.get_webhook(request.user, webhook_id)
    if request.method == "POST":
        actions.remove_webhook(by=request.user, now=timezone.now(), webhook=webhook)
        messages.success(request, say("notices.removed", name=webhook.name))
        return redirect("notices:webhooks")
    return render(request, "notices/remove.html", {"webhook": webhook})


@require_POST
def renew_secret(request: Request, webhook_id: UUID) -> HttpResponse:
    """Replace the secret and show the new one, this once."""
    webhook = queries.get_webhook(request.user, webhook_id)
    secret = actions.renew_secret(by=request.user, now=timezone.now(), webhook=webhook)
    return _secret(request, webhook, secret)


@require_POST
def send_test(request: Request, webhook_id: UUID) -> HttpResponse:
    """Send a test message."""
    webhook = queries.get_webhook(request.user, webhook_id)
    actions.send_test(by=request.user, now=timezone.now(), webhook=webhook)
    messages.success(request, say("notices.test_sent"))
    return redirect("notices:webhook", webhook.pk)
