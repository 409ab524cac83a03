"""Forms: texts from the catalogue, a key against doing twice, what was seen against overwriting."""

from collections.abc import Callable
from html import escape as escaped
from typing import Any, ClassVar

from django import forms
from django.forms.renderers import TemplatesSetting
from django.utils.html import conditional_escape
from django.utils.safestring import mark_safe

from zhiping.domain.errors import AlreadyDone, Conflict, Invalid, Refused
from zhiping.ids import uuid7
from zhiping.ledger.act import Act
from zhiping.texts import catalogue
from zhiping.web import refusals
from zhiping.web.texts import language, problem, say

CLASSES: dict[type[forms.Widget], str] = {
    forms.CheckboxInput: "form-check-input",
    forms.CheckboxSelectMultiple: "form-check-input",
    forms.RadioSelect: "form-check-input",
    forms.Select: "form-select",
    forms.Widget: "form-control",
}


class Renderer(TemplatesSetting):
    """Draws each field with its label, help and errors.

    Fields and the usual widgets are written here: Django renders three templates for each of a region list's
    hundred options, and as many for an input.
    """

    field_template_name = "field"

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        """Return a widget or form as HTML."""
        if template_name == self.field_template_name:
            return mark_safe(_field(context["field"]))  # noqa: S308 - each value is escaped
        if draw := WIDGETS.get(template_name.removeprefix("django/forms/widgets/").removesuffix(".html")):
            return mark_safe(draw(context["widget"]))  # noqa: S308 - each value is escaped
        return super().render(template_name, context, request)


def _escape(value: object) -> str:
    """Write a value into HTML; the standard library's way, ten times as quick as the one for lazy texts."""
    return escaped(str(value))


def _field(field: forms.BoundField) -> str:
    """Write the label, help, errors and widget; what is chosen from many stands in a frame of its own."""
    optional = "" if field.field.required else f' <span class="optional">{say("web.form.optional")}</span>'
    label, errors = conditional_escape(field.label), field.errors
    look = "field wrong" if errors else "field"
    checkbox = field.widget_type == "checkbox"
    if field.use_fieldset:
        about = field.aria_describedby
        described = f' aria-describedby="{about}"' if about else ""
        start = f'<fieldset class="{look}"{described}><legend>{label}{optional}</legend>'
    elif checkbox:
        name = f'<label class="form-check-label" for="{field.id_for_label}">{label}</label>'
        start = f'<div class="{look}"><div class="form-check">{field} {name}</div>'
    else:
        name = f'<label class="form-label" for="{field.id_for_label}">{label}{optional}</label>'
        start = f'<div class="{look}">{name}'
    parts = [start]
    if field.help_text:
        hint = conditional_escape(field.help_text)
        parts.append(f'<div class="form-text" id="{field.auto_id}_helptext">{hint}</div>')
    if errors:
        told = "".join(f"<li>{conditional_escape(str(error))}</li>" for error in errors)
        parts.append(f'<ul class="field-errors" id="{field.auto_id}_error">{told}</ul>')
    parts += ["" if checkbox else str(field), "</fieldset>" if field.use_fieldset else "</div>"]
    return "\n".join(parts)


def _input(widget: dict[str, Any]) -> str:
    value = "" if widget["value"] is None else f' value="{_escape(widget["value"])}"'
    attributes = _attributes(widget["attrs"])
    return f'<input type="{widget["type"]}" name="{_escape(widget["name"])}"{value}{attributes}>'


def _textarea(widget: dict[str, Any]) -> str:
    value = _escape(widget["value"] or "")
    return f'<textarea name="{_escape(widget["name"])}"{_attributes(widget["attrs"])}>\n{value}</textarea>'


def _select(widget: dict[str, Any]) -> str:
    parts = []
    for group, options, _ in widget["optgroups"]:
        written = "".join(
            f'<option value="{_escape(o["value"])}"{_attributes(o["attrs"])}>{_escape(o["label"])}</option>'
            for o in options
        )
        parts.append(f'<optgroup label="{_escape(group)}">{written}</optgroup>' if group else written)
    name, attributes = _escape(widget["name"]), _attributes(widget["attrs"])
    return f'<select name="{name}"{attributes}>{"".join(parts)}</select>'


