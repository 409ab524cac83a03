"""Webhooks: what is sent to other systems, and the HTTP client that sends it."""
