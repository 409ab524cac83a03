"""Notices to members whose signature a change voids."""

from zhiping.domain.errors import Invalid
from zhiping.evaluations.models import Evaluation
from zhiping.ledger.act import Act
from zhiping.notices import actions as notices
from zhiping.scoring.queries import changes
from zhiping.scoring.queries import result as queries
from zhiping.web.links import page


def notify_void(act: Act, evaluation: Evaluation, code: str, **why: str) -> None:
    """Notify the members who have signed a result that the change being made makes another.

    `code`: of the notice, which names the change; `why`: its data. Called after the rows have changed; the
    result is computed only where a member has signed since the last change.
    """
    signatures = changes.signed_since(evaluation)
    if not signatures:
        return
    try:
        now = queries.compute(evaluation).sha256
    except Invalid:  # the sheets make no result now
        now = ""
    people = [one.seat.expert.user for one in signatures if one.result_sha256 != now]
    data = {"platform": evaluation.platform.name, **why}
    to = [user for user in people if user]
    notices.notify(to=to, code=code, data=data, url=page("result", evaluation), now=act.now)
