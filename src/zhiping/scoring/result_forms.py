"""Forms of results: signatures, and results of earlier years."""

from fractions import Fraction

from django import forms

from zhiping.documents.files import result_file
from zhiping.evidence.forms import ScanField
from zhiping.web.forms import CodeField, Form, SizeField


class SignForm(Form):
    """A signature under the result of a hash: the one that was shown, when the ledger had the size `read`."""

    texts = "results.sign"
    renewed = ("seen", "result_sha256", "read")
    result_sha256 = forms.CharField(min_length=64, max_length=64, widget=forms.HiddenInput)
    read = SizeField(widget=forms.HiddenInput, required=False)


class SignedPaperForm(SignForm):
    """A member's signature on paper under the result of a hash, with its scan."""

    texts = "results.record"
    scan = ScanField()


class EarlierForm(Form):
    """Grade and score of an evaluation from before this system."""

    texts = "results.earlier_form"
    kind = CodeField("wording.kind")
    period_end = forms.DateField()
    grade = CodeField("registry.grades")
    graded = forms.DecimalField(min_value=0, max_value=1000, max_digits=6, decimal_places=2)
    note = forms.CharField(max_length=1000, required=False, widget=forms.Textarea({"rows": 2}))

    def clean_graded(self) -> Fraction:
        """Return the score as an exact number."""
        return Fraction(self.cleaned_data["graded"])


class ImportEarlierForm(Form):
    """A result document of an evaluation from before this system."""

    texts = "results.earlier_import"
    content = forms.FileField(widget=forms.FileInput({"accept": ".json"}))
    note = forms.CharField(max_length=1000, required=False, widget=forms.Textarea({"rows": 2}))

    def clean_content(self) -> bytes:
        """Return what the file holds, up to more than any result has: the rest is judged as cut."""
        content: bytes = self.cleaned_data["content"].read(result_file.MOST_BYTES + 1)
        return content
