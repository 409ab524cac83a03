"""Forms of improvement: choice, plan, proof, report, recheck, extension, sample, path."""

import datetime as dt
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from django import forms

from zhiping.documents.spreadsheets.improvements import deadline
from zhiping.documents.spreadsheets.workbook.cells import number
from zhiping.domain.errors import Invalid, Refused
from zhiping.domain.exact import number_text
from zhiping.domain.improvement import least
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import policy_of
from zhiping.evidence.forms import ScanField
from zhiping.improvement.actions.measures import Planned
from zhiping.improvement.models import Action, Extension, Improvement, Proof
from zhiping.improvement.queries import plan_file
from zhiping.scoring.queries.sheet import table_of
from zhiping.web.forms import CodeField, Form, TextForm, model_field
from zhiping.web.texts import problem, say

AREA = forms.Textarea({"rows": 3})


class ChoiceForm(Form):
    """What an unqualified platform has to do; a period for the evaluation that follows."""

    texts = "improvement.choice_form"
    choice = CodeField("improvement.choices", widget=forms.RadioSelect)
    reason = model_field(Improvement, "choice_reason", widget=AREA)
    period_start = forms.DateField(required=False)
    period_end = forms.DateField(required=False)


class PlanForm(Form):
    """Measure, owner and deadline of every finding that is not reported as done: one form for all."""

    texts = "improvement.plan_form"

    def __init__(self, *args: Any, rows: Sequence[Action], issued: dt.date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.rows, self.issued = [row for row in rows if row.done is None and not row.closed], issued
        for row in self.rows:
            measure = model_field(Action, "measure", widget=forms.Textarea({"rows": 2}), initial=row.measure)
            owner = model_field(Action, "owner", initial=row.owner)
            day = row.deadline.isoformat() if row.deadline else ""
            until = forms.CharField(required=False, max_length=20, initial=day)
            for name, field in {"measure": measure, "owner": owner, "deadline": until}.items():
                field.label = say(f"improvement.plan_form.{name}")
                field.widget.attrs["class"] = "form-control"
                self.fields[f"{name}_{row.criterion}"] = field

    def clean(self) -> dict[str, Any]:
        """Gather the fields into a plan by criterion."""
        data: dict[str, Any] = super().clean() or {}
        plan = {row.criterion: self._planned(row.criterion, data) for row in self.rows}
        return {name: data[name] for name in ("key", "seen") if name in data} | {"plan": plan}

    def _planned(self, id_: str, data: dict[str, Any]) -> Planned:
        typed = data.get(f"deadline_{id_}", "")
        day = deadline(typed, self.issued) if typed else None
        if typed and day is None:
            self.add_error(f"deadline_{id_}", say("improvement.errors.no_day", id=id_, found=typed))
        return Planned(data.get(f"measure_{id_}", ""), data.get(f"owner_{id_}", ""), day)

    def refuse(self, refused: Refused) -> None:
        """Show the problem of a finding at its field."""
        for found in refused.problems:
            name = "_".join(reversed(found.where)) if len(found.where) > 1 else None
            field = name if name in self.fields else None
            self.add_error(field, problem(type(found)(found.code, found.data)))

    def groups(self) -> Iterable[tuple[str, list[forms.BoundField]]]:
        """Return the fields of each finding by its criterion."""
        names = ("measure", "owner", "deadline")
        return [(row.criterion, [self[f"{name}_{row.criterion}"] for name in names]) for row in self.rows]


class PlanFileForm(Form):
    """A filled spreadsheet; after validation `plan` is what it plans."""

    texts = "improvement.plan_file"
    file = forms.FileField(widget=forms.FileInput({"accept": ".xlsx,.xls,.ods,.et"}))

    def __init__(self, *args: Any, evaluation: Evaluation, **options: Any) -> None:
        super().__init__(*args, **options)
        self.evaluation = evaluation

    def clean(self) -> dict[str, Any]:
        """Read the file and add all of its problems as errors of the field."""
        data: dict[str, Any] = super().clean() or {}
        if upload := data.pop("file", None):
            try:
                found = plan_file.read(self.evaluation, upload)
            except Invalid as refused:
                for fault in refused.problems:
                    self.add_error("file", problem(fault.at()))
                return data
            data["plan"] = {
                id_: Planned(one["measure"], one["owner"], _day(one["deadline"]))
                for id_, one in found.items()
            }
        return data


def _day(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


class ProofForm(Form):
    """Proof of a measure: a file, or a document that can be seen on site."""

    texts = "improvement.proof_form"
    file = ScanField(required=False)
    caption = model_field(Proof, "caption")


class ReportForm(ProofForm):
    """What was done about a finding, with proof."""

    texts = "improvement.report_form"
    outcome = model_field(Action, "outcome", required=True, widget=AREA)
    field_order = ("outcome", "file", "caption")

    def __init__(self, *args: Any, action: Action, **options: Any) -> None:
        super().__init__(*args, initial={"outcome": action.outcome}, **options)


class RecheckForm(Form):
    """What a recheck found, with its reason and the points of the criterion now."""

    texts = "improvement.recheck_form"
    verdict = CodeField("improvement.verdicts", widget=forms.RadioSelect)
    points = forms.ChoiceField(required=False)
    reason = forms.CharField(max_length=1000, widget=AREA)

    def __init__(self, *args: Any, action: Action, **options: Any) -> None:
        super().__init__(*args, **options)
        evaluation = action.evaluation
        criterion = table_of(evaluation).criteria[action.criterion]
        marks = sorted(criterion.marks(policy_of(evaluation).step), reverse=True)
        names = [number_text(mark) for mark in marks]
        choices = [("", say("improvement.all_points", points=names[0])), *((one, one) for one in names[1:])]
        self.fields["points"].choices = choices  # type: ignore[attr-defined] # a choice field


class ExtensionForm(Form):
    """A later deadline, with the reason."""

    texts = "improvement.extension_form"
    until = model_field(Extension, "until")
    reason = forms.CharField(max_length=1000, widget=AREA)


class DecideForm(Form):
    """The decision on a later deadline, with its reason."""

    texts = "improvement.decide_form"
    granted = forms.TypedChoiceField(coerce=lambda value: value == "yes", widget=forms.RadioSelect)
    reason = forms.CharField(max_length=1000, widget=AREA)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [(name, say(f"improvement.granted.{name}")) for name in ("yes", "no")]
        self.fields["granted"].choices = choices  # type: ignore[attr-defined] # a choice field


class SampleForm(Form):
    """The size of the sample, and the words of a witness."""

    texts = "improvement.sample_form"
    count = forms.IntegerField()
    words = model_field(Improvement, "words")

    def __init__(self, *args: Any, findings: int, **options: Any) -> None:
        super().__init__(*args, initial={"count": least(findings)}, **options)


class PathForm(TextForm):
    """The grade to reach and the effort for each criterion; sent by GET, so it can be kept as a link."""

    texts = "improvement.path_form"
    to = forms.ChoiceField(required=False)

    def __init__(
        self, *args: Any, grades: list[tuple[str, str]], names: Sequence[tuple[str, str]], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.fields["to"].choices = grades  # type: ignore[attr-defined] # a choice field
        for id_, title in names:
            small = forms.TextInput({"class": "form-control points", "inputmode": "decimal"})
            self.fields[f"e_{id_}"] = forms.CharField(required=False, max_length=9, label=title, widget=small)

    def clean(self) -> dict[str, Any]:
        """Gather the efforts: a number from 0 up; "-" where no improvement is possible."""
        data: dict[str, Any] = super().clean() or {}
        efforts: dict[str, Fraction | None] = {}
        for name in [name for name in data if name.startswith("e_") and data[name]]:
            effort = number(data[name])
            if (effort is None and data[name] != "-") or (effort is not None and effort < 0):
                self.add_error(name, say("improvement.path.no_effort", found=data[name]))
            else:
                efforts[name[2:]] = effort
        return {"to": data.get("to", ""), "efforts": efforts}
