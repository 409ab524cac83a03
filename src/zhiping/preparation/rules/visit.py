"""Who plans a visit and who writes down what happened there (6.1.4)."""

import rules

from zhiping.accounts.models import User
from zhiping.accounts.rules import responsible
from zhiping.preparation.models import Evaluation
from zhiping.preparation.rules.evaluation import has_charge, is_lead, is_secretary, sits


@rules.predicate
def oversees(user: User, evaluation: Evaluation | None) -> bool:
    """An officer over the platform's region, who also reads what operators evaluate themselves."""
    return evaluation is not None and responsible(user, evaluation.platform.region_id)


writes = has_charge | is_secretary | sits
reads = writes | oversees

rules.add_perm("preparation.plan_visit", has_charge | is_lead | is_secretary)
rules.add_perm("preparation.write_visit_record", writes)
rules.add_perm("preparation.remove_visit_record", writes)
