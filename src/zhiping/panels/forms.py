"""Forms of panels and draws: seats, duties, declarations, recusals, conditions."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict

from zhiping.domain.draw import Outcome
from zhiping.domain.draw_conditions import FIELDS, Candidate, Conditions
from zhiping.domain.errors import Problem
from zhiping.evaluations.models import Evaluation
from zhiping.experts.models import Expert
from zhiping.ledger.act import Act
from zhiping.panels.models import Seat
from zhiping.panels.queries.duties import Line
from zhiping.panels.queries.pool import pool_of
from zhiping.panels.queries.recusal import Standby
from zhiping.panels.rules import seated
from zhiping.texts import catalogue
from zhiping.web.forms import Form, choices
from zhiping.web.texts import language, problem, say

NUMBERS = ("seats", "substitutes", "experience", "per_employer", "per_region")
DEFAULTS = {name: getattr(Conditions(), name) for name in NUMBERS} | dict.fromkeys(FIELDS, 0)
MOST = 99


class SeatForm(Form):
    """An expert and the role of the seat."""

    texts = "panel.seat"
    expert: "forms.ModelChoiceField[Expert]" = forms.ModelChoiceField(None, widget=forms.HiddenInput)
    role = forms.ChoiceField()

    def __init__(self, *args: Any, evaluation: Evaluation, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["expert"].queryset = pool_of(evaluation)  # type: ignore[attr-defined] # a model's field
        self.fields["role"].choices = choices("panel.roles")  # type: ignore[attr-defined] # a choice field


class SeatedForm(Form):
    """A seat of the evaluation."""

    texts = "panel.seat"
    seat: "forms.ModelChoiceField[Seat]" = forms.ModelChoiceField(None, widget=forms.HiddenInput)

    def __init__(self, *args: Any, evaluation: Evaluation, **options: Any) -> None:
        super().__init__(*args, **options)
        held = evaluation.seats.select_related("expert__user")
        self.fields["seat"].queryset = held  # type: ignore[attr-defined] # a model's field


class RoleForm(SeatedForm):
    """A seat and its new role."""

    role = forms.ChoiceField()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["role"].choices = choices("panel.roles")  # type: ignore[attr-defined] # a choice field


class PlainForm(Form):
    """A button on the page of a panel."""

    texts = "panel.seat"

    def __init__(self, *args: Any, evaluation: Evaluation, **options: Any) -> None:
        super().__init__(*args, **options)
        self.evaluation = evaluation


class DutiesForm(Form):
    """The seats that lead and check each indicator."""

    texts = "panel.seat"

    def __init__(self, *args: Any, evaluation: Evaluation, lines: list[Line], **options: Any) -> None:
        super().__init__(*args, **options)
        scorers = [(str(s.pk), s.expert.name) for s in seated(evaluation) if s.role in Seat.SCORERS]
        people = [("", say("panel.duty.nobody")), *scorers]
        self.lines = lines
        for line in lines:
            for side in ("leads", "checks"):
                seat: Seat | None = getattr(line, side)
                label = f"{line.indicator.name[language()]} {say(f'panel.duty.{side}')}"
                self.fields[f"{side}-{line.indicator.id}"] = forms.ChoiceField(
                    choices=people,
                    required=False,
                    label=label,
                    initial=str(seat.pk) if seat else "",
                    widget=forms.Select({"class": "form-select form-select-sm", "aria-label": label}),
                )

    def clean(self) -> dict[str, Any]:
        """Gather the fields into pairs of seats by indicator."""
        values = super().clean() or self.cleaned_data
        ids = {key.partition("-")[2] for key in values if "-" in key}
        pairs = {i: tuple(_uuid(values.pop(f"{side}-{i}", "")) for side in ("leads", "checks")) for i in ids}
        return {**values, "duties": pairs}

    def rows(self) -> list[dict[str, Any]]:
        """Return each indicator with its two fields."""
        return [
            {
                "indicator": line.indicator,
                "name": line.indicator.name[language()],
                "leads": self[f"leads-{line.indicator.id}"],
                "checks": self[f"checks-{line.indicator.id}"],
                "line": line,
            }
            for line in self.lines
        ]


def _uuid(text: str) -> UUID | None:
    return UUID(text) if text else None


class DeclareForm(Form):
    """A declaration: that there is no conflict, or which one; one of the two must be chosen."""

    texts = "panel.declare"
    standing = forms.ChoiceField(widget=forms.RadioSelect)
    conflict = forms.CharField(max_length=1000, required=False, widget=forms.Textarea({"rows": 3}))
    runs = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, evaluation: Evaluation, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["standing"].choices = choices("panel.declare.standings")  # type: ignore[attr-defined] # a choice field
        if evaluation.kind != "self":
            del self.fields["runs"]
            return
        indicators = evaluation.rubric.as_domain().indicators
        names = [(i.id, f"{i.id} {i.name[language()]}") for i in indicators]
        self.fields["runs"].choices = names  # type: ignore[attr-defined] # a choice field

    def clean(self) -> dict[str, Any]:
        """Turn the choice into what is stored: the conflict in words, "" for none."""
        values = super().clean() or self.cleaned_data
        standing, words = values.pop("standing", ""), values.get("conflict", "").strip()
        if standing == "conflict" and not words:
            self.add_error("conflict", problem(Problem("panel.conflict_needed")))
        return {**values, "conflict": words if standing == "conflict" else ""}


class SignForm(DeclareForm):
    """A declaration with the seats it was shown for: a seat added to the trip since is not signed for."""

    signs = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, seats: list[Seat], **options: Any) -> None:
        self.seats, self.shown = seats, " ".join(str(s.pk) for s in seats)
        initial = {**shown(seats[0]), "signs": self.shown}
        super().__init__(*args, initial=initial, **options)

    def clean(self) -> dict[str, Any]:
        """Turn what was shown into seats, the page's own always first."""
        values = super().clean()
        known = values.pop("signs", "").split()
        return {**values, "seats": [s for s in self.seats if s is self.seats[0] or str(s.pk) in known]}

    def run(self, action: Callable[..., object], act: Act, /, **given: Any) -> bool:
        """Run the action; where it is refused, the page shows every seat there is now."""
        done = super().run(action, act, **given)
        if not done:
            self.renew(signs=self.shown)
        return done


