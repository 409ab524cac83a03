"""Forms: texts from the catalogue, a key against running twice, the size shown against overwriting."""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.db.models import Model, URLField

from zhiping.domain import identity
from zhiping.domain.errors import AlreadyDone, Conflict, Invalid, Refused
from zhiping.ids import uuid7
from zhiping.ledger.act import Act
from zhiping.texts import catalogue
from zhiping.web import field_errors
from zhiping.web.texts import language, problem, say

MOST_SIZE, NO_SIZE = 2**31 - 1, -1  # of a ledger: the bound of its column; what the column never holds

CLASSES: dict[type[forms.Widget], str] = {
    forms.CheckboxInput: "form-check-input",
    forms.CheckboxSelectMultiple: "form-check-input",
    forms.RadioSelect: "form-check-input",
    forms.Select: "form-select",
    forms.Widget: "form-control",
}


class DateInput(forms.DateInput):
    """A date picked in the browser."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class CodeField(forms.ChoiceField):
    """One of the codes of a table of the catalogue; `blank`: the text of the empty choice."""

    def __init__(self, table: str, *, blank: str = "", **options: Any) -> None:
        super().__init__(choices=partial(choices, table, blank=blank), **options)


def model_field(model: type[Model], name: str, **options: Any) -> Any:
    """Return the form field of a model's field, so that lengths and requirements are written once."""
    field = model._meta.get_field(name)  # noqa: SLF001 - Django's own name
    if isinstance(field, URLField):
        options.setdefault("assume_scheme", "https")
    return field.formfield(label=None, **options)  # type: ignore[union-attr] # a column, not a relation from elsewhere


def values_of(form: type[forms.Form], thing: object) -> dict[str, object]:
    """Return the values of a thing that a form has a field for, as the form's initial values."""
    return {name: getattr(thing, name) for name in form.base_fields if hasattr(thing, name)}


class TextForm(forms.Form):
    """A form whose labels, helps and choices come from one table of the catalogue, named by `texts`."""

    texts: ClassVar[str]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **({"label_suffix": ""} | options))
        for name, field in self.fields.items():
            if isinstance(field, forms.DateField):
                field.widget = DateInput()
            field.label = field.label or _text(f"{self.texts}.{name}", name)
            field.help_text = field.help_text or _text(f"{self.texts}.{name}_help", "")
            css = next(css for kind, css in CLASSES.items() if isinstance(field.widget, kind))
            field.widget.attrs.setdefault("class", css)

    def full_clean(self) -> None:
        """Validate, with error messages from the catalogue."""
        for field in self.fields.values():
            field.error_messages |= field_errors.messages(field)
        super().full_clean()

    def add_error(self, field: str | None, error: Any) -> None:
        """Add an error; a malformed id has the message of a choice that is not offered."""
        chosen = self.fields.get(field or "")
        if isinstance(chosen, forms.ModelChoiceField) and getattr(error, "code", "") == "invalid":
            error = chosen.error_messages["invalid_choice"]
        super().add_error(field, error)

    def refuse(self, refused: Refused) -> None:
        """Show the problems of a refusal: at the field they name, else on top."""
        for found in refused.problems:
            field = found.where[-1] if found.where and found.where[-1] in self.fields else None
            self.add_error(
                field, problem(found.at() if field is None else type(found)(found.code, found.data))
            )


class PhoneField(forms.CharField):
    """A telephone. A hidden one on record stays, unless another or NONE is typed."""

    NONE = "-"
    stored = ""

    def __init__(self, *, max_length: int = 20) -> None:
        super().__init__(required=False, max_length=max_length, widget=forms.TextInput({"type": "tel"}))

    def hide(self, stored: str) -> None:
        """Show a stored number only as it is masked."""
        self.stored = stored
        self.widget.attrs["placeholder"] = identity.masked(stored)
        self.help_text = say("web.form.phone_hidden") if stored else ""

    def clean(self, value: Any) -> Any:
        """Return what was typed, else the stored number."""
        typed = super().clean(value)
        return "" if typed == self.NONE else typed or self.stored


def hide_phone(form: TextForm, stored: str | None) -> None:
    """Hide the stored telephone of another person in the field `phone` of a form."""
    form.initial.pop("phone", None)
    form.fields["phone"].hide(stored or "")  # type: ignore[attr-defined] # a PhoneField


class SizeField(forms.IntegerField):
    """The size of a ledger when the form was shown; any other text is a size that no ledger has."""

    def to_python(self, value: Any) -> int | None:
        """Return the size, None where the form was sent without one, NO_SIZE for what is none."""
        try:
            size = super().to_python(value)
        except forms.ValidationError:
            return NO_SIZE
        return size if size is None or 0 <= size <= MOST_SIZE else NO_SIZE


class Form(TextForm):
    """A form that runs an action.

    `key` becomes the id of what is written, so a form sent twice writes once; `seen` is the size of the
    ledger when the form was shown, so that no change is overwritten unseen.
    """

    key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    seen = SizeField(widget=forms.HiddenInput, required=False)

    renewed: ClassVar[tuple[str, ...]] = ("seen",)  # hidden fields that follow what the page shows

    made: UUID  # the id of what was written
    result: Any = None
    repeated: bool = False  # done by an earlier request with the same key

    def __init__(self, *args: Any, seen: int | None = None, **options: Any) -> None:
        initial = {"key": uuid7(), "seen": seen} | (options.pop("initial", None) or {})
        super().__init__(*args, initial=initial, **options)

    def run(self, action: Callable[..., object], act: Act, /, **given: Any) -> bool:
        """Run an action with the values of the form; return whether it is done, now or by an earlier request.

        The action gets the act with the form's key, content and the size shown, and the fields by name; what
        it returns is `result`. Problems are shown at the field they name, else on top; nothing typed is lost.
        """
        if not self.is_valid():
            return False
        values = dict(self.cleaned_data)
        self.made = values.pop("key") or uuid7()
        seen = values.pop("seen", None)
        submitted = act.submitted(self.made, values | given, expect=seen)
        try:
            self.result = action(submitted, **values, **given)
        except AlreadyDone:
            self.repeated = True
            return True
        except (Invalid, Conflict) as refused:
            self.refuse(refused)
            self.renew(**{name: self.initial[name] for name in self.renewed})
            return False
        return True

    def renew(self, **hidden: object) -> None:
        """Replace hidden values of the submitted data, because the answer shows the newest state."""
        data = self.data.copy()  # type: ignore[attr-defined] # a browser sends a QueryDict
        data.update({self.add_prefix(name): "" if value is None else value for name, value in hidden.items()})
        self.data = data


def _text(key: str, default: str) -> str:
    """Return the text of a key, or the default: not every field has a help, and hidden ones have no label."""
    try:
        return say(key)
    except KeyError:
        return default


def choices(table: str, *, blank: str = "") -> list[tuple[str, str]]:
    """Return the choices of a field from a table of the catalogue, an empty one first if it has a text."""
    pairs = list(catalogue.lookup(language(), table).items())
    return [("", say(blank)), *pairs] if blank else pairs


class ReasonForm(Form):
    """Why something is done; `texts` names the table that asks."""

    texts = ""
    reason = forms.CharField(max_length=1000, widget=forms.Textarea({"rows": 3}))

    def __init__(self, *args: Any, texts: str, **options: Any) -> None:
        self.texts = texts  # type: ignore[misc] # one form for several actions
        super().__init__(*args, **options)
