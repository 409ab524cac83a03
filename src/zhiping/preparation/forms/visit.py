"""What is typed about a visit: its days, and one small form for each kind of line."""

from typing import Any

from django import forms

from zhiping.preparation.models import Evaluation, VisitRecord
from zhiping.web.forms import Form

Kind = VisitRecord.Kind
AREA = forms.Textarea({"rows": 3})

SHOWN: dict[str, tuple[str, ...]] = {
    Kind.APPOINTMENT: ("day", "time", "subject", "place", "who"),
    Kind.SIGN_IN: ("who", "role", "day"),
    Kind.OPENING: ("day", "time", "place", "who", "note"),
    Kind.SITE: ("site", "day", "note"),
    Kind.SEEN: ("subject", "number", "date", "page", "criteria"),
    Kind.INTERVIEW: ("who", "role", "subject", "note"),
    Kind.CLOSING: ("day", "time", "place", "who", "note"),
}
NEEDED: dict[str, tuple[str, ...]] = {
    Kind.APPOINTMENT: ("day", "time", "subject"),
    Kind.SIGN_IN: ("who",),
    Kind.OPENING: ("day", "who"),
    Kind.SITE: ("site",),
    Kind.SEEN: ("subject",),
    Kind.INTERVIEW: ("who", "subject"),
    Kind.CLOSING: ("day", "who"),
}


class PlanForm(Form):
    """When and where."""

    texts = "visit.plan"
    visit_start = forms.DateField()
    visit_end = forms.DateField()
    visit_place = forms.CharField(max_length=200, required=False)


class LineForm(Form):
    """One line of a kind: only the fields the kind has."""

    texts = ""
    day = forms.DateField(required=False)
    time = forms.CharField(max_length=20, required=False)
    subject = forms.CharField(max_length=200, required=False)
    site = forms.ModelChoiceField(None, required=False)
    place = forms.CharField(max_length=200, required=False)
    who = forms.CharField(max_length=300, required=False)
    role = forms.CharField(max_length=120, required=False)
    number = forms.CharField(max_length=60, required=False)
    date = forms.CharField(max_length=20, required=False)
    page = forms.CharField(max_length=20, required=False)
    criteria = forms.CharField(max_length=200, required=False)
    note = forms.CharField(max_length=4000, required=False, widget=AREA)

    def __init__(self, *args: Any, kind: str, evaluation: Evaluation, **options: Any) -> None:
        self.texts = f"visit.{kind}"
        super().__init__(*args, prefix=kind, **options)
        for name in set(self.fields) - set(SHOWN[kind]) - {"key", "seen"}:
            del self.fields[name]
        for name in NEEDED[kind]:
            self.fields[name].required = True
        if "site" in self.fields:
            sites = evaluation.platform.sites.filter(closed__isnull=True)
            self.fields["site"].queryset = sites  # type: ignore[attr-defined] # a model's field
        self.order_fields(SHOWN[kind])


def initial(record: VisitRecord) -> dict[str, object]:
    """Return a line as its form shows it."""
    return {name: getattr(record, name) for name in SHOWN[record.kind]}
