"""The scoring sheet out and back: an expert's marks as a spreadsheet that can also be filled by hand."""

from zhiping.documents.form.back import read_form, read_forms
from zhiping.documents.form.out import write_form

__all__ = ["read_form", "read_forms", "write_form"]
