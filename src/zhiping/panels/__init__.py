"""Panels: seats, duties, declarations, recusals, draws (6.2)."""
