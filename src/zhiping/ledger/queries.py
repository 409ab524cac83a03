"""What happened to a thing, told from its ledger."""

from uuid import UUID

from django.db.models import QuerySet

from zhiping.ledger.models import Event


def timeline(head_id: UUID) -> QuerySet[Event]:
    """Return the events of a thing with the people who caused them, the latest first."""
    return Event.objects.filter(head_id=head_id).select_related("by").order_by("-seq")
