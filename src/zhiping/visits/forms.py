"""Forms of visits and papers: days, one small form for each kind of line, templates."""

import datetime as dt
import re
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone

from zhiping.accounts.models import Organisation
from zhiping.documents.papers.word import papers
from zhiping.domain.errors import Refused
from zhiping.evaluations.models import Evaluation, Programme, Trip
from zhiping.evaluations.queries.evaluation import offices_below
from zhiping.registry.models import Site
from zhiping.visits.actions.papers import OWN
from zhiping.visits.actions.visit import mark
from zhiping.visits.models import VisitRecord
from zhiping.visits.queries import BUNDLES
from zhiping.web.forms import Form

Kind = VisitRecord.Kind
AREA = forms.Textarea({"rows": 3})

SHOWN: dict[str, tuple[str, ...]] = {
    Kind.APPOINTMENT: ("day", "time", "subject", "place", "who"),
    Kind.SIGN_IN: ("who", "role", "day"),
    Kind.OPENING: ("day", "time", "place", "who", "note"),
    Kind.SITE: ("site", "day", "note"),
    Kind.INTERVIEW: ("who", "role", "subject", "note"),
    Kind.CLOSING: ("day", "time", "place", "who", "note"),
}
NEEDED: dict[str, tuple[str, ...]] = {
    Kind.APPOINTMENT: ("day", "time", "subject"),
    Kind.SIGN_IN: ("who",),
    Kind.OPENING: ("day", "who"),
    Kind.SITE: ("site",),
    Kind.INTERVIEW: ("who", "subject"),
    Kind.CLOSING: ("day", "who"),
}


class PlanForm(Form):
    """Dates and place of the visit."""

    texts = "visit.plan"
    visit_start = forms.DateField()
    visit_end = forms.DateField()
    visit_place = forms.CharField(max_length=200, required=False)


class DelegateForm(Form):
    """The office below that records the visit."""

    texts = "visit.delegate"
    office = forms.ModelChoiceField(Organisation.objects.none(), empty_label=None)

    def __init__(self, *args: Any, evaluation: Evaluation, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["office"].queryset = offices_below(evaluation).order_by("-region_id")  # type: ignore[attr-defined] # a model's field


class LineForm(Form):
    """One line of a kind: only the fields the kind has."""

    texts = ""
    day = forms.DateField(required=False)
    time = forms.CharField(max_length=20, required=False)
    subject = forms.CharField(max_length=200, required=False)
    site: "forms.ModelChoiceField[Site]" = forms.ModelChoiceField(None, required=False)
    place = forms.CharField(max_length=200, required=False)
    who = forms.CharField(max_length=300, required=False)
    role = forms.CharField(max_length=120, required=False)
    note = forms.CharField(max_length=4000, required=False, widget=AREA)
    was = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        evaluation: Evaluation,
        kind: str = "",
        line: VisitRecord | None = None,
        **options: Any,
    ) -> None:
        kind = line.kind if line else kind
        self.texts, self.line = f"visit.{kind}", line  # type: ignore[misc] # one form for every kind
        initial = _shown(line) if line else {"day": _proposed(kind, evaluation)}
        # The page of a visit has a form for every kind: only the fields of the kind are copied.
        kept = (*SHOWN[kind], "key", *(("was",) if line else ()))
        self.base_fields = {name: self.base_fields[name] for name in kept}  # type: ignore[misc] # one form for every kind
        super().__init__(*args, prefix=kind, initial=initial, **options)
        for name in NEEDED[kind]:
            self.fields[name].required = True
        if "site" in self.fields:
            held = Q(closed__isnull=True) | Q(pk=line.site_id if line else None)
            self.fields["site"].queryset = evaluation.platform.sites.filter(held)  # type: ignore[attr-defined] # a model's field

    def clean_time(self) -> str:
        """Write 9：00 as 09:00, so that lines sort by the clock."""
        typed: str = self.cleaned_data["time"]
        return re.sub(r"^(\d)?(\d)[:：](\d\d)", lambda t: f"{t[1] or 0}{t[2]}:{t[3]}", typed)

    def refuse(self, refused: Refused) -> None:
        """Show the problems of a refusal, and accept the line as it is now when the form is sent again."""
        super().refuse(refused)
        if self.line:
            self.renew(was=mark(self.line))


def _proposed(kind: str, evaluation: Evaluation) -> dt.date | None:
    """Return the day proposed for a new line; people sign in on the day itself."""
    day = evaluation.visit_start
    return None if kind == Kind.SIGN_IN and day and day > timezone.localdate() else day


def _shown(line: VisitRecord) -> dict[str, object]:
    return {name: getattr(line, name) for name in SHOWN[line.kind]} | {"was": mark(line)}


class BundleForm(Form):
    """Selection of papers, and of one trip or all."""

    texts = "papers_web.ask"
    stage = forms.ChoiceField(choices=[(stage, stage) for stage in BUNDLES])
    trip: "forms.ModelChoiceField[Trip]" = forms.ModelChoiceField(None, required=False)

    def __init__(self, *args: Any, programme: Programme, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["trip"].queryset = programme.trips.all()  # type: ignore[attr-defined] # a model's field


class TemplateForm(Form):
    """A paper and its Word template."""

    texts = "papers_web.template"
    paper = forms.ChoiceField()
    content = forms.FileField(widget=forms.FileInput({"accept": ".docx"}))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["paper"].choices = [(n, papers.title(n)) for n in OWN]  # type: ignore[attr-defined] # a choice field

    def clean_content(self) -> bytes:
        """Return what the file holds; its size is judged by the action."""
        content: bytes = self.cleaned_data["content"].read()
        return content
