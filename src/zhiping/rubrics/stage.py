"""Ports of rubrics, for the apps above to collect."""

# Names of events that may leave by webhook.
EVENTS = ("rubric.published",)
