"""Sessions in the database, read by a statement compiled once."""

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as Stored
from django.contrib.sessions.models import Session
from django.db.models import CharField, DateTimeField
from django.utils import timezone

from zhiping.statements import Given, Statement

_LIVE = Statement(
    lambda: Session.objects.filter(
        session_key=Given("key", CharField()), expire_date__gt=Given("now", DateTimeField())
    )
)


class SessionStore(Stored):
    """Django's sessions; each request reads one."""

    def _get_session_from_db(self) -> Any:
        session = _LIVE.thing(key=self.session_key, now=timezone.now())
        if session is None:
            self._session_key = None
        return session
