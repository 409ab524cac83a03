"""SQLite backend in which the writers of a process queue in order of arrival."""
