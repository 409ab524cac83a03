"""What is typed about platforms."""

import datetime as dt
from typing import Any

from django import forms
from django.db.models import Q

from zhiping.accounts.models import User
from zhiping.registry import queries
from zhiping.registry.models import Platform
from zhiping.web.forms import Form, choices
from zhiping.web.listing import Filters, search_field


class PlatformForm(Form):
    """A platform as it stands in the register."""

    texts = "registry.platform"
    name = forms.CharField(max_length=120)
    operator = forms.ModelChoiceField(None)
    region = forms.ModelChoiceField(None)
    channel = forms.ChoiceField()
    url = forms.URLField(max_length=300, required=False, assume_scheme="https")
    service_start = forms.DateField(required=False)

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["operator"].queryset = queries.operators(user)  # type: ignore[attr-defined] # a model's field
        self.fields["region"].queryset = queries.regions(user)  # type: ignore[attr-defined] # a model's field
        self.fields["channel"].choices = choices("registry.channels")  # type: ignore[attr-defined] # a choice field


def initial(platform: Platform) -> dict[str, object]:
    """Return a platform as the form shows it."""
    return {name: getattr(platform, name) for name in PlatformForm.base_fields if hasattr(platform, name)}


class PlatformFilters(Filters):
    """How the list of platforms is narrowed."""

    texts = "registry.platform_filters"
    q = search_field()
    region = forms.ModelChoiceField(None, required=False)
    channel = forms.ChoiceField(required=False)
    standing = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, user: User, today: dt.date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["region"].queryset = queries.regions(user)  # type: ignore[attr-defined] # a model's field
        self.fields["channel"].choices = choices("registry.channels", blank="registry.any")  # type: ignore[attr-defined] # a choice field
        self.fields["standing"].choices = choices("registry.standings", blank="registry.any")  # type: ignore[attr-defined] # a choice field
        self.conditions = {
            "q": lambda text: Q(name__icontains=text) | Q(operator__name__icontains=text),
            "region": lambda region: Q(region_id__gte=region.code, region_id__lte=region.last_code),
            "channel": lambda channel: Q(channel=channel),
            "standing": lambda standing: queries.standing(standing, today),
        }
