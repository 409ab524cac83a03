"""Queries of published rubrics."""

from uuid import UUID

from django.db.models import Case, QuerySet, When
from django.http import Http404
from django.shortcuts import get_object_or_404

from zhiping.accounts.models import User
from zhiping.domain.lifecycle import RubricState
from zhiping.rubrics.models import Rubric


def visible_to(user: User) -> QuerySet[Rubric]:  # noqa: ARG001 - the first argument of every query
    """Return all rubrics; every user may read the criteria applied to them."""
    return Rubric.objects.select_related("head", "published_by").defer("source")


def available(user: User) -> QuerySet[Rubric]:
    """Return the rubrics available to new programmes."""
    return visible_to(user).filter(head__phase=RubricState.PUBLISHED)


def get_rubric(user: User, rubric_id: UUID) -> Rubric:
    """Return one rubric with its source; Http404 if there is none."""
    return get_object_or_404(visible_to(user).defer(None), pk=rubric_id)


def others(user: User, rubric: Rubric) -> QuerySet[Rubric]:
    """Return the other rubrics for a comparison: versions of the same rubric first, then the newest."""
    same_id = Case(When(rubric_id=rubric.rubric_id, then=0), default=1)
    return visible_to(user).exclude(pk=rubric.pk).order_by(same_id, "-published", "-pk")


def get_other(user: User, rubric: Rubric, other_id: str) -> Rubric:
    """Return the rubric to compare with, the first of `others` if no id is given; Http404 if none."""
    try:
        other = visible_to(user).filter(pk=UUID(other_id)).first()
    except ValueError:
        other = others(user, rubric).first()
    if other is None:
        raise Http404
    return other
