"""What happened to a thing."""

from uuid import UUID

from django.db.models import UUIDField

from zhiping.ledger.models import Event
from zhiping.statements import Given, Statement

_TIMELINE = Statement(
    lambda: Event.objects.filter(head=Given("head", UUIDField())).select_related("by").order_by("-seq")
)


def timeline(head_id: UUID) -> list[Event]:
    """Return the events of a thing with the people who caused them, the latest first."""
    return _TIMELINE.things(head=head_id)
