"""Actions of reporting."""