class PaperForm(DeclareForm):
    """A declaration signed on paper, with its day."""

    signed = forms.DateField()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.order_fields(["signed", "standing", "conflict", "runs"])


class AskForm(Form):
    """The reason of a request for recusal."""

    texts = "panel.ask_recusal"
    reason = forms.CharField(max_length=1000, widget=forms.Textarea({"rows": 4}))


class DecideForm(Form):
    """The decision on a request for recusal, with its reason."""

    texts = "panel.decide_recusal"
    granted = forms.ChoiceField(widget=forms.RadioSelect)
    decision = forms.CharField(max_length=1000, widget=forms.Textarea({"rows": 3}))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["granted"].choices = choices("panel.decide_recusal.answers")  # type: ignore[attr-defined] # a choice field

    def clean_granted(self) -> bool:
        """Return the decision as yes or no."""
        return bool(self.cleaned_data["granted"] == "yes")


class StepInForm(Form):
    """A vacant seat and the substitute for it."""

    texts = "panel.seat"
    leaves: "forms.ModelChoiceField[Seat]" = forms.ModelChoiceField(None, widget=forms.HiddenInput)
    comes: "forms.ModelChoiceField[Seat]" = forms.ModelChoiceField(None, widget=forms.HiddenInput)

    def __init__(self, *args: Any, evaluation: Evaluation, **options: Any) -> None:
        super().__init__(*args, **options)
        seats = evaluation.seats.select_related("expert__user")
        for name in ("leaves", "comes"):
            self.fields[name].queryset = seats  # type: ignore[attr-defined] # a model's field


