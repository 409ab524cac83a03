"""Forms of the register, and filters of its lists."""

import datetime as dt
from collections.abc import Iterator
from functools import lru_cache, partial
from html import escape
from typing import Any

from django import forms
from django.db.models import Q
from django.forms.models import ModelChoiceIterator
from django.utils.safestring import mark_safe

from zhiping.accounts.forms import OrganisationField
from zhiping.accounts.models import Region, User
from zhiping.registry import queries
from zhiping.registry.models import Platform, Site, Trigger
from zhiping.statements import Row
from zhiping.web.forms import CodeField, Form, choices, model_field
from zhiping.web.listing import Filters, search_field
from zhiping.web.texts import language, lazy


class _Regions(ModelChoiceIterator):  # type: ignore[type-arg] # has none at run time
    """The regions as pairs of code and name, without models: a page has a hundred of them."""

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        if self.field.empty_label is not None:
            yield "", self.field.empty_label
        for code, *names in self.rows:
            yield code, queries.named(*names)

    @property
    def rows(self) -> tuple[Row, ...]:
        """The regions' codes and names."""
        field: Any = self.field  # a RegionField
        if field.shown is not None:
            return tuple(field.shown)
        return queries.region_names(field.user) if field.user else ()


class _Drop(forms.Select):
    """A drop-down of regions; its options are drawn again when a name or the choice differs."""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> Any:  # noqa: ARG002 - as forms ask
        """Return the drop-down as HTML."""
        given = self.build_attrs(self.attrs, attrs)
        pairs = ((k, v) for k, v in given.items() if v is not False and v is not None)
        written = "".join(f" {k}" if v is True else f' {k}="{escape(str(v))}"' for k, v in pairs)
        regions: Any = self.choices  # `_Regions`
        label, rows = regions.field.empty_label, regions.rows
        first = None if label is None else str(label)
        options = _options(rows, "" if value is None else str(value), first, language())
        return mark_safe(f'<select name="{escape(name)}"{written}>{options}</select>')  # noqa: S308 - escaped


@lru_cache(maxsize=200)
def _options(rows: tuple[Row, ...], chosen: str, first: str | None, _language: str) -> str:
    """Draw the options; all they depend on is an argument, so what is kept is never out of date."""
    pairs = [] if first is None else [("", first)]
    pairs += [(code, queries.named(*names)) for code, *names in rows]
    return "".join(
        f'<option value="{escape(code)}"{" selected" * (code == chosen)}>{escape(name)}</option>'
        for code, name in pairs
    )


class RegionField(forms.ModelChoiceField):  # type: ignore[type-arg] # has none at run time
    """One of the regions an officer is responsible for, named with the region above it."""

    iterator = _Regions
    widget = _Drop
    user: User | None = None
    shown: tuple[Row, ...] | None = None  # where they were read already

    def __init__(self, **options: Any) -> None:
        label = lazy("registry.choose" if options.get("required", True) else "registry.any")
        super().__init__(Region.objects.none(), empty_label=label, **options)


def regions_shown(*, user: User, **_: object) -> tuple[tuple[Row, ...]]:
    """Return what filters with a RegionField show of the database (`Filters.varies`), the regions first."""
    return (queries.region_names(user),)


def for_user(form: forms.Form, user: User) -> None:
    """Let the fields of a form offer what the user sees."""
    for field in form.fields.values():
        if isinstance(field, RegionField):
            field.queryset, field.user = queries.regions(user), user
            field.shown = next(iter(getattr(form, "shown", ())), None)
        if isinstance(field, OrganisationField):
            field.user = user


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
    """Fields that an operator's head may correct."""

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


class AddSiteForm(Form):
    """A new counter or hall."""

    texts = "registry.site"
    name = model_field(Site, "name")
    address = model_field(Site, "address")


class ChangeSiteForm(AddSiteForm):
    """A site as it is, with its last day once it is closed."""

    closed = model_field(Site, "closed")


class ReportForm(Form):
    """A report of a trigger."""

    texts = "registry.trigger"
    kind = CodeField("registry.trigger_kinds", blank="registry.choose")
    happened = model_field(Trigger, "happened")
    description = model_field(Trigger, "description", widget=forms.Textarea({"rows": 4}))


class DecideForm(Form):
    """The decision on a trigger, with the reason."""

    texts = "registry.decision"
    important = forms.TypedChoiceField(
        choices=partial(choices, "registry.decisions"), coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )  # fmt: skip
    reason = model_field(Trigger, "reason", required=True, widget=forms.Textarea({"rows": 3}))


class ViewForm(Form):
    """The comment of the operator's head on a trigger."""

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
