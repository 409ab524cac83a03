"""Spreadsheets that return filled: origin, rows by criterion, legal marks."""
