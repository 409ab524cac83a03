"""What must hold before the moves of scoring."""

from zhiping.ledger.entry import Need
from zhiping.panels.queries.check import panel_legal
from zhiping.scoring.queries.sheet import sheets_in

NEEDS: dict[str, Need] = {"sheets_in": sheets_in, "panel_legal": panel_legal}
