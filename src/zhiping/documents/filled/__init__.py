"""Spreadsheets of ours that come back filled: where they belong, their rows by criterion, legal marks."""

from zhiping.documents.filled.info import LONGEST_ECHO, Info, belongs, labels, read_info, worksheet
from zhiping.documents.filled.marks import choices, not_a_mark, offer_marks
from zhiping.documents.filled.paper import Filled, read_filled, write_info
from zhiping.documents.filled.rows import criterion_rows

__all__ = [
    "LONGEST_ECHO",
    "Filled",
    "Info",
    "belongs",
    "choices",
    "criterion_rows",
    "labels",
    "not_a_mark",
    "offer_marks",
    "read_filled",
    "read_info",
    "worksheet",
    "write_info",
]
