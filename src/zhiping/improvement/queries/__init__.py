"""Queries of improvement."""
