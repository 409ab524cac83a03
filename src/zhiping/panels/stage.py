"""Ports of panels, for the apps above to collect."""

# Names of events that may leave by webhook.
EVENTS = ("draw.drawn",)
