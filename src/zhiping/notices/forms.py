"""What is typed about other systems that want to be told."""

from typing import Any

from django import forms

from zhiping.notices.outgoing import EVENTS
from zhiping.web.forms import Form
from zhiping.web.texts import say


class AddWebhookForm(Form):
    """An address, and what it is told of."""

    texts = "notices.webhook"
    name = forms.CharField(max_length=60)
    url = forms.URLField(max_length=300, assume_scheme="https")
    events = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        chosen = [(name, say(f"ledger.events.{name}")) for name in EVENTS]
        self.fields["events"].choices = chosen  # type: ignore[attr-defined] # a choice field


class WebhookForm(AddWebhookForm):
    """The same for one that exists: it can be switched off."""

    active = forms.BooleanField(required=False)
