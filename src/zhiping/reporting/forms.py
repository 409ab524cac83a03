"""Forms of the report: its words, objections and their answers, issue, copies and receipt."""

from typing import Any

from django import forms

from zhiping.domain.errors import Refused
from zhiping.domain.exact import number_text
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import policy_of
from zhiping.evidence.forms import ScanField
from zhiping.reporting.models import (
    Edition,
    Feedback,
    NumberPattern,
    Objection,
    Receipt,
    Recommendation,
    ReportPart,
)
from zhiping.reporting.queries import report as queries
from zhiping.texts.catalogue import translated
from zhiping.web.forms import CodeField, Form, model_field
from zhiping.web.texts import say


class WrittenForm(Form):
    """A form that several people may have open; `before`: the hash of what it shows.

    After a refusal the answer shows what is there now, and the form replaces that.
    """

    before = forms.CharField(widget=forms.HiddenInput, max_length=16, required=False)

    def refuse(self, refused: Refused) -> None:
        """Show why it was refused; the next attempt replaces what the answer shows."""
        super().refuse(refused)
        self.renew(before=self.initial["before"])


class PartForm(WrittenForm):
    """A part of the report."""

    texts = "reporting.part"
    text = model_field(ReportPart, "text", widget=forms.Textarea({"rows": 8}))

    def __init__(self, *args: Any, text: str, **options: Any) -> None:
        initial = {"text": text, "before": queries.digest(text)}
        super().__init__(*args, initial=initial, **options)


class RecommendationForm(WrittenForm):
    """A recommendation."""

    texts = "reporting.recommendation"
    what = model_field(Recommendation, "what", widget=forms.Textarea({"rows": 3}))
    who = model_field(Recommendation, "who")
    until = model_field(Recommendation, "until")
    proof = model_field(Recommendation, "proof")
    findings = model_field(Recommendation, "findings")

    def clean_findings(self) -> str:
        """Write ids separated by spaces, however they were separated."""
        typed: str = self.cleaned_data["findings"]
        return " ".join(dict.fromkeys(typed.replace("、", " ").replace("，", " ").replace(",", " ").split()))


class ObjectionForm(Form):
    """An objection to a criterion or to the report as a whole."""

    texts = "reporting.objection"
    criterion = forms.ChoiceField(required=False)
    text = model_field(Objection, "text", widget=forms.Textarea({"rows": 5}))
    file = ScanField(required=False)

    def __init__(self, *args: Any, evaluation: Evaluation, **options: Any) -> None:
        super().__init__(*args, **options)
        criteria = evaluation.rubric.as_domain().criteria.values()
        named = [(c.id, say("papers.indicator", id=c.id, name=translated(c.title))) for c in criteria]
        self.fields["criterion"].choices = [("", say("reporting.whole")), *named]  # type: ignore[attr-defined] # a choice field


class AnswerForm(Form):
    """The lead's answer to an objection, with the corrected mark where one changes."""

    texts = "reporting.answer_form"
    verdict = CodeField("reporting.verdicts", widget=forms.RadioSelect)
    points = forms.ChoiceField(required=False)
    answer = model_field(Objection, "answer", required=True, widget=forms.Textarea({"rows": 4}))

    def __init__(self, *args: Any, objection: Objection, **options: Any) -> None:
        known = {"verdict": objection.verdict, "answer": objection.answer}
        known["points"] = objection.legal.points if objection.legal else ""
        super().__init__(*args, initial=known, **options)
        evaluation = objection.evaluation
        criterion = evaluation.rubric.as_domain().criteria.get(objection.criterion)
        if criterion is None:
            del self.fields["points"]
            return
        marks = [number_text(mark) for mark in criterion.marks(policy_of(evaluation).step)]
        choices = [("", say("reporting.mark_stays")), *((mark, mark) for mark in marks)]
        self.fields["points"].choices = choices  # type: ignore[attr-defined] # a choice field


class DecideForm(Form):
    """The second person's decision."""

    texts = "reporting.decide_form"
    agrees = forms.TypedChoiceField(coerce=lambda value: value == "yes", widget=forms.RadioSelect)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [(name, say(f"reporting.agrees.{name}")) for name in ("yes", "no")]
        self.fields["agrees"].choices = choices  # type: ignore[attr-defined] # a choice field


class IssueForm(Form):
    """Reviewer and signer of a report, as printed."""

    texts = "reporting.issue"
    reviewer = model_field(Edition, "reviewer")
    signer = model_field(Edition, "signer")


class CopyForm(Form):
    """The scan of the signed report, or its sealed edition."""

    texts = "reporting.copy"
    kind = CodeField("reporting.copies", widget=forms.RadioSelect)
    file = ScanField()


class ReceiptForm(Form):
    """The operator's receipt on paper."""

    texts = "reporting.receipt_form"
    person = model_field(Receipt, "person")
    day = model_field(Receipt, "day")
    file = ScanField(required=False)


class FeedbackForm(Form):
    """What a party says of an evaluation."""

    texts = "reporting.feedback_form"
    text = model_field(Feedback, "text", widget=forms.Textarea({"rows": 5}))


class PublicFeedbackForm(FeedbackForm):
    """Feedback of an enterprise without an account."""

    name = model_field(Feedback, "name", required=True)
    field_order = ("name", "text")


class PatternForm(Form):
    """How an organisation writes the numbers of its reports."""

    texts = "reporting.pattern_form"
    pattern = model_field(NumberPattern, "pattern")
