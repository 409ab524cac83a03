"""What is typed about triggers (6.1.2), and how their list is narrowed."""

import datetime as dt
from typing import Any

from django import forms
from django.db.models import Q

from zhiping.accounts.models import User
from zhiping.registry import queries
from zhiping.registry.forms.fields import RegionField, for_user, regions_shown
from zhiping.web.forms import Form, choices
from zhiping.web.listing import Filters, search_field
from zhiping.web.texts import say


class ReportForm(Form):
    """What happened, when, in words."""

    texts = "registry.trigger"
    kind = forms.ChoiceField()
    happened = forms.DateField()
    description = forms.CharField(max_length=2000, widget=forms.Textarea({"rows": 4}))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["kind"].choices = choices("registry.trigger_kinds", blank="registry.choose")  # type: ignore[attr-defined] # a choice field


class DecideForm(Form):
    """Is it important? With the reason."""

    texts = "registry.decision"
    important = forms.TypedChoiceField(coerce=lambda value: value == "yes", widget=forms.RadioSelect)
    reason = forms.CharField(max_length=2000, widget=forms.Textarea({"rows": 3}))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        offered = [(name, say(f"registry.decisions.{name}")) for name in ("yes", "no")]
        self.fields["important"].choices = offered  # type: ignore[attr-defined] # a choice field


class ViewForm(Form):
    """What the operator's head thinks of it."""

    texts = "registry.view"
    view = forms.CharField(max_length=2000, widget=forms.Textarea({"rows": 3}))


class TriggerFilters(Filters):
    """How the list of triggers is narrowed."""

    texts = "registry.trigger_filters"
    varies = staticmethod(regions_shown)
    state = forms.ChoiceField(required=False)
    kind = forms.ChoiceField(required=False)
    region = RegionField(required=False)
    q = search_field()

    def __init__(self, *args: Any, user: User, today: dt.date, **options: Any) -> None:
        super().__init__(*args, **options)
        for_user(self, user)
        for name in ("state", "kind"):
            self.fields[name].choices = choices(f"registry.trigger_{name}s", blank="registry.any")  # type: ignore[attr-defined] # choice fields
        self.conditions = {
            "state": lambda state: queries.state(state, today),
            "kind": lambda kind: Q(kind=kind),
            "region": lambda region: Q(
                platform__region_id__gte=region.code, platform__region_id__lte=region.last_code
            ),
            "q": lambda text: Q(platform__name__icontains=text) | Q(description__icontains=text),
        }
