"""Queries of the archive."""
