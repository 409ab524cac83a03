"""Forms of sites."""

from zhiping.registry.models import Site
from zhiping.web.forms import Form, model_field


class AddSiteForm(Form):
    """A new counter or hall."""

    texts = "registry.site"
    name = model_field(Site, "name")
    address = model_field(Site, "address")


class ChangeSiteForm(AddSiteForm):
    """A site as it is, with its last day once it is closed."""

    closed = model_field(Site, "closed")
