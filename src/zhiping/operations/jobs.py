"""Periodic jobs of the system as a whole."""

from django.utils import timezone
from django_tasks import task

from zhiping.ledger.act import Act
from zhiping.operations import actions


@task
def forget() -> None:
    """Delete old jobs."""
    actions.forget(Act.clock(timezone.now()))


@task
def verify() -> None:
    """Verify every ledger."""
    actions.verify(Act.clock(timezone.now()))


@task
def announce_keys() -> None:
    """Notify of new keys that sign checkpoints."""
    actions.announce_keys(Act.clock(timezone.now()))


@task
def send_checkpoints() -> None:
    """Send checkpoints to the addresses outside."""
    actions.send_checkpoints(Act.clock(timezone.now()))
