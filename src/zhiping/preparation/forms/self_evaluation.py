"""What an operator types to plan a self-evaluation, and how their list is narrowed."""

import datetime as dt
from typing import Any

from django import forms
from django.db.models import Q

from zhiping.accounts.models import User
from zhiping.registry.forms.fields import RegionField, for_user
from zhiping.rubrics import queries as rubrics
from zhiping.rubrics.models import Rubric
from zhiping.web.forms import Form, choices
from zhiping.web.listing import Filters, search_field


class OpenOwnForm(Form):
    """Which rubric, which period, why; the calendar year is proposed."""

    texts = "self_evaluations.open"
    rubric = forms.ModelChoiceField(Rubric.objects.none())
    period_start = forms.DateField()
    period_end = forms.DateField()
    reason = forms.ChoiceField(required=False)
    purpose = forms.CharField(max_length=300, required=False)

    def __init__(self, *args: Any, user: User, triggered: bool, today: dt.date, **options: Any) -> None:
        found = rubrics.available(user)
        year = {"period_start": dt.date(today.year, 1, 1), "period_end": dt.date(today.year, 12, 31)}
        super().__init__(*args, initial=year | {"rubric": found.first()}, **options)
        self.fields["rubric"].queryset = found  # type: ignore[attr-defined] # a model's field
        if triggered:
            del self.fields["reason"]
        else:
            known = choices("wording.reason", blank="evaluations.proposed")
            self.fields["reason"].choices = [c for c in known if c[0] != "trigger"]  # type: ignore[attr-defined] # a choice field


class OwnFilters(Filters):
    """How the list of self-evaluations is narrowed."""

    texts = "self_evaluations.filters"
    q = search_field()
    state = forms.ChoiceField(required=False)
    region = RegionField(required=False)

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        for_user(self, user)
        self.fields["state"].choices = choices("lifecycle.states", blank="evaluations.any")  # type: ignore[attr-defined] # a choice field
        self.conditions = {
            "q": lambda words: (
                Q(platform__name__icontains=words) | Q(platform__operator__name__icontains=words)
            ),
            "state": lambda state: Q(head__phase=state),
            "region": lambda r: Q(platform__region_id__gte=r.code, platform__region_id__lte=r.last_code),
        }
