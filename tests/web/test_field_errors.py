"""Messages of form fields: ours, without internals, in both languages."""

import re

import pytest
from django import forms

from zhiping.experts.models import Expert
from zhiping.texts.catalogue import speaking
from zhiping.web.forms import Form

MODEL = forms.ModelChoiceField(Expert.objects.none())
EVERY = {
    "name": forms.CharField(max_length=3, min_length=2),
    "day": forms.DateField(),
    "number": forms.IntegerField(min_value=3, max_value=9),
    "share": forms.DecimalField(),
    "mail": forms.EmailField(),
    "address": forms.URLField(assume_scheme="https"),
    "one": forms.ChoiceField(choices=[("a", "a")]),
    "several": forms.MultipleChoiceField(choices=[("a", "a")]),
    "thing": MODEL,
    "things": forms.ModelMultipleChoiceField(Expert.objects.none()),
    "agreed": forms.BooleanField(),
    "sheet": forms.FileField(),
    "key": forms.UUIDField(),
}


class Every(Form):
    """A field of every kind the product uses."""

    texts = "web.form"


Every.base_fields.update(EVERY)

TYPED = {
    "nothing": {},
    "nonsense": dict.fromkeys(EVERY, "胡写"),
    "too much": {"name": "长长长长", "number": "10"},
    "too little": {"name": "短", "number": "2"},
    "what cannot be stored": {"name": "\x00\x00"},
}
OURS = {  # Django's own words, or a programmer's
    "zh": re.compile(r"[A-Za-z]{2,}|None|变量|字段|字符数"),
    "en": re.compile(r"[\u3400-\u9fff]|None|\bUUID\b|field|variable|valid"),
}
SAMPLES = re.compile(r"https?://\S+|\w+@\S+")


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("typed", TYPED)
def test_every_check_of_a_field_has_a_message_of_ours(language, typed):
    with speaking(language):
        form = Every(TYPED[typed])
        said = {text for texts in form.errors.values() for text in texts}
    assert said
    assert {text for text in said if OURS[language].search(SAMPLES.sub("", text))} == set()


def test_error_names_the_allowed_values():
    form = Every({"name": "长长长长", "day": "2026年", "number": "2"})
    assert form.errors["name"] == ["最多 3 个字，现有 4 个字，请删减"]
    assert form.errors["day"] == ["不是有效的日期，请按 2026-05-20 的样式填写"]
    assert form.errors["number"] == ["不能小于 3"]
    assert form.errors["one"] == ["请选择"]
