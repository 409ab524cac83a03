"""The scoring sheet out and back: an expert's marks as a spreadsheet that can also be filled by hand."""

from zhiping.documents.form.back import Heading, read_forms, read_heading
from zhiping.documents.form.out import write_form

__all__ = ["Heading", "read_forms", "read_heading", "write_form"]
