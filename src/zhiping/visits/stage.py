"""Ports of visits, for the apps above to collect."""

# Names of events that may leave by webhook.
EVENTS = ("scoring.started",)
