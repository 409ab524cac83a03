"""Forms of sheets, of the fact check and of deliberation."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from types import MappingProxyType
from typing import Any, ClassVar

from django import forms
from pydantic import ValidationError

from zhiping.domain.errors import Invalid, Refused
from zhiping.domain.exact import number_text
from zhiping.domain.identity import folded
from zhiping.evaluations.models import Evaluation, Programme
from zhiping.evidence.forms import ScanField
from zhiping.scoring.actions.deliberation import Settled
from zhiping.scoring.actions.fact_check import MOST
from zhiping.scoring.actions.filled import check_filled
from zhiping.scoring.models import AgreedMark, Fact, Sheet
from zhiping.scoring.queries import agreed_file, filled
from zhiping.scoring.queries import sheet as queries
from zhiping.scoring.queries.board import Row
from zhiping.scoring.queries.fact_check import Loss
from zhiping.texts.catalogue import translated
from zhiping.web.forms import CodeField, Form, TextForm
from zhiping.web.texts import problem, say

MOST_TEXT = 400_000  # characters of the marks that a page carries
TEXTS = ("reason", "advice", "note")  # of a mark
FIELDS = {"mark.no_reason": "reason", "mark.no_level_reason": "reason", "mark.unnamed_bonus": "note"}


class FilledForm(TextForm):
    """Upload of a filled scoring sheet; after validation `marks` holds what it says."""

    texts = "sheets.upload"
    file = forms.FileField(widget=forms.FileInput({"accept": ".xlsx,.xls,.ods,.et"}))
    marks: dict[str, filled.Filled]

    def __init__(self, *args: Any, sheet: Sheet | None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.sheet = sheet

    def clean(self) -> dict[str, Any]:
        """Read the file and add all of its problems as errors of the field."""
        if self.sheet and (upload := self.cleaned_data.get("file")):
            try:
                self.marks = filled.read_filled(self.sheet, upload)
            except Invalid as refused:
                for fault in refused.problems:
                    self.add_error("file", problem(fault))
        return self.cleaned_data


class MarksForm(Form):
    """The marks of a previewed file, in a hidden field."""

    texts = "sheets.upload"
    marks = forms.CharField(widget=forms.HiddenInput, max_length=MOST_TEXT)

    def clean_marks(self) -> dict[str, filled.Filled]:
        """Return the marks the page carried."""
        try:
            return filled.of_text(self.cleaned_data["marks"])
        except Invalid as refused:
            raise forms.ValidationError(problem(refused.problems[0])) from refused


@dataclass(frozen=True, slots=True)
class Typed:
    """A criterion of a typed paper sheet with its fields."""

    name: str
    max: str
    points: forms.BoundField
    reason: forms.BoundField
    advice: forms.BoundField
    note: forms.BoundField
    no_level: forms.BoundField

    @property
    def errors(self) -> list[str]:
        """What is wrong with the criterion."""
        return [str(error) for field in (self.points, self.reason, self.note) for error in field.errors]

    @property
    def filled(self) -> bool:
        """Whether one of the fields that are rarely filled in has something."""
        return any(field.value() for field in (self.advice, self.note, self.no_level))


def named(id: str, title: str) -> str:
    """Return a criterion as people name it: its id and short title."""
    return f"{id} {title}"


class FactsForm(Form):
    """The fact stated about each criterion that lost points, all on one page."""

    texts = "facts.write"

    def __init__(self, *args: Any, losses: Sequence[Loss], **options: Any) -> None:
        super().__init__(*args, **options)
        self.losses = losses
        area = {"rows": 2, "class": "form-control"}
        for loss in losses:
            criterion, fact = loss.criterion, loss.fact
            name = named(criterion.id, translated(criterion.title))
            self.fields[f"fact_{criterion.id}"] = forms.CharField(
                max_length=MOST, required=False, widget=forms.Textarea(area), label=name,
                initial=fact.fact if fact else loss.proposed,
            )  # fmt: skip
            self.fields[f"out_{criterion.id}"] = forms.BooleanField(
                required=False, label=say("facts.write.left_out"), initial=fact.left_out if fact else False,
                widget=forms.CheckboxInput({"class": "form-check-input"}),
            )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Gather the fields into the facts and the criteria left out."""
        data: dict[str, Any] = super().clean() or {}
        own = {name: data[name] for name in ("key", "seen") if name in data}
        ids = [loss.criterion.id for loss in self.losses]
        facts = {name: data.get(f"fact_{name}", "") for name in ids}
        return own | {"facts": facts, "left_out": [name for name in ids if data.get(f"out_{name}")]}

    def rows(self) -> Iterator[tuple[Loss, forms.BoundField, forms.BoundField]]:
        """Yield each criterion with its two fields."""
        for loss in self.losses:
            yield loss, self[f"fact_{loss.criterion.id}"], self[f"out_{loss.criterion.id}"]


