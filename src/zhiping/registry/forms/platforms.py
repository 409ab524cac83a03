"""Forms of platforms, and filters of their lists."""

import datetime as dt
from typing import Any

from django import forms
from django.db.models import Q

from zhiping.accounts.forms import OrganisationField
from zhiping.accounts.models import User
from zhiping.registry import queries
from zhiping.registry.forms.fields import RegionField, for_user, regions_shown
from zhiping.registry.models import Platform
from zhiping.web.forms import CodeField, Form, choices, model_field
from zhiping.web.listing import Filters, search_field


class UserForm(Form):
    """A form whose fields offer what its user sees."""

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        for_user(self, user)


class ChangePlatformForm(UserForm):
    """A platform as the authority registers it."""

    texts = "registry.platform"
    name = model_field(Platform, "name")
    region = RegionField()
    channel = CodeField("registry.channels", blank="registry.choose")
    url = model_field(Platform, "url")
    service_start = model_field(Platform, "service_start")
    last_evaluated = model_field(Platform, "last_evaluated")
    last_grade = CodeField("registry.grades", blank="registry.no_grade", required=False)


class AddPlatformForm(ChangePlatformForm):
    """A new platform with its operator."""

    operator = OrganisationField(operators=True)
    field_order = ("name", "operator")


class CorrectPlatformForm(Form):
    """What an operator's head may correct."""

    texts = "registry.platform"
    url = model_field(Platform, "url")


class MovePlatformForm(UserForm):
    """The new operator of a platform, and the reason."""

    texts = "registry.move"
    operator = OrganisationField(operators=True)
    reason = forms.CharField(max_length=300)


class EndServiceForm(Form):
    """The last day of a platform's service, and the reason."""

    texts = "registry.end"
    ended = model_field(Platform, "ended", required=True)
    reason = model_field(Platform, "ended_reason", required=True)


class ResumeServiceForm(Form):
    """Nothing to type: the end of service is taken back."""

    texts = "registry.end"


class PlatformFilters(Filters):
    """Filters of the list of platforms."""

    texts = "registry.platform_filters"
    varies = staticmethod(regions_shown)
    q = search_field()
    operator = search_field()
    region = RegionField(required=False)
    channel = CodeField("registry.channels", blank="registry.any", required=False)
    standing = CodeField("registry.standings", blank="registry.any", required=False)

    def __init__(self, *args: Any, user: User, today: dt.date, **options: Any) -> None:
        super().__init__(*args, **options)
        for_user(self, user)
        self.conditions = {
            "q": lambda text: Q(name__icontains=text),
            "operator": lambda text: Q(operator__name__icontains=text),
            "region": lambda region: Q(region_id__gte=region.code, region_id__lte=region.last_code),
            "channel": lambda channel: Q(channel=channel),
            "standing": lambda standing: queries.standing(standing, today),
        }


class DueFilters(PlatformFilters):
    """Filters of the list of due platforms: also by rule, and by due day."""

    texts = "registry.due_filters"
    rule = CodeField("registry.due_rules", blank="registry.any", required=False)
    until = forms.DateField(required=False)
    field_order = ("standing", "rule", "until", "region", "q")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        del self.fields["channel"], self.fields["operator"]
        kept = ("overdue", "warning", "in_time")
        pairs = choices("registry.standings", blank="registry.any")
        self.fields["standing"].choices = [pair for pair in pairs if pair[0] in ("", *kept)]  # type: ignore[attr-defined] # a choice field
        self.conditions = {
            **self.conditions,
            "rule": lambda rule: Q(last_evaluated__isnull=rule == "first"),
            "until": lambda day: Q(due__lte=day),
        }


class OperatorFilters(Filters):
    """Filters of the list of operators."""

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
