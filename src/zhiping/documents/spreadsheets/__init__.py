"""Spreadsheets: forms and tables out, filled ones back."""
