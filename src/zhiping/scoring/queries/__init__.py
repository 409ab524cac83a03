"""Queries of scoring."""
