"""Announcement of results, and its withdrawal."""

from zhiping.domain.errors import Conflict
from zhiping.evaluations.models import Evaluation
from zhiping.ledger.act import Act
from zhiping.public.models import Announcement
from zhiping.public.queries.results import announcement_of
from zhiping.reporting.queries.report import latest_issued


def announce_result(act: Act, evaluation: Evaluation) -> None:
    """Show platform, grade, period, number and date of the latest report to everybody.

    Raises Conflict where it is announced already.
    """
    with act.move(evaluation, "announce_result") as entry:
        edition, before = latest_issued(evaluation), announcement_of(evaluation)
        if edition is None or (before and before.edition_id == edition.pk):
            raise Conflict.of("public.announced")
        if before:
            entry.remove(before)
        entry.add(Announcement(evaluation=evaluation, edition=edition, at=act.now, by=act.by))


def withdraw_result(act: Act, evaluation: Evaluation) -> None:
    """Show the result of an evaluation no more; caches may have it for some minutes."""
    with act.move(evaluation, "withdraw_result") as entry:
        before = announcement_of(evaluation)
        if before is None:
            raise Conflict.of("public.not_announced")
        entry.remove(before)
