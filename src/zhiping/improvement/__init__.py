"""Improvement after the report: plan, measures with proof, recheck, extension, closing (8.4.2)."""
