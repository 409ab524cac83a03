"""Sessions that ended by themselves."""

import datetime as dt

from django.contrib.sessions.models import Session


def forget_sessions(*, now: dt.datetime) -> None:
    """Drop the rows of sessions that are over; nobody is signed out by it."""
    Session.objects.filter(expire_date__lt=now).delete()
