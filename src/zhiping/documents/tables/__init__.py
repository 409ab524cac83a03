"""Spreadsheets made from results: the panel's table, the members' marks side by side, a batch at a glance."""

from zhiping.documents.tables.official import write_table
from zhiping.documents.tables.overview import Outcome, write_overview
from zhiping.documents.tables.summary import write_summary

__all__ = ["Outcome", "write_overview", "write_summary", "write_table"]
