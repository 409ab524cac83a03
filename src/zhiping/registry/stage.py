"""Ports of the registry, for the apps above to collect."""

# Names of events that may leave by webhook.
EVENTS = ("platform.added", "platform.changed", "platform.ended", "trigger.reported", "trigger.decided")
