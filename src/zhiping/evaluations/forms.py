"""Forms of evaluations, programmes and trips, and the filters of their lists."""

import datetime as dt
from collections.abc import Hashable, Iterator
from dataclasses import fields
from fractions import Fraction
from typing import Any

from django import forms
from django.db.models import Q

from zhiping.accounts.models import Organisation, User
from zhiping.domain.exact import number_text
from zhiping.domain.letters import Letter, Letters
from zhiping.domain.policy import AUTHORITY_METHODS, CLOCKS, MOST_DAYS, RETENTIONS, STEPS, Policy
from zhiping.evaluations.actions.programme import MOST_GUIDANCE
from zhiping.evaluations.models import Programme, Trip
from zhiping.evaluations.queries import programme as programmes
from zhiping.evaluations.queries import programme as queries
from zhiping.evaluations.queries.evaluation import as_policy
from zhiping.registry.forms import RegionField, for_user, regions_shown
from zhiping.registry.models import Platform
from zhiping.rubrics import queries as rubrics
from zhiping.rubrics.models import Rubric
from zhiping.texts.catalogue import translated
from zhiping.texts.wording import joined, level_text
from zhiping.web.forms import CodeField, Form, choices
from zhiping.web.listing import Filters, search_field
from zhiping.web.texts import language, say

PAPERS = ("notice", "plan", "invitation")  # letters that leave before the visit
OWN = ("number", "date")  # what each of them has of its own
DAYS = ("trigger_days", "draft_days", "review_days", "rectify_days", "improve_days")