def _attributes(attrs: dict[str, Any]) -> str:
    pairs = ((name, value) for name, value in attrs.items() if value is not False and value is not None)
    return "".join(f" {name}" if value is True else f' {name}="{_escape(value)}"' for name, value in pairs)


WIDGETS: dict[str, Callable[[dict[str, Any]], str]] = {
    "select": _select,
    "textarea": _textarea,
    **dict.fromkeys(("date", "email", "hidden", "input", "number", "password", "text"), _input),
}


class DateInput(forms.DateInput):
    """A date picked in the browser."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class Labelled(forms.Form):
    """A form whose labels, helps and choices come from one table of the catalogue, named by `texts`."""

    texts: ClassVar[str]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **({"label_suffix": ""} | options))
        table = catalogue.lookup(language(), self.texts)
        for name, field in self.fields.items():
            if isinstance(field, forms.DateField):
                field.widget = DateInput()
            field.label = field.label or table.get(name, name)
            field.help_text = field.help_text or table.get(f"{name}_help", "")
            css = next(css for kind, css in CLASSES.items() if isinstance(field.widget, kind))
            field.widget.attrs.setdefault("class", css)

    def full_clean(self) -> None:
        """Check what was typed; what is refused is said in the catalogue's words."""
        for field in self.fields.values():
            field.error_messages |= refusals.words(field)
        super().full_clean()

    def add_error(self, field: str | None, error: Any) -> None:
        """Note a fault; an identifier no list offers is said as any other choice it does not offer."""
        chosen = self.fields.get(field or "")
        if isinstance(chosen, forms.ModelChoiceField) and getattr(error, "code", "") == "invalid":
            error = chosen.error_messages["invalid_choice"]
        super().add_error(field, error)


class Form(Labelled):
    """A form that changes something.

    `key` becomes the identifier of what is written, so sending twice writes once; `seen` the size of the
    ledger that was shown, so nobody overwrites what they have not seen.
    """

    key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, seen: int | None = None, **options: Any) -> None:
        initial = {"key": uuid7(), "seen": seen} | (options.pop("initial", None) or {})
        super().__init__(*args, initial=initial, **options)

    def run(self, action: Callable[..., object], act: Act | None = None, /, **given: Any) -> bool:
        """Run an action on what was typed; return True when it is done, also when it was done before.

        The action gets the act with the form's key, content and the size shown, and the fields by name.
        Problems are shown at the field they name, else on top; nothing typed is lost.
        """
        if not self.is_valid():
            return False
        values = dict(self.cleaned_data)
        self.made = values.pop("key") or uuid7()
        seen = values.pop("seen", None)
        arguments: tuple[Act, ...] = ()
        if act is None:
            given |= {"id": self.made} | ({} if seen is None else {"expect": seen})
        else:
            arguments = (act.submitted(self.made, values | given, expect=seen),)
        try:
            action(*arguments, **values, **given)
        except AlreadyDone:
            return True
        except (Invalid, Conflict) as refused:
            self.refuse(refused)
            self.renew(seen=self.initial["seen"])
            return False
        return True

    def refuse(self, refused: Refused) -> None:
        """Show what an action refused."""
        for found in refused.problems:
            field = found.where[-1] if found.where and found.where[-1] in self.fields else None
            self.add_error(
                field, problem(found.at() if field is None else type(found)(found.code, found.data))
            )

    def renew(self, **hidden: object) -> None:
        """Put what is shown now in place of what was seen before: whoever sends again has been told."""
        data = self.data.copy()  # type: ignore[attr-defined] # a browser sends a QueryDict
        data.update({self.add_prefix(name): "" if value is None else value for name, value in hidden.items()})
        self.data = data


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
