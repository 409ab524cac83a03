"""Retry and delete jobs, verify the ledgers, and let checkpoints leave the server."""

import datetime as dt
import logging
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from zhiping.accounts.models import Organisation, User
from zhiping.domain.errors import Conflict, Invalid, Problem
from zhiping.evidence import files
from zhiping.ledger import actions as ledger
from zhiping.ledger import kept, verification
from zhiping.ledger.act import Act
from zhiping.ledger.models import KEY_NAMED, LOG, VERIFIED, Audit, Checkpoint, Event, Head, open_to_view
from zhiping.notices.actions import notify
from zhiping.notices.webhooks import client
from zhiping.operations import report
from zhiping.operations.models import Keeper
from zhiping.operations.queries import public_key, stopped
from zhiping.texts.catalogue import say

log = logging.getLogger("zhiping")
KEPT_DONE = dt.timedelta(days=2)
KEPT_FAILED = dt.timedelta(days=90)
DAILY = dt.timedelta(hours=23)  # the job runs every hour: an address that failed is tried again
ANNOUNCED = "key.announced"
MOST_OF_ONE, MOST_NAMED = 5, 50  # problems of one ledger, and of all, that a report names
MOST_WRONG = 1000  # files that the next verification reads again


@transaction.atomic
def retry(act: Act, job: UUID) -> None:
    """Queue a failed job again, or one whose worker has died.

    Raises Conflict `operations.not_failed` where it is waiting, running or done.
    """
    act.require("operations.retry")
    fresh = {"started_at": None, "finished_at": None, "exception_class_path": "", "traceback": ""}
    jobs = stopped(act.by, act.now).filter(pk=job)
    if not jobs.update(status=TaskResultStatus.READY, run_after=act.now, **fresh):
        raise Conflict.of("operations.not_failed")
    ledger.audit("job.retried", by=act.by, at=act.now, subject=str(job))


def beat(act: Act, *, worker: str) -> None:
    """Update the heartbeat of a running job, so that a long job is not considered lost."""
    act.require("operations.beat")
    running = DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING).values_list("pk", "worker_ids")
    own = [job for job, workers in running if worker in workers]
    DBTaskResult.objects.filter(pk__in=own, status=TaskResultStatus.RUNNING).update(run_after=act.now)


def forget(act: Act) -> None:
    """Delete old jobs; failed ones are kept longer."""
    act.require("operations.forget")
    done = Q(status=TaskResultStatus.SUCCESSFUL, finished_at__lt=act.now - KEPT_DONE)
    failed = Q(status=TaskResultStatus.FAILED, finished_at__lt=act.now - KEPT_FAILED)
    DBTaskResult.objects.filter(done | failed).delete()


def verify(act: Act) -> list[UUID]:
    """Verify every ledger, what it records and a part of the files, and keep the outcome.

    Notifies administrators and auditors of what does not agree. Returns the ledgers concerned.
    """
    act.require("operations.verify")
    broken = list(verification.verify_all())
    named = [report.kept(head, problem) for head, problems in broken for problem in problems[:MOST_OF_ONE]]
    read, part = _files()
    named += [report.kept(head, problem) for head, problem in read.problems[:MOST_NAMED]]
    with transaction.atomic():
        data = {
            "ledgers": Head.objects.filter(open_to_view()).count(),
            "broken": len(broken),
            "first": named[: 2 * MOST_NAMED],
            "files": {"part": part, "count": read.count, "wrong": read.wrong[:MOST_WRONG]},
        }
        ledger.audit(VERIFIED, by=act.by, at=act.now, data=data)
        url = reverse("operations:records")
        if count := len(broken):
            notify(to=_watchers(), code="operations.ledger_broken", data={"n": count}, url=url, now=act.now)
        if count := len(read.wrong):
            notify(to=_watchers(), code="operations.files_broken", data={"n": count}, url=url, now=act.now)
    for head, _ in broken[:MOST_NAMED]:
        log.error("a ledger is not what it was", extra={"data": {"ledger": str(head.pk)}})
    for sha256 in read.wrong[:MOST_NAMED]:
        log.error("a file is not what it was", extra={"data": {"sha256": sha256}})
    return [head.pk for head, _ in (*broken, *read.problems)]


