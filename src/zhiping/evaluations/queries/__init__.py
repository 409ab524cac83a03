"""Queries of evaluations."""
