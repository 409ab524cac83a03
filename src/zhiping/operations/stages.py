"""The ports of all stages."""

from zhiping.archive import stage as archive
from zhiping.evaluations import stage as evaluations
from zhiping.improvement import stage as improvement
from zhiping.panels import stage as panels
from zhiping.registry import stage as registry
from zhiping.reporting import stage as reporting
from zhiping.rubrics import stage as rubrics
from zhiping.scoring import stage as scoring
from zhiping.visits import stage as visits

# In the order of the webhook form. Marks, sheets and free texts must never leave the system.
EVENTS = (
    *registry.EVENTS, *rubrics.EVENTS, *evaluations.EVENTS, *panels.EVENTS, *visits.EVENTS, *scoring.EVENTS,
    *reporting.EVENTS, *improvement.EVENTS, *archive.EVENTS,
)  # fmt: skip
