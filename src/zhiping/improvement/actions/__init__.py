"""Actions of improvement."""
