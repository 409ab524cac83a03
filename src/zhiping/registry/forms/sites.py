"""What is typed about sites."""

from django import forms

from zhiping.web.forms import Form


class AddSiteForm(Form):
    """A new counter or hall."""

    texts = "registry.site"
    name = forms.CharField(max_length=120)
    address = forms.CharField(max_length=200, required=False)


class ChangeSiteForm(AddSiteForm):
    """A site as it is, with its last day once it is closed."""

    closed = forms.DateField(required=False)
