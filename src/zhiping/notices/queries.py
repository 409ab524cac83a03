"""Queries of notices and webhooks."""

from uuid import UUID

from django.db.models import Count, F, Q, QuerySet, UUIDField
from django.db.models.lookups import IsNull
from django.shortcuts import get_object_or_404

from zhiping.notices.models import Delivery, Notice, Preference, Webhook
from zhiping.notices.rules import administrator
from zhiping.permissions import Actor
from zhiping.statements import Given, Statement

_UNREAD = Statement(
    lambda: (
        Notice.objects.filter(to=Given("user", UUIDField()), read__isnull=True)
        .order_by()
        .values("to")
        .annotate(n=Count("pk"))
        .values_list("n")
    )
)


def visible_to(user: Actor) -> QuerySet[Notice]:
    """Return the user's own notices; those of others are never visible."""
    return Notice.objects.filter(to=user.pk)


def inbox(user: Actor) -> QuerySet[Notice]:
    """Return the user's notices, unread first, then newest first."""
    return visible_to(user).order_by(IsNull(F("read"), rhs=True).desc(), "-created")


def get_notice(user: Actor, notice_id: UUID) -> Notice:
    """Return one notice; Http404 if it is not the user's."""
    return get_object_or_404(visible_to(user), pk=notice_id)


def unread(user: Actor) -> int:
    """Return the number of unread notices."""
    return next((n for (n,) in _UNREAD.rows(user=user.pk)), 0)


def wants_mail(user: Actor) -> bool:
    """Return whether notices go to the user by e-mail too."""
    return not Preference.objects.filter(user=user.pk, mail=False).exists()


def webhooks(user: Actor) -> QuerySet[Webhook]:
    """Return the webhooks, visible to administrators, with the number of pending and failed deliveries."""
    return with_deliveries(Webhook.objects.all() if administrator(user) else Webhook.objects.none())


def with_deliveries(webhooks: QuerySet[Webhook]) -> QuerySet[Webhook]:
    """Add the number of pending and failed deliveries of each, as `waiting` and `given_up`."""
    return webhooks.annotate(
        waiting=Count("deliveries", filter=Q(deliveries__done__isnull=True)),
        given_up=Count("deliveries", filter=Q(deliveries__done__isnull=False, deliveries__taken=False)),
    )


def get_webhook(user: Actor, webhook_id: UUID) -> Webhook:
    """Return one webhook; Http404 if not an administrator."""
    return get_object_or_404(webhooks(user), pk=webhook_id)


def deliveries(user: Actor, webhook: Webhook) -> QuerySet[Delivery]:
    """Return the deliveries of a webhook, newest first."""
    return Delivery.objects.filter(webhook__in=webhooks(user), webhook=webhook).order_by("-pk")
