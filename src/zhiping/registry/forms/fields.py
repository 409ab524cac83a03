"""Fields the register's forms share: a region as an address names it, an operator typed by name or code."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.forms.models import ModelChoiceIterator
from django.urls import reverse_lazy

from zhiping.accounts.models import Organisation, Region, User
from zhiping.registry import queries
from zhiping.web.texts import lazy, say


class _Regions(ModelChoiceIterator):  # type: ignore[type-arg] # has none at run time
    """The regions as pairs of code and name: a hundred pairs for each page, so no models are made of them."""

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        if self.field.empty_label is not None:
            yield "", self.field.empty_label
        for code, *names in self.queryset.values_list("code", *queries.NAMES):
            yield code, queries.named(*names)


class _Drop(forms.Select):
    """A drop-down of a hundred plain pairs: Django would prepare each as a widget of its own."""

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> list[Any]:  # noqa: ARG002 - as forms ask
        chosen = set(value)
        pairs = ((str(code), label) for code, label in self.choices)
        return [
            (None, [
                {"value": code, "label": label, "attrs": {"selected": True} if code in chosen else {}}
                for code, label in pairs
            ], 0),
        ]  # fmt: skip


class RegionField(forms.ModelChoiceField):  # type: ignore[type-arg] # has none at run time
    """One of the regions an officer is responsible for, with what lies above."""

    iterator = _Regions
    widget = _Drop

    def __init__(self, **options: Any) -> None:
        label = lazy("registry.choose" if options.get("required", True) else "registry.any")
        super().__init__(Region.objects.none(), empty_label=label, **options)


class OperatorField(forms.CharField):
    """An operator, typed by its name or credit code; as one types, names are offered."""

    user: User

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput({
            "list": "operators", "autocomplete": "off", "hx-get": reverse_lazy("registry:suggest-operators"),
            "hx-trigger": "input changed delay:200ms", "hx-target": "#operators", "hx-swap": "innerHTML",
        })  # fmt: skip
        super().__init__(max_length=120, widget=widget, **options)

    def clean(self, value: object) -> Any:
        """Return the operator; what is typed must be exactly its name or code."""
        text = super().clean(value)
        if not text:
            return None
        found = queries.operators(self.user).filter(Q(name=text) | Q(code=text.upper())).first()
        if found is None:
            raise ValidationError(say("registry.operator_unknown", found=text))
        return found

    def prepare_value(self, value: object) -> object:
        """Show an operator by name."""
        return value.name if isinstance(value, Organisation) else value


def for_user(form: forms.Form, user: User) -> None:
    """Let the fields of a form offer what the person is responsible for."""
    for field in form.fields.values():
        if isinstance(field, RegionField):
            field.queryset = queries.regions(user)
        if isinstance(field, OperatorField):
            field.user = user
