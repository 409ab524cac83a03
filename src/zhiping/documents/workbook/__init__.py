"""Spreadsheets: any untrusted one read safely into rows, and the one writer through which rows leave."""

from zhiping.documents.workbook.cells import (
    Cell,
    blank,
    cell_name,
    columns,
    iso_date,
    number,
    plain,
    spellings,
    text,
)
from zhiping.documents.workbook.reading import Book, Worksheet, read
from zhiping.documents.workbook.writing import (
    LONGEST_TEXT,
    Formula,
    Value,
    height,
    looks,
    paper,
    put,
    put_across,
    put_row,
    width,
    writing,
)

__all__ = [
    "LONGEST_TEXT",
    "Book",
    "Cell",
    "Formula",
    "Value",
    "Worksheet",
    "blank",
    "cell_name",
    "columns",
    "height",
    "iso_date",
    "looks",
    "number",
    "paper",
    "plain",
    "put",
    "put_across",
    "put_row",
    "read",
    "spellings",
    "text",
    "width",
    "writing",
]
