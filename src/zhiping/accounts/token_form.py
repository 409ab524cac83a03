"""Form of API tokens."""

from typing import Any

from django import forms

from zhiping.web.forms import Form, choices


class TokenForm(Form):
    """Name, scope and validity of a token."""

    texts = "tokens.form"
    name = forms.CharField(max_length=60)
    scope = forms.ChoiceField()
    days = forms.IntegerField(min_value=1, max_value=366, initial=90)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["scope"].choices = choices("tokens.scopes")  # type: ignore[attr-defined] # a choice field