class AnswersForm(Form):
    """The operator's answer to each fact, and who gave them."""

    texts = "facts.confirm"
    person = forms.CharField(max_length=60)
    scan = ScanField(required=False)

    def __init__(self, *args: Any, facts: Sequence[Fact], **options: Any) -> None:
        super().__init__(*args, **options)
        self.facts = facts
        for fact in facts:
            self.fields[f"answer_{fact.criterion}"] = CodeField(
                "facts.answers", label=say("facts.confirm.answer"), initial=fact.answer, required=False,
                widget=forms.RadioSelect({"class": "form-check-input"}),
            )  # fmt: skip
            self.fields[f"reply_{fact.criterion}"] = forms.CharField(
                max_length=MOST, required=False, label=say("facts.confirm.reply"), initial=fact.reply,
                widget=forms.Textarea({"rows": 2, "class": "form-control"}),
            )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Gather the fields into the answers."""
        data: dict[str, Any] = super().clean() or {}
        own = {name: data[name] for name in ("key", "seen", "person", "scan") if name in data}
        ids = [fact.criterion for fact in self.facts]
        answers = {i: (data.get(f"answer_{i}", ""), data.get(f"reply_{i}", "")) for i in ids}
        return own | {"answers": answers}

    def rows(self) -> Iterator[tuple[Fact, forms.BoundField, forms.BoundField]]:
        """Yield each fact with its two fields."""
        for fact in self.facts:
            yield fact, self[f"answer_{fact.criterion}"], self[f"reply_{fact.criterion}"]


class RowForm(Form):
    """A form of a disputed criterion, on a page with many of them."""

    action: ClassVar[str]  # that it runs

    def __init__(self, *args: Any, row: Row, **options: Any) -> None:
        super().__init__(*args, prefix=f"{self.action}-{row.id}", **options)
        self.row = row


class SettleForm(RowForm):
    """The panel's mark for a criterion, with its reason; filled in with the proposal."""

    texts, action = "deliberation.settle", "settle_criteria"
    points = forms.ChoiceField(widget=forms.RadioSelect)
    reason = forms.CharField(max_length=MOST, widget=forms.Textarea({"rows": 2}))
    guides = forms.BooleanField(required=False)
    why = forms.CharField(max_length=1000, required=False)

    def __init__(self, *args: Any, row: Row, **options: Any) -> None:
        mark = row.agreed
        initial: dict[str, Any] = {"points": row.proposal, "reason": row.reason}
        if mark:
            initial = {"points": mark.legal.points, "reason": mark.reason, "guides": mark.guides}
        super().__init__(*args, row=row, initial=initial, **options)
        self.fields["points"].choices = [(points, points) for points in row.choices]  # type: ignore[attr-defined] # a choice field

    def clean(self) -> dict[str, Any]:
        """Gather the fields into the mark of the criterion."""
        data: dict[str, Any] = super().clean() or {}
        own: dict[str, Any] = {name: data[name] for name in ("key", "seen", "why") if name in data}
        if not {"points", "reason"} <= data.keys():
            return own
        mark = Settled(Fraction(data["points"]), data["reason"], data.get("guides", False))
        return own | {"marks": {self.row.id: mark}}


class DissentForm(RowForm):
    """A member's dissent from the panel's mark."""

    texts, action = "deliberation.dissent", "record_dissent"
    text = forms.CharField(max_length=MOST, widget=forms.Textarea({"rows": 2}))

    def __init__(self, *args: Any, row: Row, **options: Any) -> None:
        super().__init__(*args, row=row, initial={"text": row.own.text if row.own else ""}, **options)

    def clean(self) -> dict[str, Any]:
        """Add the criterion."""
        return (super().clean() or {}) | {"criterion": self.row.id}


class AgreedFileForm(TextForm):
    """Upload of a filled spreadsheet of the deliberation; after validation `lines` holds what it says."""

    texts = "deliberation.file"
    file = forms.FileField(widget=forms.FileInput({"accept": ".xlsx,.xls,.ods,.et"}))
    lines: agreed_file.Lines

    def __init__(self, *args: Any, evaluation: Evaluation, **options: Any) -> None:
        super().__init__(*args, **options)
        self.evaluation = evaluation

    def clean(self) -> dict[str, Any]:
        """Read the file and add all of its problems as errors of the field."""
        if upload := self.cleaned_data.get("file"):
            try:
                self.lines = agreed_file.read(self.evaluation, upload)
            except Invalid as refused:
                for fault in refused.problems:
                    self.add_error("file", problem(fault))
        return self.cleaned_data