class ReplaceForm(Form):
    """A substitute, or none, for each vacant seat."""

    texts = "panel.seat"

    def __init__(self, *args: Any, vacant: list[Seat], standbys: list[Standby], **options: Any) -> None:
        super().__init__(*args, **options)
        self.vacant = {str(s.pk): s for s in vacant}
        self.ready = {str(s.seat.pk): s.seat for s in standbys}
        people = [("", say("panel.vacancy.nobody")), *((k, s.expert.name) for k, s in self.ready.items())]
        for number, (key, seat) in enumerate(self.vacant.items()):
            first = list(self.ready)[number] if number < len(self.ready) else ""
            self.fields[f"for-{key}"] = forms.ChoiceField(
                choices=people, required=False, label=seat.expert.name, initial=first,
                widget=forms.Select({"class": "form-select"}),
            )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Gather the choices into pairs: who left, who comes."""
        values = super().clean() or self.cleaned_data
        chosen = {key: values.pop(f"for-{key}", "") for key in self.vacant}
        return {**values, "pairs": [(self.vacant[k], self.ready[v]) for k, v in chosen.items() if v]}


def shown(seat: Seat) -> dict[str, Any]:
    """Return the declaration of a seat, as the form shows it."""
    standing = "conflict" if seat.conflict else "none" if seat.declared else ""
    return {"standing": standing, "conflict": seat.conflict, "runs": seat.runs or []}


def declaration_text() -> list[str]:
    """Return the undertakings of the declaration, one by one."""
    found: list[str] = catalogue.lookup(language(), "panel.declaration_page.text")
    return found


def _number(least: int = 0) -> forms.IntegerField:
    return forms.IntegerField(min_value=least, max_value=MOST)


class DrawForm(Form):
    """The conditions of a draw; `fixed` and `excluded` are ids, `why-<id>` the reason of an exclusion.

    Bound to a query string too, so that the page shows at once what the conditions leave of the pool.
    """

    texts = "draws.form"
    seats = _number(least=3)
    substitutes = _number()
    experience = _number()
    per_employer = _number()
    per_region = _number()
    metrology = _number()
    standards = _number()
    certification = _number()
    testing = _number()
    quality = _number()
    information = _number()
    service = _number()
    law = _number()

    def __init__(self, data: QueryDict, *, pool: Sequence[Candidate], **options: Any) -> None:
        given = data.copy()
        for name, number in DEFAULTS.items():
            given.setdefault(name, str(number))
        super().__init__(given, **options)
        self.given = given
        self.people: Mapping[str, Candidate] = {one["id"]: one for one in pool}
        self.fixed = tuple(dict.fromkeys(data.getlist("fixed")))
        self.excluded = {key: data.get(f"why-{key}", "").strip() for key in data.getlist("excluded")}

    def clean(self) -> dict[str, Any]:
        """Return the fields and the experts named as one value, `conditions`."""
        values = super().clean() or self.cleaned_data
        for refusal in self._problems():
            self.add_error(None, problem(refusal))
        if self.errors:
            return values
        conditions = Conditions(
            **{name: values[name] for name in NUMBERS}, fixed=self.fixed, excluded=self.excluded,
            fields={name: values[name] for name in FIELDS if values[name]},
        )  # fmt: skip
        return {"key": values["key"], "seen": values["seen"], "conditions": conditions}

    def _problems(self) -> list[Problem]:
        named = {*self.fixed, *self.excluded}
        if not named <= self.people.keys():
            return [Problem("draws.unknown")]
        names = {key: self.people[key]["name"] for key in named}
        both = [Problem("draws.both", {"name": names[key]}) for key in self.fixed if key in self.excluded]
        silent = [names[key] for key, why in self.excluded.items() if not why]
        return [*both, *(Problem("draws.why_excluded", {"name": name}) for name in silent)]

    def conditions(self) -> Conditions:
        """Return the conditions, the usual ones where those of the form are not valid."""
        return self.cleaned_data["conditions"] if self.is_valid() else Conditions()

    def pairs(self) -> list[tuple[str, str]]:
        """Return every value of the form, to be sent again exactly as it was checked."""
        left_out = ("key", "seen", "q", "csrfmiddlewaretoken")
        return [(k, v) for k in self.given if k not in left_out for v in self.given.getlist(k)]

    def chosen(self) -> list[dict[str, Any]]:
        """Return the experts named, each with the reason of an exclusion."""
        return [
            {"person": self.people[key], "fixed": key in self.fixed, "why": self.excluded.get(key, "")}
            for key in dict.fromkeys([*self.fixed, *self.excluded])
            if key in self.people
        ]


class WordsForm(Form):
    """The words of the supervisor."""

    texts = "draws.perform"
    words = forms.CharField(max_length=200, required=False)


class LeadForm(Form):
    """The lead, one of the members drawn."""

    texts = "draws.apply"
    lead = forms.ChoiceField()

    def __init__(self, *args: Any, outcome: Outcome, names: Mapping[str, str], **options: Any) -> None:
        super().__init__(*args, **options)
        pairs = [(key, names[key]) for key in outcome["members"]]
        self.fields["lead"].choices = pairs  # type: ignore[attr-defined] # a choice field
