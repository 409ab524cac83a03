"""What is typed to draw experts: conditions, the supervisor's words, the lead, why a draw is given up."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.http import QueryDict

from zhiping.domain.draw import Outcome
from zhiping.domain.draw_conditions import FIELDS, Candidate
from zhiping.domain.errors import Problem
from zhiping.web.forms import Form
from zhiping.web.texts import problem

NUMBERS = {"seats": 3, "substitutes": 2, "experience": 1, "per_employer": 0, "per_region": 0}
NO_FIELDS = dict.fromkeys(FIELDS, 0)
MOST = 99


class DrawForm(Form):
    """The conditions of a draw; `fixed` and `excluded` are ids, `why-<id>` the reason of an exclusion."""

    texts = "draws.form"
    seats = forms.IntegerField(min_value=3, max_value=MOST)
    substitutes = forms.IntegerField(min_value=0, max_value=MOST)
    experience = forms.IntegerField(min_value=0, max_value=MOST)
    per_employer = forms.IntegerField(min_value=0, max_value=MOST)
    per_region = forms.IntegerField(min_value=0, max_value=MOST)
    metrology = forms.IntegerField(min_value=0, max_value=MOST)
    standards = forms.IntegerField(min_value=0, max_value=MOST)
    certification = forms.IntegerField(min_value=0, max_value=MOST)
    testing = forms.IntegerField(min_value=0, max_value=MOST)
    quality = forms.IntegerField(min_value=0, max_value=MOST)
    information = forms.IntegerField(min_value=0, max_value=MOST)
    service = forms.IntegerField(min_value=0, max_value=MOST)
    law = forms.IntegerField(min_value=0, max_value=MOST)

    def __init__(self, data: QueryDict, *, pool: Sequence[Candidate], **options: Any) -> None:
        given = data.copy()
        for name, number in (NUMBERS | NO_FIELDS).items():
            given.setdefault(name, str(number))
        super().__init__(given, **options)
        self.given = given
        self.people: Mapping[str, Candidate] = {one["id"]: one for one in pool}
        self.fixed = list(dict.fromkeys(data.getlist("fixed")))
        self.excluded = {key: data.get(f"why-{key}", "").strip() for key in data.getlist("excluded")}

    def clean(self) -> dict[str, Any]:
        """Gather the fields of knowledge and the people named into what the action takes."""
        values = super().clean() or self.cleaned_data
        fields = {name: values.pop(name, None) or 0 for name in FIELDS}
        for found in self._problems():
            self.add_error(None, problem(found))
        return {**values, "fields": fields, "fixed": self.fixed, "excluded": self.excluded}

    def _problems(self) -> list[Problem]:
        named = {*self.fixed, *self.excluded}
        if not named <= self.people.keys():
            return [Problem("draws.unknown")]
        names = {key: self.people[key]["name"] for key in named}
        both = [Problem("draws.both", {"name": names[key]}) for key in self.fixed if key in self.excluded]
        silent = [names[key] for key, why in self.excluded.items() if not why]
        return [*both, *(Problem("draws.why_excluded", {"name": name}) for name in silent)]

    def conditions(self) -> dict[str, Any]:
        """Return what was typed as the action takes it; the defaults for what makes no sense."""
        if not self.is_valid():
            return {**NUMBERS, "fields": {}, "fixed": [], "excluded": {}}
        return {key: value for key, value in self.cleaned_data.items() if key not in ("key", "seen")}

    def pairs(self) -> list[tuple[str, str]]:
        """Return everything typed, to be sent again exactly as it was judged."""
        left_out = ("key", "seen", "q", "csrfmiddlewaretoken")
        return [(k, v) for k in self.given if k not in left_out for v in self.given.getlist(k)]

    def chosen(self) -> list[dict[str, Any]]:
        """Return the people named, with what is said of them."""
        return [
            {"person": self.people[key], "fixed": key in self.fixed, "why": self.excluded.get(key, "")}
            for key in dict.fromkeys([*self.fixed, *self.excluded])
            if key in self.people
        ]


class WordsForm(Form):
    """What the supervisor says at the draw."""

    texts = "draws.perform"
    words = forms.CharField(max_length=200, required=False)


class LeadForm(Form):
    """Who of the members drawn leads the panel."""

    texts = "draws.apply"
    lead = forms.ChoiceField()

    def __init__(self, *args: Any, outcome: Outcome, names: Mapping[str, str], **options: Any) -> None:
        super().__init__(*args, **options)
        pairs = [(key, names[key]) for key in outcome["members"]]
        self.fields["lead"].choices = pairs  # type: ignore[attr-defined] # a choice field


class AbandonForm(Form):
    """Why a draw is given up."""

    texts = "draws.abandon"
    reason = forms.CharField(max_length=1000, widget=forms.Textarea({"rows": 2}))
