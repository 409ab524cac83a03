"""Rubrics somebody can read, choose and compare."""

from uuid import UUID

from django.db.models import Case, QuerySet, When
from django.http import Http404
from django.shortcuts import get_object_or_404

from zhiping.accounts.models import User
from zhiping.domain.lifecycle import RubricState
from zhiping.rubrics.models import Rubric


def visible_to(user: User) -> QuerySet[Rubric]:  # noqa: ARG001 - the first argument of every query
    """Return every published rubric: by what people are judged is open to whoever has signed in."""
    return Rubric.objects.select_related("head", "published_by").defer("source")


def available(user: User) -> QuerySet[Rubric]:
    """Return the rubrics a new programme may take."""
    return visible_to(user).filter(head__phase=RubricState.PUBLISHED)


def get_rubric(user: User, rubric_id: UUID) -> Rubric:
    """Return one rubric with its source; Http404 where there is none."""
    return get_object_or_404(visible_to(user).defer(None), pk=rubric_id)


def others(user: User, rubric: Rubric) -> QuerySet[Rubric]:
    """Return the rubrics this one can be compared with: its own line first, the newest first."""
    own_line = Case(When(rubric_id=rubric.rubric_id, then=0), default=1)
    return visible_to(user).exclude(pk=rubric.pk).order_by(own_line, "-published", "-pk")


def get_other(user: User, rubric: Rubric, other_id: str) -> Rubric:
    """Return the one it is to be compared with, else the first of `others`; Http404 where there is none."""
    try:
        found = visible_to(user).filter(pk=UUID(other_id)).first()
    except ValueError:
        found = others(user, rubric).first()
    if found is None:
        raise Http404
    return found
