"""What is asked for papers: of a whole programme, and an authority's own template for one."""

from typing import Any

from django import forms

from zhiping.documents.papers.word import papers
from zhiping.preparation.actions.papers import OWN
from zhiping.preparation.models import Programme, Trip
from zhiping.preparation.queries.papers import STAGES
from zhiping.web.forms import Form
from zhiping.web.texts import language


class BundleForm(Form):
    """Which papers, and of which trip where not of all."""

    texts = "papers_web.ask"
    stage = forms.ChoiceField(choices=[(stage, stage) for stage in STAGES])
    trip: "forms.ModelChoiceField[Trip]" = forms.ModelChoiceField(None, required=False)

    def __init__(self, *args: Any, programme: Programme, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["trip"].queryset = programme.trips.all()  # type: ignore[attr-defined] # a model's field


class TemplateForm(Form):
    """Which paper, and the Word file."""

    texts = "papers_web.template"
    paper = forms.ChoiceField()
    content = forms.FileField(widget=forms.FileInput({"accept": ".docx"}))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["paper"].choices = [(n, papers.title(n, language())) for n in OWN]  # type: ignore[attr-defined] # a choice field

    def clean_content(self) -> bytes:
        """Return what the file holds; its size is judged by the action."""
        content: bytes = self.cleaned_data["content"].read()
        return content
