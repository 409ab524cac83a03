"""What is typed to plan evaluations, and how their list is narrowed."""

from typing import Any

from django import forms
from django.db.models import Q

from zhiping.accounts.models import User
from zhiping.preparation.models import Programme
from zhiping.preparation.queries import programme as programmes
from zhiping.registry.forms.fields import RegionField, for_user
from zhiping.registry.models import Platform
from zhiping.rubrics import queries as rubrics
from zhiping.rubrics.models import Rubric
from zhiping.web.forms import Form, choices
from zhiping.web.listing import Filters, search_field
from zhiping.web.texts import say


class OpenForm(Form):
    """An evaluation of one platform: in a programme, or with a rubric and a period of its own."""

    texts = "evaluations.open"
    programme = forms.ModelChoiceField(Programme.objects.none(), required=False)
    rubric = forms.ModelChoiceField(Rubric.objects.none(), required=False)
    period_start = forms.DateField(required=False)
    period_end = forms.DateField(required=False)
    reason = forms.ChoiceField(required=False)
    purpose = forms.CharField(max_length=300, required=False)
    start_by = forms.DateField(required=False)

    def __init__(self, *args: Any, user: User, platform: Platform, triggered: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["programme"].queryset = programmes.open_for(user, platform)  # type: ignore[attr-defined] # model fields
        self.fields["rubric"].queryset = rubrics.available(user)  # type: ignore[attr-defined] # model fields
        self.fields["programme"].empty_label = say("evaluations.no_programme")  # type: ignore[attr-defined] # model fields
        self.fields["rubric"].empty_label = say("evaluations.by_programme")  # type: ignore[attr-defined] # model fields
        if triggered:
            del self.fields["reason"]
        else:
            reasons = [
                c for c in choices("wording.reason", blank="evaluations.proposed") if c[0] != "trigger"
            ]
            self.fields["reason"].choices = reasons  # type: ignore[attr-defined] # a choice field


class OpenManyForm(Form):
    """What holds for all evaluations opened at once."""

    texts = "evaluations.open_many"
    # What got an evaluation meanwhile is passed over, so what was seen is not compared.
    seen = None  # type: ignore[assignment] # how Django takes a field out
    purpose = forms.CharField(max_length=300, required=False)
    start_by = forms.DateField(required=False)


class EvaluationFilters(Filters):
    """How the list of evaluations is narrowed."""

    texts = "evaluations.filters"
    q = search_field()
    state = forms.ChoiceField(required=False)
    region = RegionField(required=False)
    programme = forms.ModelChoiceField(Programme.objects.none(), required=False)
    trip = search_field()
    start_by = forms.DateField(required=False)

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        for_user(self, user)
        self.fields["state"].choices = choices("lifecycle.states", blank="evaluations.any")  # type: ignore[attr-defined] # a choice field
        self.fields["programme"].empty_label = say("evaluations.any")  # type: ignore[attr-defined] # a model's field
        self.fields["programme"].queryset = programmes.visible_to(user).order_by("-year", "name")  # type: ignore[attr-defined] # a model's field
        self.conditions = {
            "q": lambda words: (
                Q(platform__name__icontains=words) | Q(platform__operator__name__icontains=words)
            ),
            "state": lambda state: Q(head__phase=state),
            "region": lambda r: Q(platform__region_id__gte=r.code, platform__region_id__lte=r.last_code),
            "programme": lambda programme: Q(programme=programme),
            "trip": lambda words: Q(trip__name__icontains=words),
            "start_by": lambda day: Q(start_by__lte=day),
        }
