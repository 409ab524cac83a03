"""Messages of the checks of form fields, from the catalogue instead of Django's."""

from django import forms

from zhiping.texts import catalogue
from zhiping.web.texts import language

KINDS: dict[type[forms.Field], str] = {
    forms.FileField: "file",
    forms.ModelMultipleChoiceField: "choices",
    forms.ModelChoiceField: "choice",
    forms.MultipleChoiceField: "choices",
    forms.ChoiceField: "choice",
    forms.DateField: "date",
    forms.DecimalField: "decimal",
    forms.IntegerField: "integer",
    forms.EmailField: "email",
    forms.URLField: "url",
    forms.UUIDField: "identifier",
    forms.BooleanField: "tick",
    forms.Field: "text",
}


def messages(field: forms.Field) -> dict[str, str]:
    """Return the messages of a field by the codes of its checks: what is wrong and what is allowed."""
    table = catalogue.lookup(language(), "web.refusals")
    kind = next(name for known, name in KINDS.items() if isinstance(field, known))
    return {**table["any"], **table.get(kind, {})}