def _files() -> tuple[files.Verified, int]:
    """Verify the part of the files after that of the last run, and what was wrong then; return its number."""
    last = Audit.objects.filter(action=VERIFIED).order_by("-at").first()
    before = last.data.get("files", {}) if last else {}
    part = (before.get("part", -1) + 1) % files.PARTS
    return files.verify(part, before.get("wrong", ())), part


def _watchers() -> QuerySet[User]:
    return User.objects.filter(office__in=(User.Office.ADMINISTRATOR, User.Office.AUDITOR), is_active=True)


def announce_keys(act: Act) -> int:
    """Notify administrators and auditors of each key that began to sign checkpoints; return how many."""
    act.require("operations.announce_keys")
    known = set(Audit.objects.filter(action=ANNOUNCED).values_list("subject", flat=True))
    new = [event for event in Event.objects.filter(head=LOG, name=KEY_NAMED) if str(event.pk) not in known]
    for event in new:
        with transaction.atomic():
            name = event.data["key"].partition("+")[0]
            ledger.audit(ANNOUNCED, by=act.by, at=act.now, subject=str(event.pk), data={"key": name})
            url = reverse("operations:records")
            notify(to=_watchers(), code="operations.key_named", data={"key": name}, url=url, now=act.now)
    return len(new)


def add_keeper(act: Act, organisation: Organisation, *, address: str) -> Keeper:
    """Have a checkpoint sent every day to an e-mail address or URL outside the server.

    Raises Invalid `operations.keeper_address`, `operations.keeper_taken`.
    """
    event = "organisation.keeper_added"
    with act.record("operations.add_keeper", organisation, event) as entry:
        keeper = Keeper(id=entry.id, organisation=organisation, address=_address(address), added=act.now)
        entry.add(keeper, taken=Problem("operations.keeper_taken", {}, ("address",)))
    return keeper


def remove_keeper(act: Act, keeper: Keeper) -> None:
    """Send no more checkpoints to an address."""
    event = "organisation.keeper_removed"
    with act.record("operations.remove_keeper", keeper.organisation, event) as entry:
        entry.remove(keeper)


def _address(text: str) -> str:
    """Return an address; raise Invalid `operations.keeper_address` for one that nothing can be sent to."""
    address = text.strip()
    try:
        if "://" in address:
            client.ensure_url(address, private=settings.WEBHOOK_PRIVATE)
        else:
            validate_email(address)
    except (ValidationError, ValueError) as error:
        raise Invalid.of("operations.keeper_address", "address") from error
    return address


def send_checkpoints(act: Act) -> int:
    """Send the latest checkpoint to each address that has had none for a day; return how many accepted it."""
    act.require("operations.send_checkpoints")
    checkpoint = kept.latest()
    waiting = Keeper.objects.filter(Q(sent__isnull=True) | Q(sent__lt=act.now - DAILY))
    taken = 0
    if checkpoint is None:
        return 0
    for keeper in list(waiting):
        outcome = _send(keeper, checkpoint)
        progress = {"tried": act.now, "status": outcome.status} | ({"sent": act.now} if outcome.taken else {})
        Keeper.objects.filter(pk=keeper.pk).update(**progress)
        taken += outcome.taken
    return taken


def _send(keeper: Keeper, checkpoint: Checkpoint) -> client.Outcome:
    if "://" in keeper.address:
        headers = {"Content-Type": "text/plain; charset=utf-8"}
        return client.post(
            keeper.address, checkpoint.note.encode(), headers, private=settings.WEBHOOK_PRIVATE
        )
    if not settings.EMAIL_HOST:
        return client.Outcome(taken=False, status="no_mail")
    data = {"site": settings.ADDRESS, "size": checkpoint.size, "key": public_key()}
    message = EmailMessage(
        say("operations.mail.subject", **data), say("operations.mail.body", **data), to=[keeper.address]
    )
    message.attach(f"checkpoint-{checkpoint.size}.txt", checkpoint.note, "text/plain")
    try:
        message.send()
    except OSError as fault:  # SMTPException is a subclass
        log.warning("checkpoint not mailed (%s)", type(fault).__name__)
        return client.Outcome(taken=False, status="not_mailed")
    return client.Outcome(taken=True, status="mailed")
