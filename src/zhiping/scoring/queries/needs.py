"""What must hold before the moves of scoring."""

from zhiping.ledger.entry import Need
from zhiping.panels.queries.check import panel_legal
from zhiping.scoring.queries.deliberation import criteria_settled
from zhiping.scoring.queries.fact_check import fact_check_settled
from zhiping.scoring.queries.result import members_signed
from zhiping.scoring.queries.sheet import sheets_in
from zhiping.visits.queries import visit_recorded

NEEDS: dict[str, Need] = {
    "sheets_in": sheets_in,
    "visit_recorded": visit_recorded,
    "fact_check_settled": fact_check_settled,
    "criteria_settled": criteria_settled,
    "members_signed": members_signed,
    "panel_legal": panel_legal,
}
