"""Ports of the archive, for the apps above to collect."""

import datetime as dt
from collections.abc import Collection, Iterator
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.urls import reverse

from zhiping.accounts.models import Role, User
from zhiping.archive.models import Record
from zhiping.archive.queries import record as queries
from zhiping.domain.lifecycle import FILED
from zhiping.evaluations.models import Evaluation
from zhiping.permissions import may
from zhiping.web.links import link_to, page
from zhiping.web.searching import Searched, Words, lines
from zhiping.web.sections import Remedy, Section
from zhiping.web.tasks import MOST, Task, Tasks

EVENTS = ("evaluation.archived",)
OPEN_TO_ALL = ("evaluation.archived",)


def waiting(user: User, today: dt.date) -> Iterator[Task]:
    """Offer archivists the evaluations to archive, the records to number, the packages with faults."""
    if not user.organisations(Role.ARCHIVIST):
        return
    for one in queries.to_archive(user)[:MOST]:
        yield Task("archive_evaluation", {"platform": one.platform.name}, page("record", one))
    if count := queries.to_number(user, today).count():
        yield Task("number_records", {"count": count}, reverse("archive:years"))
    for package in queries.faulty(user).select_related("evaluation__platform")[:MOST]:
        data = {"platform": package.evaluation.platform.name}
        yield Task("mend_package", data, page("record", package.evaluation), today, late=True)


def _of_evaluation(user: User, evaluation: Evaluation, _today: dt.date) -> dict[str, Any]:
    """Return where the record is, once the evaluation is closed: one statement."""
    if evaluation.head.phase not in FILED or not may(user, "archive.see_record", evaluation):
        return {"shown": False}
    return {"shown": True, "evaluation": evaluation, "found": queries.state_of(evaluation.pk)}


TASKS: tuple[Tasks, ...] = (waiting,)
SECTIONS = (Section("evaluation", "archive/of_evaluation.html", _of_evaluation),)
REMEDIES = {"package_sealed": Remedy(link_to("archive:record"), "archive.see_record")}


def _records(ledgers: Collection[UUID]) -> Iterator[Words]:
    """Return the words of records: number, platform, who keeps it, why so long."""
    rows = Record.objects.filter(Q(evaluation__in=ledgers) | Q(evaluation__platform__in=ledgers))
    for one in rows.select_related("evaluation__platform", "organisation"):
        title = f"{one.number} {one.evaluation.platform.name}".strip()
        body = lines(one.organisation.name, one.retention_reason)
        yield Words(one.pk, one.pk, title, body, one.year)


SEARCH = (Searched("record", ("evaluation", "platform"), _records, queries.visible_to, link_to("record")),)
