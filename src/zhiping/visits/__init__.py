"""Visits: timetable, record, papers before scoring, and the start of scoring (6.1.4)."""
