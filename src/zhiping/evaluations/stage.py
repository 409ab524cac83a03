"""Ports of evaluations, for the apps above to collect."""

# Names of events that may leave by webhook.
EVENTS = (
    "programme.added",
    "programme.frozen",
    "evaluation.planned",
    "evaluation.prepared",
    "evaluation.cancelled",
)
