"""Pages of notices: the inbox, and the addresses other systems are told at."""

import datetime as dt
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
from zhiping.notices import actions, outgoing, queries
from zhiping.notices.forms import AddWebhookForm, WebhookForm
from zhiping.notices.models import Delivery, Webhook
from zhiping.web.listing import PAGE_SIZE, Cell, Column, Listing
from zhiping.web.templatetags.web import moment
from zhiping.web.texts import language, say


def inbox(request: Request) -> HttpResponse:
    """What a person has been told: what is not read yet first."""
    page = Paginator(queries.inbox(request.user), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "notices": [(notice, notice.said(language())) for notice in page],
        "until": timezone.now().isoformat(),
        "mail": queries.wants_mail(request.user),
        "mailing": bool(settings.EMAIL_HOST),
    }
    return render(request, "notices/inbox.html", context)


@require_POST
def read(request: Request, notice_id: UUID) -> HttpResponse:
    """Mark a notice as read and go where the matter is."""
    notice = queries.get_notice(request.user, notice_id)
    actions.read(by=request.user, now=timezone.now(), notice=notice)
    here = url_has_allowed_host_and_scheme(notice.url, None)  # a path of this site, nothing else
    return redirect(notice.url if here else "notices:inbox")


@require_POST
def read_all(request: Request) -> HttpResponse:
    """Mark everything that was on the page as read."""
    now = timezone.now()
    actions.read_all(by=request.user, now=now, until=_moment(request.POST.get("until", "")) or now)
    return redirect("notices:inbox")


def _moment(words: str) -> dt.datetime | None:
    try:
        found = parse_datetime(words)
    except ValueError:
        return None
    return found if found and timezone.is_aware(found) else None


@require_POST
def prefer(request: Request) -> HttpResponse:
    """Switch e-mail on or off."""
    actions.prefer(by=request.user, mail="mail" in request.POST)
    messages.success(request, say("notices.preferred"))
    return redirect("notices:inbox")


def webhooks(request: Request) -> HttpResponse:
    """The addresses other systems are told at."""
    require(request.user, "notices.change_webhook")
    listing = Listing(
        request, queries.webhooks(request.user), WEBHOOKS, "notices.webhooks",
        url=lambda w: reverse("notices:webhook", args=[w.pk]), order="name",
        empty_url=reverse("notices:add-webhook"),
    )  # fmt: skip
    return listing.response("notices/webhooks.html")


def _standing(webhook: Webhook) -> Cell:
    name, tone = ("on", "success") if webhook.active else ("off", "secondary")
    return Cell(say(f"notices.standings.{name}"), badge=tone)


WEBHOOKS = (
    Column("name", lambda w: w.name, ("name",)),
    Column("url", lambda w: w.url, ("url",)),
    Column("standing", _standing, ("active",)),
    Column("status", lambda w: status(w.last_status)),
    Column("tried", lambda w: moment(w.last_tried), ("last_tried",)),
    Column("waiting", lambda w: w.waiting, ("waiting",), numeric=True),
    Column("given_up", lambda w: w.given_up, ("given_up",), numeric=True),
)


def status(code: str) -> str:
    """Say what came of the last message: an HTTP status, or why there was none."""
    if code.isdigit():
        return say("notices.http", status=code)
    return say(f"notices.statuses.{code}") if code else ""


def add_webhook(request: Request) -> HttpResponse:
    """Tell another system from now on; its secret is shown on the page that answers, once."""
    require(request.user, "notices.add_webhook")
    form = AddWebhookForm(request.POST or None)
    if request.method == "POST" and form.run(actions.add_webhook, by=request.user, now=timezone.now()):
        made = queries.get_webhook(request.user, form.made)
        return _secret(request, made, outgoing.secret(made))
    return render(request, "notices/webhook_form.html", {"form": form, "heading": say("notices.webhook.add")})


def _secret(request: Request, webhook: Webhook, secret: str) -> HttpResponse:
    return render(request, "notices/secret.html", {"webhook": webhook, "secret": secret})


def webhook(request: Request, webhook_id: UUID) -> HttpResponse:
    """One address: what it is told of, what was sent, what waits."""
    found = queries.get_webhook(request.user, webhook_id)
    page = Paginator(queries.deliveries(request.user, found), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "webhook": found,
        "standing": _standing(found),
        "events": [say(f"ledger.events.{name}") for name in outgoing.names(found)],
        "status": status(found.last_status),
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
    """Change an address, what it is told of, or switch it off."""
    found = queries.get_webhook(request.user, webhook_id)
    initial = {name: getattr(found, name) for name in ("name", "url", "events", "active")}
    form = WebhookForm(request.POST or None, initial=initial)
    given = {"by": request.user, "now": timezone.now(), "webhook": found}
    if request.method == "POST" and form.run(actions.change_webhook, **given):
        return redirect("notices:webhook", found.pk)
    context = {"form": form, "heading": say("notices.webhook.change"), "webhook": found}
    return render(request, "notices/webhook_form.html", context)


def remove_webhook(request: Request, webhook_id: UUID) -> HttpResponse:
    """Forget an address, after asking."""
    found = queries.get_webhook(request.user, webhook_id)
    if request.method == "POST":
        actions.remove_webhook(by=request.user, now=timezone.now(), webhook=found)
        messages.success(request, say("notices.removed", name=found.name))
        return redirect("notices:webhooks")
    return render(request, "notices/remove.html", {"webhook": found})


@require_POST
def renew_secret(request: Request, webhook_id: UUID) -> HttpResponse:
    """Make a new secret and show it, once."""
    found = queries.get_webhook(request.user, webhook_id)
    secret = actions.renew_secret(by=request.user, now=timezone.now(), webhook=found)
    return _secret(request, found, secret)


@require_POST
def send_test(request: Request, webhook_id: UUID) -> HttpResponse:
    """Send a message that is only a test."""
    found = queries.get_webhook(request.user, webhook_id)
    actions.send_test(by=request.user, now=timezone.now(), webhook=found)
    messages.success(request, say("notices.test_sent"))
    return redirect("notices:webhook", found.pk)
