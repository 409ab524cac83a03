"""Sessions that have ended."""

from django.contrib.sessions.models import Session

from zhiping.ledger.act import Act


def forget_sessions(act: Act) -> None:
    """Delete the rows of expired sessions."""
    act.require("accounts.forget_sessions")
    Session.objects.filter(expire_date__lt=act.now).delete()
