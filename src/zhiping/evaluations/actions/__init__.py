"""Actions of evaluations."""
