"""Permissions of announcements: who shows the result of an evaluation to everybody."""

import rules

from zhiping import permissions
from zhiping.accounts.models import User
from zhiping.domain.lifecycle import of_stage
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.rules import has_charge


@rules.predicate
def announces(user: User, evaluation: Evaluation | None) -> bool:
    """Who is in charge of an evaluation that an authority leads; self-evaluations are not announced."""
    return evaluation is not None and evaluation.authority_id is not None and has_charge(user, evaluation)


permissions.bind(of_stage("public")["evaluation"], {"in_charge": announces})
