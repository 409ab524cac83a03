"""The evaluation report (8.3) as PDF."""
