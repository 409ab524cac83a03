"""Scoring: blind sheets, fact check, deliberation, conclusion, results (7, 8.1–8.2)."""
