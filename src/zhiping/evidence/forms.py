"""Forms of evidence: a file, a document seen on site, the criteria of a file that has arrived."""

import re
from typing import Any

from django import forms

from zhiping.domain.errors import Invalid
from zhiping.domain.evidence import criteria_of
from zhiping.domain.identity import folded
from zhiping.evaluations.models import Evaluation
from zhiping.evidence.actions.evidence import Received, receive_sent
from zhiping.evidence.models import Evidence
from zhiping.web.forms import Form, model_field
from zhiping.web.texts import problem


class ScanField(forms.FileField):
    """The scan of a signed paper; its value is the file as it is in the store."""

    widget = forms.FileInput({"accept": ".pdf,.jpg,.jpeg,.png"})

    def clean(self, data: Any, initial: Any = None) -> Received | None:
        """Move the file into the store; None where there is none."""
        file = super().clean(data, initial)
        try:
            return receive_sent(file) if file else None
        except Invalid as refused:
            raise forms.ValidationError([problem(fault) for fault in refused.problems]) from refused


class CriteriaForm(Form):
    """Criteria by their ids, written as people do."""

    texts = "evidence.criteria_form"
    criteria = forms.CharField(max_length=400)

    def __init__(self, *args: Any, evaluation: Evaluation, **options: Any) -> None:
        super().__init__(*args, **options)
        self.evaluation = evaluation

    def clean_criteria(self) -> str:
        """Write ids as the rubric does, separated by spaces: 3.1、b．1 becomes 3.1 B.1."""
        known = {folded(name): name for name in self.evaluation.rubric.as_domain().criteria}
        typed = re.split(r"[\s,，、;；]+", self.cleaned_data["criteria"].strip())
        return " ".join(dict.fromkeys(known.get(folded(name), name) for name in typed))


class FileForm(CriteriaForm):
    """One file sent with the form; larger ones and many at once are sent in pieces by the page's script."""

    texts = "evidence.file_form"
    file = forms.FileField()
    caption = model_field(Evidence, "caption", required=False)
    date = model_field(Evidence, "date")
    field_order = ("file", "criteria", "caption", "date")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["criteria"].required = False

    def clean(self) -> dict[str, Any]:
        """Take the criteria from the file's name where none are typed."""
        values: dict[str, Any] = super().clean() or {}
        if values.get("file") and not values.get("criteria"):
            rubric = self.evaluation.rubric.as_domain()
            values["criteria"] = " ".join(criteria_of(values["file"].name, rubric))
        return values


class SeenForm(CriteriaForm):
    """A document seen on site."""

    texts = "evidence.seen_form"
    caption = model_field(Evidence, "caption")
    number = model_field(Evidence, "number")
    date = model_field(Evidence, "date")
    page = model_field(Evidence, "page")
    place = model_field(Evidence, "place")
    field_order = ("caption", "number", "date", "page", "place", "criteria")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["criteria"].required = False
