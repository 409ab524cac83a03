"""Forms of sheets: a filled spreadsheet, its preview, a paper sheet with its scan."""

from typing import Any

from django import forms

from zhiping.domain.errors import Invalid
from zhiping.scoring.models import Sheet
from zhiping.scoring.queries import filled
from zhiping.web.forms import Form, TextForm
from zhiping.web.texts import problem

MOST_TEXT = 400_000  # characters of the marks that a page carries


class FilledForm(TextForm):
    """Upload of a filled scoring sheet; after validation `marks` holds what it says."""

    texts = "sheets.upload"
    file = forms.FileField(widget=forms.FileInput({"accept": ".xlsx,.xls,.ods,.et"}))
    marks: dict[str, filled.Filled]

    def __init__(self, *args: Any, sheet: Sheet | None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.sheet = sheet

    def clean(self) -> dict[str, Any]:
        """Read the file and add all of its problems as errors of the field."""
        if self.sheet and (upload := self.cleaned_data.get("file")):
            try:
                self.marks = filled.read_filled(self.sheet, upload)
            except Invalid as refused:
                for fault in refused.problems:
                    self.add_error("file", problem(fault))
        return self.cleaned_data


class MarksForm(Form):
    """The marks of a previewed file, in a hidden field."""

    texts = "sheets.upload"
    marks = forms.CharField(widget=forms.HiddenInput, max_length=MOST_TEXT)

    def clean_marks(self) -> dict[str, filled.Filled]:
        """Return the marks the page carried."""
        try:
            return filled.of_text(self.cleaned_data["marks"])
        except Invalid as refused:
            raise forms.ValidationError(problem(refused.problems[0])) from refused
