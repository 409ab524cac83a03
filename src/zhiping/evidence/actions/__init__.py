"""Actions of evidence."""
