"""Annex A: published rubrics, their versions, every legal mark as a row."""
