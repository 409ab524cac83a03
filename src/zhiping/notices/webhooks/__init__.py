"""Webhooks: message format, and the HTTP client that sends messages."""
