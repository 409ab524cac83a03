"""Queries of panels."""
