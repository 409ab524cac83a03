"""Checks of stored packages for one reader."""

from django.db.models import QuerySet

from zhiping.accounts.models import User
from zhiping.archive.models import Fixity
from zhiping.archive.queries.record import kept_by
from zhiping.evaluations.models import Evaluation


def checks(user: User) -> QuerySet[Fixity]:
    """Return the checks of the packages the user keeps."""
    kept = Evaluation.objects.filter(kept_by(user))
    rows = Fixity.objects.filter(package__evaluation__in=kept.values("pk"))
    return rows.select_related("package__evaluation__platform")
