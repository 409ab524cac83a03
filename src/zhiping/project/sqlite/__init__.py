"""SQLite as this product uses it: writers of one process queue in the order they came."""
