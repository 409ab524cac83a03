"""The Django project: settings, URLs, error mapping, entry points of servers."""
