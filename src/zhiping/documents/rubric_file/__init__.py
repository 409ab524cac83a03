"""Rubric files: read and checked, written as TOML, printed as a table."""

from zhiping.documents.rubric_file.printing import Printed, as_printed, export_xlsx, notes_printed
from zhiping.documents.rubric_file.reading import BUNDLED, Contents, bundled, load, loads, read, usable
from zhiping.documents.rubric_file.writing import dumps

__all__ = [
    "BUNDLED",
    "Contents",
    "Printed",
    "as_printed",
    "bundled",
    "dumps",
    "export_xlsx",
    "load",
    "loads",
    "notes_printed",
    "read",
    "usable",
]
