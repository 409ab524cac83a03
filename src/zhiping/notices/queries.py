"""What a person has been told, and what other systems are."""

from uuid import UUID

from django.db.models import Count, F, Q, QuerySet
from django.db.models.lookups import IsNull
from django.shortcuts import get_object_or_404

from zhiping.accounts.models import User
from zhiping.accounts.rules import administrator
from zhiping.notices.models import Delivery, Notice, Preference, Webhook


def visible_to(user: User) -> QuerySet[Notice]:
    """Return a person's own notices: nobody reads another's."""
    return Notice.objects.filter(to=user)


def inbox(user: User) -> QuerySet[Notice]:
    """Return a person's notices, those not read yet first, then the newest."""
    return visible_to(user).order_by(IsNull(F("read"), rhs=True).desc(), "-created")


def get_notice(user: User, notice_id: UUID) -> Notice:
    """Return one notice; Http404 where it is not the person's."""
    return get_object_or_404(visible_to(user), pk=notice_id)


def unread(user: User) -> int:
    """Return how many of them are not read yet."""
    return visible_to(user).filter(read__isnull=True).count()


def wants_mail(user: User) -> bool:
    """Return whether notices go to the person by e-mail too."""
    return not Preference.objects.filter(user=user, mail=False).exists()


def webhooks(user: User) -> QuerySet[Webhook]:
    """Return the addresses of other systems, for administrators, with what waits and was given up."""
    found = Webhook.objects.all() if administrator(user) else Webhook.objects.none()
    return found.annotate(
        waiting=Count("deliveries", filter=Q(deliveries__done__isnull=True)),
        given_up=Count("deliveries", filter=Q(deliveries__done__isnull=False, deliveries__taken=False)),
    )


def get_webhook(user: User, webhook_id: UUID) -> Webhook:
    """Return one address; Http404 for everybody else."""
    return get_object_or_404(webhooks(user), pk=webhook_id)


def deliveries(user: User, webhook: Webhook) -> QuerySet[Delivery]:
    """Return what was sent to an address and what waits, the newest first."""
    return Delivery.objects.filter(webhook__in=webhooks(user), webhook=webhook).order_by("-pk")
