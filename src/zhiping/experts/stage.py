"""Ports of the pool of experts, for the apps above to collect."""

from collections.abc import Collection, Iterator
from uuid import UUID

from zhiping.experts.models import Expert
from zhiping.experts.queries import visible_to
from zhiping.web.links import link_to
from zhiping.web.searching import Searched, Words, lines


def _experts(ledgers: Collection[UUID]) -> Iterator[Words]:
    """Return the words of experts that all who see the entry may read: no telephone, address or note."""
    rows = Expert.objects.filter(pk__in=ledgers).prefetch_related("affiliations", "trainings")
    for one in rows:
        served = (each.organisation for each in one.affiliations.all())
        topics = (each.topic for each in one.trainings.all())
        able = (one.equivalent_ability, one.experience or "")
        yield Words(one.pk, one.pk, one.name, lines(one.employer, one.title, *able, *served, *topics))


SEARCH = (Searched("expert", ("expert",), _experts, visible_to, link_to("expert")),)
