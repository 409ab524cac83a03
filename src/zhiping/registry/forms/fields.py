"""Region fields, and what forms offer a user."""

from collections.abc import Iterator
from functools import lru_cache
from html import escape
from typing import Any

from django import forms
from django.forms.models import ModelChoiceIterator
from django.utils.safestring import mark_safe

from zhiping.accounts.forms import OrganisationField
from zhiping.accounts.models import Region, User
from zhiping.registry import queries
from zhiping.statements import Row
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
