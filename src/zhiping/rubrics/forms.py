"""Forms of rubrics."""

from typing import Any

from django import forms

from zhiping.domain.errors import Invalid
from zhiping.rubrics import drafts
from zhiping.rubrics.drafts import Draft
from zhiping.web.forms import Form, TextForm
from zhiping.web.texts import problem, say

MOST_BYTES = 4 * 1024 * 1024


class FileForm(TextForm):
    """Upload of a rubric or standard; after validation `draft` holds its contents."""

    texts = "rubrics.file"
    file = forms.FileField(widget=forms.FileInput({"accept": ".toml,.docx,.txt,.xlsx,.xls,.et,.ods"}))
    draft: Draft

    def clean(self) -> dict[str, Any]:
        """Read the file and add all of its problems as errors of the field."""
        upload = self.cleaned_data.get("file")
        if upload and upload.size > MOST_BYTES:
            self.add_error("file", say("rubrics.file.too_large"))
        elif upload:
            try:
                self.draft = drafts.of_file(upload.name, upload.read())
            except Invalid as refused:
                for fault in refused.problems:
                    self.add_error("file", problem(fault))
        return self.cleaned_data


class DraftForm(Form):
    """The text of a draft, in a hidden field."""

    texts = "rubrics.draft"
    source = forms.CharField(widget=forms.HiddenInput, strip=False, max_length=MOST_BYTES)

    def clean_source(self) -> str:
        """Restore line feeds, because browsers send CRLF."""
        return str(self.cleaned_data["source"]).replace("\r\n", "\n")


class WithdrawForm(Form):
    """The reason for withdrawing a rubric."""

    texts = "rubrics.withdraw"
    reason = forms.CharField(max_length=500, widget=forms.Textarea({"rows": 3}))
