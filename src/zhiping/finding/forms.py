"""The form of the search."""

from typing import Any

from django import forms
from django.utils import timezone

from zhiping.finding.queries import SEARCHED
from zhiping.web.forms import TextForm
from zhiping.web.texts import say

YEARS = 10


class SearchForm(TextForm):
    """Words to look for, in one kind of thing, of one year."""

    texts = "finding.form"
    q = forms.CharField(required=False, max_length=100, widget=forms.TextInput({"type": "search"}))
    kind = forms.ChoiceField(required=False)
    year = forms.TypedChoiceField(required=False, coerce=int, empty_value=None)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        this = timezone.localdate().year
        years = [(str(year), str(year)) for year in range(this + 1, this - YEARS, -1)]
        kinds = [(one.kind, say(f"finding.kinds.{one.kind}")) for one in SEARCHED]
        self.fields["kind"].choices = [("", say("finding.form.all_kinds")), *kinds]  # type: ignore[attr-defined] # a choice field
        self.fields["year"].choices = [("", say("finding.form.all_years")), *years]  # type: ignore[attr-defined] # a choice field
