"""What the checks of form fields say, in the catalogue's words instead of Django's."""

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


def words(field: forms.Field) -> dict[str, str]:
    """Return what a field says, by the codes of its checks: what is wrong and what is allowed."""
    table = catalogue.lookup(language(), "web.refusals")
    kind = next(name for known, name in KINDS.items() if isinstance(field, known))
    return {**table["any"], **table.get(kind, {})}
