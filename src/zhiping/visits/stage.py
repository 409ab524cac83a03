"""Ports of visits, for the apps above to collect."""

from zhiping.web.links import link_to
from zhiping.web.sections import Remedy

# Names of events that may leave by webhook.
EVENTS = ("scoring.started", "visit.delegated", "visit.delegation_revoked")
# Events that everybody who sees an evaluation may know.
OPEN_TO_ALL = (
    "visit.planned",
    "visit.timetable_proposed",
    "visit.delegated",
    "visit.delegation_revoked",
    "scoring.started",
)
REMEDIES = {"visit_planned": Remedy(link_to("visits:plan-visit"), "visits.plan_visit")}  # of needs
