"""Forms of the archive: retention, rules of filing, disposal, filters of the lists."""

from typing import Any

from django import forms
from django.db.models import Q

from zhiping.accounts.models import User
from zhiping.archive.models import Disposal, FilingRules
from zhiping.domain.lifecycle import State
from zhiping.registry.forms import RegionField, for_user, regions_shown
from zhiping.web.forms import CodeField, Form, model_field
from zhiping.web.listing import Filters, search_field


class RetentionForm(Form):
    """How long a record is kept, and why."""

    texts = "archive.retention_form"
    retention = CodeField("archive.retentions", widget=forms.RadioSelect)
    reason = forms.CharField(max_length=300)


class RulesForm(Form):
    """How an organisation files its records."""

    texts = "archive.rules_form"
    pattern = model_field(FilingRules, "pattern")
    retention = CodeField("archive.retentions")
    retention_reason = model_field(FilingRules, "retention_reason")


class ProposeForm(Form):
    """Why a record is to be disposed of."""

    texts = "archive.propose_form"
    reason = model_field(Disposal, "reason", widget=forms.Textarea({"rows": 4}))


class DecideForm(Form):
    """The second person's decision on a disposal."""

    texts = "archive.decide_form"
    agrees = forms.TypedChoiceField(coerce=lambda value: value == "yes", widget=forms.RadioSelect)
    note = model_field(Disposal, "note", widget=forms.Textarea({"rows": 3}))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["agrees"].choices = CodeField("archive.agrees").choices  # type: ignore[attr-defined] # a choice field


class RecordFilters(Filters):
    """Filters of the list of records."""

    texts = "archive.filters"
    varies = staticmethod(regions_shown)
    q = search_field()
    year = forms.IntegerField(required=False, min_value=2000, max_value=2200)
    region = RegionField(required=False)
    grade = CodeField("registry.grades", blank="evaluations.any", required=False)
    kind = CodeField("wording.kind", blank="evaluations.any", required=False)
    retention = CodeField("archive.retentions", blank="evaluations.any", required=False)
    state = CodeField("archive.states", blank="evaluations.any", required=False)

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        for_user(self, user)
        self.conditions = {
            "q": lambda words: Q(platform__name__icontains=words) | Q(record__number__icontains=words),
            "year": lambda year: Q(record__year=year),
            "region": lambda r: Q(platform__region_id__gte=r.code, platform__region_id__lte=r.last_code),
            "grade": lambda grade: Q(grade=grade),
            "kind": lambda kind: Q(kind=kind),
            "retention": lambda retention: Q(record__retention=retention),
            "state": STATES.__getitem__,
        }


class FixityFilters(Filters):
    """Filters of the list of checks."""

    texts = "archive.fixity.filters"
    q = search_field()
    outcome = CodeField("archive.outcomes", blank="evaluations.any", required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.conditions = {
            "q": lambda words: Q(package__evaluation__platform__name__icontains=words),
            "outcome": lambda outcome: Q(sound=outcome == "sound"),
        }


STATES = {
    "closed": Q(head__phase=State.CLOSED, record__isnull=True),
    "packing": Q(head__phase=State.CLOSED, record__isnull=False),
    "archived": Q(head__phase=State.ARCHIVED, record__number="", record__disposed__isnull=True),
    "filed": Q(head__phase=State.ARCHIVED, record__disposed__isnull=True) & ~Q(record__number=""),
    "disposed": Q(record__disposed__isnull=False),
}
