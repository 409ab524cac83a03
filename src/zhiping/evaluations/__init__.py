"""Programmes, trips and evaluations: opened, prepared, cancelled (6.1)."""