class OpenForm(Form):
    """An evaluation of one platform: in a programme, or with a rubric and a period of its own."""

    texts = "evaluations.open"
    programme = forms.ModelChoiceField(Programme.objects.none(), required=False)
    rubric = forms.ModelChoiceField(Rubric.objects.none(), required=False)
    period_start = forms.DateField(required=False)
    period_end = forms.DateField(required=False)
    reason = forms.ChoiceField(required=False)
    purpose = forms.CharField(max_length=300, required=False)
    start_by = forms.DateField(required=False)

    def __init__(self, *args: Any, user: User, platform: Platform, triggered: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["programme"].queryset = programmes.open_for(user, platform)  # type: ignore[attr-defined] # model fields
        self.fields["rubric"].queryset = rubrics.available(user)  # type: ignore[attr-defined] # model fields
        self.fields["programme"].empty_label = say("evaluations.no_programme")  # type: ignore[attr-defined] # model fields
        self.fields["rubric"].empty_label = say("evaluations.by_programme")  # type: ignore[attr-defined] # model fields
        if triggered:
            del self.fields["reason"]
        else:
            reasons = [
                c for c in choices("wording.reason", blank="evaluations.proposed") if c[0] != "trigger"
            ]
            self.fields["reason"].choices = reasons  # type: ignore[attr-defined] # a choice field


class OpenManyForm(Form):
    """Common fields of evaluations opened together."""

    texts = "evaluations.open_many"
    # No comparison with the version seen: platforms that have got an evaluation since are skipped.
    seen = None  # type: ignore[assignment] # how Django takes a field out
    purpose = forms.CharField(max_length=300, required=False)
    start_by = forms.DateField(required=False)


def _varies(*, user: User) -> tuple[Hashable, ...]:
    return (*regions_shown(user=user), programmes.names(user))


class EvaluationFilters(Filters):
    """Filters of the list of evaluations."""

    texts = "evaluations.filters"
    varies = staticmethod(_varies)
    q = search_field()
    state = forms.ChoiceField(required=False)
    grade = CodeField("registry.grades", blank="evaluations.any", required=False)
    region = RegionField(required=False)
    programme = forms.ModelChoiceField(Programme.objects.none(), required=False)
    trip = search_field()
    start_by = forms.DateField(required=False)

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        for_user(self, user)
        self.fields["state"].choices = choices("lifecycle.states", blank="evaluations.any")  # type: ignore[attr-defined] # a choice field
        self.fields["programme"].empty_label = say("evaluations.any")  # type: ignore[attr-defined] # a model's field
        self.fields["programme"].queryset = programmes.visible_to(user).order_by("-year", "name")  # type: ignore[attr-defined] # a model's field
        if self.shown:
            names = [(str(pk), name) for pk, name, _ in self.shown[1]]
            self.fields["programme"].choices = [("", say("evaluations.any")), *names]  # type: ignore[attr-defined] # a model's field
        self.conditions = {
            "q": lambda words: (
                Q(platform__name__icontains=words) | Q(platform__operator__name__icontains=words)
            ),
            "state": lambda state: Q(head__phase=state),
            "grade": lambda grade: Q(grade=grade),
            "region": lambda r: Q(platform__region_id__gte=r.code, platform__region_id__lte=r.last_code),
            "programme": lambda programme: Q(programme=programme),
            "trip": lambda words: Q(trip__name__icontains=words),
            "start_by": lambda day: Q(start_by__lte=day),
        }


class MovableFilters(EvaluationFilters):
    """Filters of the evaluations of a programme."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        del self.fields["programme"]


class TakenFilters(MovableFilters):
    """Filters of the evaluations of a trip."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        del self.fields["trip"]


class OpenOwnForm(Form):
    """Rubric, period and reason of a self-evaluation; the calendar year is the default period."""

    texts = "self_evaluations.open"
    rubric = forms.ModelChoiceField(Rubric.objects.none())
    period_start = forms.DateField()
    period_end = forms.DateField()
    reason = forms.ChoiceField(required=False)
    purpose = forms.CharField(max_length=300, required=False)

    def __init__(self, *args: Any, user: User, triggered: bool, today: dt.date, **options: Any) -> None:
        available = rubrics.available(user)
        year = {"period_start": dt.date(today.year, 1, 1), "period_end": dt.date(today.year, 12, 31)}
        super().__init__(*args, initial=year | {"rubric": available.first()}, **options)
        self.fields["rubric"].queryset = available  # type: ignore[attr-defined] # a model's field
        if triggered:
            del self.fields["reason"]
        else:
            known = choices("wording.reason", blank="evaluations.proposed")
            self.fields["reason"].choices = [c for c in known if c[0] != "trigger"]  # type: ignore[attr-defined] # a choice field


class OwnFilters(Filters):
    """Filters of the list of self-evaluations."""

    texts = "self_evaluations.filters"
    varies = staticmethod(regions_shown)
    q = search_field()
    state = forms.ChoiceField(required=False)
    grade = CodeField("registry.grades", blank="evaluations.any", required=False)
    region = RegionField(required=False)

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        for_user(self, user)
        self.fields["state"].choices = choices("lifecycle.states", blank="evaluations.any")  # type: ignore[attr-defined] # a choice field
        self.conditions = {
            "q": lambda words: (
                Q(platform__name__icontains=words) | Q(platform__operator__name__icontains=words)
            ),
            "state": lambda state: Q(head__phase=state),
            "grade": lambda grade: Q(grade=grade),
            "region": lambda r: Q(platform__region_id__gte=r.code, platform__region_id__lte=r.last_code),
        }


class ChangeProgrammeForm(Form):
    """A programme as it is drawn up."""

    texts = "programmes.programme"
    name = forms.CharField(max_length=120)
    year = forms.IntegerField(min_value=2000, max_value=2100)
    rubric = forms.ModelChoiceField(Rubric.objects.none(), empty_label=None)
    period_start = forms.DateField()
    period_end = forms.DateField()
    basis = forms.CharField(max_length=2000, required=False, widget=forms.Textarea({"rows": 4}))

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["rubric"].queryset = rubrics.available(user)  # type: ignore[attr-defined] # a model's field


class AddProgrammeForm(ChangeProgrammeForm):
    """A new programme, and whose it is."""

    texts = "programmes.add"
    authority = forms.ModelChoiceField(Organisation.objects.none(), empty_label=None)
    field_order = ("authority", "name")

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, user=user, **options)
        self.fields["authority"].queryset = queries.authorities(user).order_by("region_id")  # type: ignore[attr-defined] # a model's field


def initial(programme: Programme) -> dict[str, object]:
    """Return a programme as its form shows it."""
    return {
        name: getattr(programme, name) for name in ChangeProgrammeForm.base_fields if hasattr(programme, name)
    }


