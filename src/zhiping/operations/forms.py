"""Filters of the list of jobs, and the form of an address for checkpoints."""

from typing import Any

from django import forms
from django.db.models import Q

from zhiping.web.forms import Form, choices
from zhiping.web.listing import Filters, search_field


class JobFilters(Filters):
    """Filter by status, and by words of the job's name or error."""

    texts = "operations.filters"
    varies = staticmethod(lambda **_: ())
    q = search_field()
    status = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["status"].choices = choices("operations.statuses", blank="operations.any")  # type: ignore[attr-defined] # a choice field
        self.conditions = {
            "q": lambda text: Q(task_path__icontains=text) | Q(exception_class_path__icontains=text),
            "status": lambda status: Q(status=status),
        }


class KeeperForm(Form):
    """An address outside the server."""

    texts = "operations.keeper"
    address = forms.CharField(max_length=300)
