"""Actions of scoring."""
