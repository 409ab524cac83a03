"""A reason for something, asked for by its own words."""

from typing import Any

from django import forms

from zhiping.web.forms import Form


class ReasonForm(Form):
    """Why something is done; `texts` names the table that asks."""

    texts = ""
    reason = forms.CharField(max_length=1000, widget=forms.Textarea({"rows": 3}))

    def __init__(self, *args: Any, texts: str, **options: Any) -> None:
        self.texts = texts  # type: ignore[misc] # one form for several actions
        super().__init__(*args, **options)
