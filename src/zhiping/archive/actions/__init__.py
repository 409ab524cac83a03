"""Actions of the archive."""
