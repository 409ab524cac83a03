"""A standard's scored table, row by row, becomes a rubric draft with its doubts."""

from zhiping.domain.reader.doubt import Doubt

__all__ = ["Doubt"]
