"""Forms of triggers (6.1.2), and filters of their list."""

import datetime as dt
from functools import partial
from typing import Any

from django import forms
from django.db.models import Q

from zhiping.accounts.models import User
from zhiping.registry import queries
from zhiping.registry.forms.fields import RegionField, for_user, regions_shown
from zhiping.registry.models import Trigger
from zhiping.web.forms import CodeField, Form, choices, model_field
from zhiping.web.listing import Filters, search_field


class ReportForm(Form):
    """A report of a trigger."""

    texts = "registry.trigger"
    kind = CodeField("registry.trigger_kinds", blank="registry.choose")
    happened = model_field(Trigger, "happened")
    description = model_field(Trigger, "description", widget=forms.Textarea({"rows": 4}))


class DecideForm(Form):
    """Whether a trigger is important, and the reason."""

    texts = "registry.decision"
    important = forms.TypedChoiceField(
        choices=partial(choices, "registry.decisions"), coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )  # fmt: skip
    reason = model_field(Trigger, "reason", required=True, widget=forms.Textarea({"rows": 3}))


class ViewForm(Form):
    """What the operator's head thinks of a trigger."""

    texts = "registry.view"
    view = model_field(Trigger, "view", required=True, widget=forms.Textarea({"rows": 3}))


class TriggerFilters(Filters):
    """Filters of the list of triggers."""

    texts = "registry.trigger_filters"
    varies = staticmethod(regions_shown)
    state = CodeField("registry.trigger_states", blank="registry.any", required=False)
    kind = CodeField("registry.trigger_kinds", blank="registry.any", required=False)
    region = RegionField(required=False)
    q = search_field()

    def __init__(self, *args: Any, user: User, today: dt.date, **options: Any) -> None:
        super().__init__(*args, **options)
        for_user(self, user)
        self.conditions = {
            "state": lambda state: queries.state(state, today),
            "kind": lambda kind: Q(kind=kind),
            "region": lambda region: Q(
                platform__region_id__gte=region.code, platform__region_id__lte=region.last_code
            ),
            "q": lambda text: Q(platform__name__icontains=text) | Q(description__icontains=text),
        }
