"""Whether ledgers are verified and signed as often as they should be, whatever the queue of jobs shows."""

import datetime as dt

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Exists, Min, OuterRef

from zhiping.ledger.models import LOG, VERIFIED, Audit, Checkpoint, Event, Head, open_to_view

VERIFIED_WITHIN = dt.timedelta(days=2)  # the job is due every day
SIGNED_WITHIN = dt.timedelta(hours=1)  # every ten minutes
LOOKED_WITHIN = dt.timedelta(minutes=1)
_looked: dict[object, tuple[dt.datetime, list[str]]] = {}


def late(now: dt.datetime) -> list[str]:
    """Return what is late, `verification` and `signing`; looked up once a minute, as a page shows it."""
    database = connection.settings_dict["NAME"]
    at, names = _looked.get(database, (now - LOOKED_WITHIN, []))
    if abs(now - at) >= LOOKED_WITHIN:
        names = [name for name, is_late in WATCHED.items() if is_late(now)]
        _looked[database] = (now, names)
    return names


def verification_late(now: dt.datetime) -> bool:
    """Whether the last verification is too old; times in the future do not count."""
    since = now - VERIFIED_WITHIN
    return _older(since) and not Audit.objects.filter(action=VERIFIED, at__range=(since, now)).exists()


def checkpoint_late(now: dt.datetime) -> bool:
    """Whether a ledger grew more than an hour ago and is in no checkpoint, and none was signed since."""
    since = now - SIGNED_WITHIN
    if not _older(since):
        return False
    latest = Checkpoint.objects.order_by("-id").values_list("at", flat=True).first()
    if latest and since <= latest <= now:
        return False
    signed = Checkpoint.objects.filter(head=OuterRef("pk"), size=OuterRef("size"))
    grown = Event.objects.filter(head=OuterRef("pk"), seq=OuterRef("size") - 1, at__lt=since)
    heads = Head.objects.filter(open_to_view(), ~Exists(signed), Exists(grown), size__gt=0)
    return heads.exclude(pk=LOG).exists()


def _older(since: dt.datetime) -> bool:
    """Whether the installation is older: a new one has not been verified yet."""
    migrations = MigrationRecorder.Migration.objects
    begun = migrations.aggregate(begun=Min("applied"))["begun"]
    return begun is not None and begun < since


WATCHED = {"verification": verification_late, "signing": checkpoint_late}
