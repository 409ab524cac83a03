"""Actions of visits."""
