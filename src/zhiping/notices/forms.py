"""Forms of webhooks."""

from typing import Any

from django import forms

from zhiping.notices.webhooks.payload import offered
from zhiping.web.forms import Form
from zhiping.web.texts import say


class AddWebhookForm(Form):
    """Name, URL and events of a webhook; no event chosen means all of them."""

    texts = "notices.webhook"
    name = forms.CharField(max_length=60)
    url = forms.URLField(max_length=300, assume_scheme="https")
    events = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        chosen = [(name, say(f"ledger.events.{name}")) for name in offered()]
        self.fields["events"].choices = chosen  # type: ignore[attr-defined] # a choice field


class WebhookForm(AddWebhookForm):
    """The form of an existing webhook, which can be switched off."""

    active = forms.BooleanField(required=False)
