"""Notices to people and webhooks to other systems."""
