"""An authority's own template for a paper."""

from typing import Any

from django import forms

from zhiping.documents import papers
from zhiping.web.forms import Labelled
from zhiping.web.texts import language


class TemplateForm(Labelled):
    """Which paper, and the Word file."""

    texts = "papers_web.template"
    paper = forms.ChoiceField()
    content = forms.FileField(widget=forms.ClearableFileInput({"accept": ".docx"}))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        names = [name for stage in papers.STAGES.values() for name in stage]
        self.fields["paper"].choices = [(n, papers.title(n, language())) for n in names]  # type: ignore[attr-defined] # a choice field