class PolicyForm(Form):
    """Rulings on what the standard leaves open, each with its default."""

    texts = "programmes.policy"
    method = forms.ChoiceField()
    bonus_counts = forms.TypedChoiceField(coerce=lambda text: text == "yes")
    step = forms.TypedChoiceField(coerce=Fraction)
    clock = forms.ChoiceField()
    trigger_days = forms.IntegerField(min_value=1, max_value=MOST_DAYS)
    draft_days = forms.IntegerField(min_value=1, max_value=MOST_DAYS, required=False)
    review_days = forms.IntegerField(min_value=1, max_value=MOST_DAYS)
    rectify_days = forms.IntegerField(min_value=1, max_value=MOST_DAYS)
    improve_days = forms.IntegerField(min_value=1, max_value=MOST_DAYS)
    retention = forms.ChoiceField()
    reason = forms.CharField(max_length=1000, required=False, widget=forms.Textarea({"rows": 2}))

    def __init__(self, *args: Any, programme: Programme, **options: Any) -> None:
        shown = as_typed(as_policy(programme.policy)) | {"reason": programme.policy_reason}
        super().__init__(*args, initial=shown, **options)
        for name, offered in _offered().items():
            self.fields[name].choices = offered  # type: ignore[attr-defined] # choice fields
        usual = as_typed(Policy())
        for name in usual:
            field = self.fields[name]
            field.help_text = say("programmes.usual", value=self._in_words(name, usual[name]))
            field.differs = shown[name] != usual[name]  # type: ignore[attr-defined] # the template marks it

    def _in_words(self, name: str, value: Any) -> str:
        if name in DAYS:
            return say("programmes.days", n=value)
        offered: dict[Any, str] = dict(self.fields[name].choices)  # type: ignore[attr-defined] # choice fields
        return offered[value]

    def clean(self) -> dict[str, Any]:
        """Make the rulings one policy."""
        data: dict[str, Any] = super().clean() or {}
        if not self.errors:
            data["policy"] = Policy(**{f.name: data.pop(f.name) for f in fields(Policy)})
        return data


def as_typed(policy: Policy) -> dict[str, Any]:
    """Return rulings as the form shows them."""
    shown = {f.name: getattr(policy, f.name) for f in fields(Policy)}
    return shown | {"step": number_text(policy.step), "bonus_counts": "yes" if policy.bonus_counts else "no"}


def _offered() -> dict[str, list[tuple[str, str]]]:
    """Return the choices of rulings, in the words the report prints."""
    word = "wording.policy"
    steps = [number_text(step) for step in STEPS]
    kept = [(years, say(f"{word}.retention.ruling", years=years)) for years in RETENTIONS[:-1]]
    return {
        "method": [(m, say(f"{word}.method.{m}")) for m in AUTHORITY_METHODS],
        "bonus_counts": [("yes", say(f"{word}.bonus.counts")), ("no", say(f"{word}.bonus.apart"))],
        "step": [(step, say(f"{word}.step.ruling", step=step)) for step in steps],
        "clock": [(c, say(f"{word}.clock.{c}")) for c in CLOCKS],
        "retention": [*kept, ("permanent", say(f"{word}.retention.permanent"))],
    }


class GuidanceForm(Form):
    """Guidance on criteria, one field for each, saved together."""

    texts = "programmes.guidance"

    def __init__(self, *args: Any, programme: Programme, **options: Any) -> None:
        super().__init__(*args, **options)
        self.programme = programme
        for criterion in programme.rubric.as_domain().criteria.values():
            self.fields[criterion.id] = forms.CharField(
                max_length=MOST_GUIDANCE,
                required=False,
                widget=forms.Textarea({"rows": 2, "class": "form-control"}),
                label=f"{criterion.id} {translated(criterion.text)}",
                help_text=joined(level_text(level) for level in criterion.levels),
                initial=programme.guidance.get(criterion.id, ""),
            )

    def clean(self) -> dict[str, Any]:
        """Gather the fields into one piece of guidance."""
        data: dict[str, Any] = super().clean() or {}
        own = {name: data[name] for name in ("key", "seen") if name in data}
        return own | {"guidance": {k: words for k, words in data.items() if k not in own}}

    def indicators(self) -> Iterator[tuple[str, list[forms.BoundField]]]:
        """Yield each indicator's name with the fields of its criteria."""
        for indicator in self.programme.rubric.as_domain().indicators:
            name = f"{indicator.id} {indicator.name[language()]}"
            yield name, [self[criterion.id] for criterion in indicator.criteria]


