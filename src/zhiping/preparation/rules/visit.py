"""Who plans a visit and who writes down what happened there (6.1.4)."""

import rules

from zhiping.preparation.rules.evaluation import has_charge, is_lead, is_secretary, sits

writes = has_charge | is_lead | is_secretary | sits

rules.add_perm("preparation.plan_visit", has_charge | is_lead | is_secretary)
rules.add_perm("preparation.write_visit_record", writes)
rules.add_perm("preparation.remove_visit_record", writes)
