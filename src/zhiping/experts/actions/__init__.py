"""Actions of experts."""