class LettersForm(Form):
    """What letters have besides the facts of an evaluation; left out is what the programme states."""

    texts = "evaluations.letters"
    number = forms.CharField(max_length=80, required=False)
    date = forms.DateField(required=False)
    contact = forms.CharField(max_length=60, required=False)
    phone = forms.CharField(max_length=60, required=False)
    email = forms.EmailField(required=False)
    address = forms.CharField(max_length=200, required=False)
    copy_to = forms.CharField(max_length=1000, required=False, widget=forms.Textarea({"rows": 3}))
    printed_by = forms.CharField(max_length=120, required=False)
    contact_due = forms.DateField(required=False)
    self_report_due = forms.DateField(required=False)
    materials_due = forms.DateField(required=False)
    notice_number = forms.CharField(max_length=80, required=False)
    notice_date = forms.DateField(required=False)
    plan_number = forms.CharField(max_length=80, required=False)
    plan_date = forms.DateField(required=False)
    invitation_number = forms.CharField(max_length=80, required=False)
    invitation_date = forms.DateField(required=False)

    def __init__(self, *args: Any, letters: Letters, shared: Letters | None = None, **options: Any) -> None:
        super().__init__(*args, initial=_as_typed(letters), **options)
        stated = _as_typed(shared or Letters())
        for name in filter(stated.get, self.fields):
            self.fields[name].help_text = say("evaluations.letters.shared", value=stated[name])

    def clean(self) -> dict[str, Any]:
        """Make the fields letters."""
        data: dict[str, Any] = super().clean() or {}
        own = {name: data.pop(name) for name in ("key", "seen") if name in data}
        of_papers = {
            paper: Letter(data.pop(f"{paper}_number", ""), data.pop(f"{paper}_date", None))
            for paper in PAPERS
        }
        data["copy_to"] = tuple(filter(None, map(str.strip, data.get("copy_to", "").splitlines())))
        return own | {"letters": Letters(**data, own={k: v for k, v in of_papers.items() if v != Letter()})}


def _as_typed(letters: Letters) -> dict[str, Any]:
    """Return letters as their form shows them."""
    own = {f"{paper}_{key}": getattr(letter, key) for paper, letter in letters.own.items() for key in OWN}
    common = {name: getattr(letters, name) for name in LettersForm.base_fields if hasattr(letters, name)}
    return common | {"copy_to": "\n".join(letters.copy_to)} | own


class CopyForm(Form):
    """The programme to copy guidance from."""

    texts = "programmes.copy"
    source = forms.ModelChoiceField(Programme.objects.none(), empty_label=None)

    def __init__(self, *args: Any, user: User, programme: Programme, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["source"].queryset = queries.copied_from(user, programme)  # type: ignore[attr-defined] # a model's field


class TripForm(Form):
    """A trip's name and days."""

    texts = "programmes.trip"
    name = forms.CharField(max_length=120)
    starts = forms.DateField(required=False)
    ends = forms.DateField(required=False)
    note = forms.CharField(max_length=1000, required=False, widget=forms.Textarea({"rows": 3}))


def trip_initial(trip: Trip) -> dict[str, object]:
    """Return a trip as its form shows it."""
    return {name: getattr(trip, name) for name in ("name", "starts", "ends", "note")}


class ProgrammeFilters(Filters):
    """Filters of the list of programmes."""

    texts = "programmes.filters"
    varies = staticmethod(lambda **_: ())
    q = search_field()
    year = forms.IntegerField(required=False)
    state = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        states = choices("lifecycle.programme_states", blank="programmes.any")
        self.fields["state"].choices = states  # type: ignore[attr-defined] # a choice field
        self.conditions = {
            "q": lambda words: Q(name__icontains=words) | Q(authority__name__icontains=words),
            "year": lambda year: Q(year=year),
            "state": lambda state: Q(head__phase=state),
        }
