"""Feedback of an evaluation, and the link for enterprises."""

import hashlib

from django.shortcuts import get_object_or_404

from zhiping.accounts.models import User
from zhiping.evaluations.models import Evaluation
from zhiping.permissions import may
from zhiping.reporting.models import Feedback, FeedbackLink


def token_of(secret: str) -> str:
    """Return what is stored of the secret of a link."""
    return hashlib.sha256(secret.encode()).hexdigest()


def link_of(secret: str) -> FeedbackLink:
    """Return the link of a secret; Http404 where there is none."""
    rows = FeedbackLink.objects.select_related("evaluation__head", "evaluation__platform")
    found: FeedbackLink = get_object_or_404(rows, token=token_of(secret))
    return found


def feedback_of(user: User, evaluation: Evaluation) -> list[Feedback]:
    """Return the feedback a user reads: all of it in charge of the evaluation, else the own."""
    rows = evaluation.feedback.all()
    return list(rows if may(user, "reporting.open_feedback", evaluation) else rows.filter(by=user))