class AgreedForm(Form):
    """The marks of a previewed spreadsheet, in a hidden field; `why` where one settles a criterion again."""

    texts = "deliberation.settle"
    lines_text = forms.CharField(widget=forms.HiddenInput, max_length=MOST_TEXT)
    why = forms.CharField(max_length=1000, required=False)
    lines: agreed_file.Lines = MappingProxyType({})

    def clean(self) -> dict[str, Any]:
        """Return the marks the page carried."""
        data: dict[str, Any] = super().clean() or {}
        try:
            self.lines = agreed_file.of_text(data.pop("lines_text", ""))
        except Invalid as refused:
            raise forms.ValidationError(problem(refused.problems[0])) from refused
        return data | {"marks": {key: Settled(one.exact, one.reason) for key, one in self.lines.items()}}


class ReasonsForm(Form):
    """Reasons of last year's deliberations to add to a programme's guidance."""

    texts = "deliberation.reasons"
    reasons = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple)

    def __init__(
        self, *args: Any, programme: Programme, offered: Sequence[AgreedMark], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.programme, self.offered = programme, {str(mark.pk): mark for mark in offered}
        self.fields["reasons"].choices = [  # type: ignore[attr-defined] # a choice field
            (key, f"{mark.criterion} {mark.reason}") for key, mark in self.offered.items()
        ]

    def clean(self) -> dict[str, Any]:
        """Return the whole guidance, with the chosen reasons after what is written."""
        data: dict[str, Any] = super().clean() or {}
        guidance = dict(self.programme.guidance)
        for key in data.pop("reasons", ()):
            mark = self.offered[key]
            guidance[mark.criterion] = "\n".join(filter(None, (guidance.get(mark.criterion), mark.reason)))
        return data | {"guidance": guidance}


class TypedForm(Form):
    """A paper sheet typed from the paper, all criteria on one page, and the scan of the signed paper.

    `before`: the marks that were typed already.
    """

    texts = "sheets.paper"
    scan = ScanField()

    def __init__(self, *args: Any, evaluation: Evaluation, before: filled.Marks, **options: Any) -> None:
        super().__init__(*args, **options)
        self.evaluation, self.criteria = evaluation, queries.table_of(evaluation).criteria
        for key in self.criteria:
            mark = before.get(key)
            small = forms.TextInput({"class": "form-control points", "inputmode": "decimal"})
            self.fields[f"points_{key}"] = forms.CharField(
                max_length=8, required=False, label=say("sheets.marks.points"), widget=small,
                initial=mark.points if mark else "",
            )  # fmt: skip
            for name in ("reason", "advice", "note"):
                area = forms.Textarea({"rows": 1, "class": "form-control"})
                self.fields[f"{name}_{key}"] = forms.CharField(
                    max_length=filled.LONGEST, required=False, label=say(f"sheets.paper.{name}"), widget=area,
                    initial=getattr(mark, name, ""),
                )  # fmt: skip
            self.fields[f"no_level_{key}"] = forms.BooleanField(
                required=False, label=say("sheets.marks.no_level"), initial=bool(mark and mark.no_level),
                widget=forms.CheckboxInput({"class": "form-check-input"}),
            )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Gather the fields into marks, with all that is wrong; a blank one stays open."""
        data: dict[str, Any] = super().clean() or {}
        marks = {}
        for key in self.criteria:
            points = folded(data.get(f"points_{key}", ""))
            if not points:
                continue
            try:
                texts = {name: data.get(f"{name}_{key}", "") for name in (*TEXTS, "no_level")}
                marks[key] = filled.Filled(points=points, **texts)
            except ValidationError:
                self.add_error(f"points_{key}", say("sheets.paper.not_number", found=points))
        try:
            check_filled(self.evaluation, marks)
        except Invalid as refused:
            self.refuse(refused)
        return {name: data[name] for name in ("key", "seen", "scan") if name in data} | {"marks": marks}

    def refuse(self, refused: Refused) -> None:
        """Show the problem of a criterion at the field that mends it."""
        fields = {key: f"points_{key}" for key in self.criteria}
        for one in refused.problems:
            key = one.where[-1] if one.where else ""
            if fields.get(key) in self.errors:  # what is no mark is missing, too
                continue
            field = f"{FIELDS.get(one.code, 'points')}_{key}"
            super().refuse(type(refused)([replace(one, where=(field,)) if key in fields else one]))

    def rows(self) -> Iterator[Typed]:
        """Yield each criterion with its fields."""
        for key, one in self.criteria.items():
            fields = [self[f"{name}_{key}"] for name in ("points", "reason", "advice", "note", "no_level")]
            yield Typed(named(key, translated(one.title)), number_text(one.max), *fields)


class PaperForm(FilledForm, Form):
    """A paper sheet as the secretary typed it into a spreadsheet, and the scan of the signed paper."""

    texts = "sheets.paper"
    scan = ScanField()
