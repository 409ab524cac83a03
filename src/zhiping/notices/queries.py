"""What a person has been told."""

from django.db.models import QuerySet

from zhiping.accounts.models import User
from zhiping.notices.models import Notice


def inbox(user: User) -> QuerySet[Notice]:
    """Return a person's notices, the newest first."""
    return Notice.objects.filter(to=user)


def unread(user: User) -> int:
    """Return how many of them are not read yet."""
    return inbox(user).filter(read__isnull=True).count()
