"""What is typed about platforms, and how their lists are narrowed."""

import datetime as dt
from typing import Any

from django import forms
from django.db.models import Q

from zhiping.accounts.models import User
from zhiping.registry import queries
from zhiping.registry.forms.fields import OperatorField, RegionField, for_user, regions_shown
from zhiping.registry.models import Platform
from zhiping.web.forms import Form, choices
from zhiping.web.listing import Filters, search_field


class ChangePlatformForm(Form):
    """A platform as the authority registers it."""

    texts = "registry.platform"
    name = forms.CharField(max_length=120)
    region = RegionField()
    channel = forms.ChoiceField()
    url = forms.URLField(max_length=300, required=False, assume_scheme="https")
    service_start = forms.DateField(required=False)
    last_evaluated = forms.DateField(required=False)
    last_grade = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        for_user(self, user)
        self.fields["channel"].choices = choices("registry.channels", blank="registry.choose")  # type: ignore[attr-defined] # a choice field
        self.fields["last_grade"].choices = choices("registry.grades", blank="registry.no_grade")  # type: ignore[attr-defined] # a choice field


class AddPlatformForm(ChangePlatformForm):
    """A new platform with who runs it."""

    operator = OperatorField()
    field_order = ("name", "operator")


class CorrectPlatformForm(Form):
    """What an operator's head may correct."""

    texts = "registry.platform"
    url = forms.URLField(max_length=300, required=False, assume_scheme="https")


class MovePlatformForm(Form):
    """Who runs a platform from now on, and why."""

    texts = "registry.move"
    operator = OperatorField()
    reason = forms.CharField(max_length=300)

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        for_user(self, user)


class EndServiceForm(Form):
    """Since when a platform serves no longer, and why."""

    texts = "registry.end"
    ended = forms.DateField()
    reason = forms.CharField(max_length=300)


class ResumeServiceForm(Form):
    """Taking the end of service back asks for nothing."""

    texts = "registry.end"


def initial(form: type[forms.Form], platform: Platform) -> dict[str, object]:
    """Return a platform as a form shows it."""
    return {name: getattr(platform, name) for name in form.base_fields if hasattr(platform, name)}


class PlatformFilters(Filters):
    """How the list of platforms is narrowed."""

    texts = "registry.platform_filters"
    varies = staticmethod(regions_shown)
    q = search_field()
    operator = search_field()
    region = RegionField(required=False)
    channel = forms.ChoiceField(required=False)
    standing = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, user: User, today: dt.date, **options: Any) -> None:
        super().__init__(*args, **options)
        for_user(self, user)
        for name in ("channel", "standing"):
            self.fields[name].choices = choices(f"registry.{name}s", blank="registry.any")  # type: ignore[attr-defined] # choice fields
        self.conditions = {
            "q": lambda text: Q(name__icontains=text),
            "operator": lambda text: Q(operator__name__icontains=text),
            "region": lambda region: Q(region_id__gte=region.code, region_id__lte=region.last_code),
            "channel": lambda channel: Q(channel=channel),
            "standing": lambda standing: queries.standing(standing, today),
        }


class DueFilters(PlatformFilters):
    """How the list of what is due is narrowed: also by rule, and by the day it falls due."""

    texts = "registry.due_filters"
    rule = forms.ChoiceField(required=False)
    until = forms.DateField(required=False)
    field_order = ("standing", "rule", "until", "region", "q")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        del self.fields["channel"], self.fields["operator"]
        kept = ("overdue", "warning", "in_time")
        pairs = choices("registry.standings", blank="registry.any")
        self.fields["standing"].choices = [pair for pair in pairs if pair[0] in ("", *kept)]  # type: ignore[attr-defined] # a choice field
        self.fields["rule"].choices = choices("registry.due_rules", blank="registry.any")  # type: ignore[attr-defined] # a choice field
        self.conditions = {
            **self.conditions,
            "rule": lambda rule: Q(last_evaluated__isnull=rule == "first"),
            "until": lambda day: Q(due__lte=day),
        }


class OperatorFilters(Filters):
    """How the list of operators is narrowed."""

    texts = "registry.operator_filters"
    varies = staticmethod(regions_shown)
    q = search_field()
    region = RegionField(required=False)

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        for_user(self, user)
        self.conditions = {
            "q": lambda text: Q(name__icontains=text) | Q(code__icontains=text) | Q(contact__icontains=text),
            "region": lambda region: Q(region_id__gte=region.code, region_id__lte=region.last_code),
        }
