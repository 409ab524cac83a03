"""A standard's scored table, row by row, becomes a rubric draft with its doubts."""

from zhiping.domain.reader.draft import Draft, read
from zhiping.domain.reader.table import Row

__all__ = ["Draft", "Row", "read"]
