"""Forms for experts, and the filters of the pool."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q

from zhiping.accounts.forms import OrganisationField
from zhiping.accounts.models import Organisation, User
from zhiping.experts import queries
from zhiping.experts.models import Affiliation, Expert, ExpertField, Training
from zhiping.registry.forms import RegionField, for_user, regions_shown
from zhiping.web.forms import Form, PhoneField, choices
from zhiping.web.listing import Filters, search_field
from zhiping.web.texts import say

AREA = forms.Textarea({"rows": 3})


class ChangeExpertForm(Form):
    """The form of an entry of the pool."""

    texts = "experts.expert"
    name = forms.CharField(max_length=60)
    region = RegionField()
    employer = forms.CharField(max_length=120)
    phone = PhoneField()
    email = forms.EmailField(required=False)
    title_held = forms.CharField(max_length=60, required=False)
    rank = forms.ChoiceField(required=False)
    equivalent_ability = forms.CharField(max_length=300, required=False)
    fields_known = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    experienced = forms.ChoiceField(required=False)
    experience = forms.CharField(max_length=1000, required=False, widget=AREA)
    note = forms.CharField(max_length=1000, required=False, widget=AREA)

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        if user.regions:
            for_user(self, user)
        else:  # an operator's experts have the operator's region
            del self.fields["region"]
        for name, table, blank in (
            ("rank", "experts.ranks", "experts.no_rank"),
            ("fields_known", "experts.fields", ""),
            ("experienced", "experts.experienced", "experts.not_stated"),
        ):
            self.fields[name].choices = choices(table, blank=blank)  # type: ignore[attr-defined] # choice fields

    def clean(self) -> dict[str, Any]:
        """Combine the two fields of experience into one: a text, "" for none, or None for not stated."""
        data: dict[str, Any] = super().clean() or {}
        stated, words = data.pop("experienced", ""), data.get("experience", "")
        if stated == "yes" and not words:
            self.add_error("experience", ValidationError(say("experts.say_which")))
        data["experience"] = {"yes": words, "no": ""}.get(stated, words or None)
        data["title"] = data.pop("title_held", "")
        data["fields"] = data.pop("fields_known", [])
        return data


class AddExpertForm(ChangeExpertForm):
    """The form of a new entry, with the pool if the user keeps several."""

    keeper = forms.ModelChoiceField(Organisation.objects.none(), empty_label=None)
    field_order = ("keeper", "name")

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, user=user, **options)
        self.fields["keeper"].queryset = queries.keepers(user).order_by("region_id")  # type: ignore[attr-defined] # a model's field


def initial(expert: Expert) -> dict[str, object]:
    """Return the initial values of the form of an entry."""
    stated = {None: "", "": "no"}.get(expert.experience, "yes")
    known = {name: getattr(expert, name) for name in ChangeExpertForm.base_fields if hasattr(expert, name)}
    listed = list(expert.fields.values_list("field", flat=True))
    return known | {"title_held": expert.title, "fields_known": listed, "experienced": stated}


class ContactForm(Form):
    """Contact data of an expert."""

    texts = "experts.contact"
    phone = PhoneField()
    email = forms.EmailField(required=False)


class TrainingForm(Form):
    """A training and its period of validity."""

    texts = "experts.training"
    topic = forms.CharField(max_length=120)
    date = forms.DateField()
    valid_until = forms.DateField(required=False)
    number = forms.CharField(max_length=60, required=False)


class AffiliationForm(Form):
    """A present or past employer."""

    texts = "experts.affiliation"
    operator = OrganisationField(operators=True, required=False)
    organisation = forms.CharField(max_length=120, required=False)
    since = forms.DateField(required=False)
    until = forms.DateField(required=False)

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        for_user(self, user)


class OpenAccountForm(Form):
    """User name of the account to create."""

    texts = "experts.invite"
    username = forms.CharField(max_length=60, required=False)


class LinkAccountForm(Form):
    """The staff account that belongs to an expert."""

    texts = "experts.link"
    person = forms.ModelChoiceField(User.objects.none())

    def __init__(self, *args: Any, expert: Expert, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["person"].queryset = queries.linkable(expert)  # type: ignore[attr-defined] # a model's field


def as_typed(row: Training | Affiliation) -> dict[str, object]:
    """Return the initial values of the form of a training or an affiliation."""
    form = TrainingForm if isinstance(row, Training) else AffiliationForm
    shown = {name: getattr(row, name) for name in form.base_fields if hasattr(row, name)}
    return shown | ({"organisation": ""} if shown.get("operator") else {})


class ExpertFilters(Filters):
    """Filters of the pool."""

    texts = "experts.filters"
    varies = staticmethod(regions_shown)
    q = search_field()
    region = RegionField(required=False)
    field = forms.ChoiceField(required=False)
    trained_on = forms.DateField(required=False)
    experience = forms.ChoiceField(required=False)
    free_of = OrganisationField(operators=True, required=False)
    standing = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, user: User, today: dt.date, **options: Any) -> None:
        super().__init__(*args, **options)
        for_user(self, user)
        for name, table, blank in (
            ("field", "experts.fields", "experts.any"),
            ("experience", "experts.experience_filter", "experts.any"),
            ("standing", "experts.standings", "experts.in_pool"),
        ):
            self.fields[name].choices = choices(table, blank=blank)  # type: ignore[attr-defined] # choice fields
        self.conditions = {
            "q": lambda words: (
                Q(name__icontains=words) | Q(employer__icontains=words) | Q(title__icontains=words)
            ),
            "region": lambda region: Q(region_id__gte=region.code, region_id__lte=region.last_code),
            "field": lambda field: Q(pk__in=ExpertField.objects.filter(field=field).values("expert")),
            "trained_on": queries.trained_on,
            "experience": queries.experience,
            "free_of": lambda operator: queries.free_of(operator, today),
            "standing": lambda name: Q(left_pool__isnull=False) if name == "left" else Q(pk__isnull=False),
        }
