"""Take feedback of all parties, enterprises by a link without an account (8.4.2)."""

import datetime as dt
import secrets
from typing import Any

from zhiping.domain.errors import Conflict
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.rules import has_charge, is_of_operator
from zhiping.ledger.act import Act
from zhiping.reporting.models import Feedback, FeedbackLink
from zhiping.reporting.queries.feedback import token_of

Party = Feedback.Party
OPEN_FOR = dt.timedelta(days=30)
MOST_BY_LINK = 500  # entries of one link


def give_feedback(act: Act, evaluation: Evaluation, *, text: str) -> None:
    """Give feedback as a person with an account; the party follows from the role in the evaluation."""
    with act.move(evaluation, "give_feedback") as entry:
        party = (
            Party.OPERATOR if is_of_operator(act.by, evaluation)
            else Party.OFFICE if has_charge(act.by, evaluation) else Party.PANEL
        )  # fmt: skip
        entry.add(
            Feedback(evaluation=evaluation, party=party, name=act.by.name, text=text, at=act.now, by=act.by)
        )


def open_feedback(act: Act, evaluation: Evaluation) -> str:
    """Open a link for enterprises, in place of an earlier one; return its secret, which is not stored."""
    secret = secrets.token_urlsafe(24)
    with act.move(evaluation, "open_feedback") as entry:
        values: dict[str, Any] = {"token": token_of(secret), "until": act.today + OPEN_FOR}
        link = FeedbackLink.objects.filter(evaluation=evaluation).first()
        if link:
            entry.change(link, **values)
        else:
            entry.add(FeedbackLink(evaluation=evaluation, **values))
    return secret


def take_feedback(act: Act, link: FeedbackLink, *, name: str, text: str) -> None:
    """Take the feedback of an enterprise that has a link; `name`: as it calls itself.

    Raises Conflict `reporting.link_over` after the last day of the link, or once too many have used it.
    """
    evaluation = link.evaluation
    with act.move(evaluation, "take_feedback") as entry:
        given = evaluation.feedback.filter(party=Party.ENTERPRISE).count()
        if act.today > link.until or given >= MOST_BY_LINK:
            raise Conflict.of("reporting.link_over")
        entry.add(
            Feedback(
                id=entry.id, evaluation=evaluation, party=Party.ENTERPRISE, name=name, text=text, at=act.now
            )
        )
