"""Words of what a verification found: no code of the program reaches a person."""

import pytest
from django.apps import apps
from django.db.models import CharField

from zhiping.ledger.recording import recorded
from zhiping.operations import report
from zhiping.texts.catalogue import LANGUAGES, lookup, speaking

CHOSEN = [
    (f"{model._meta.db_table}.{field.name}", [code for code, _ in field.flatchoices if code])
    for model in recorded()
    for field in model._meta.get_fields()
    if isinstance(field, CharField) and field.choices and model._meta.app_label != "mfa"
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("column", "codes"), CHOSEN)
def test_every_code_of_a_recorded_column_has_a_word(column, codes, language):
    table = report.WORDS[column]
    for code in codes:
        assert lookup(language, f"{table}.{code}")


def test_every_column_with_words_exists():
    known = {f"{m._meta.db_table}.{f.name}" for m in apps.get_models() for f in m._meta.get_fields()}
    assert report.WORDS.keys() <= known


def problem(table, field, found, expected):
    data = {"table": table, "row": "1", "name": "张某", "field": field, "place": 2}
    return {
        "ledger": "1",
        "kind": "platform",
        "name": "某平台",
        "code": "ledger.row_changed",
        "data": {**data, "found": found, "expected": expected},
    }


@pytest.mark.parametrize(
    ("change", "chinese", "english"),
    [
        (("panels_seat", "role", "lead", "member"), ("组长", "成员"), ("Lead", "Member")),
        (("registry_platform", "last_grade", "excellent", ""), ("优秀", "空"), ("Excellent", "nothing")),
        (("accounts_user", "is_active", "True", "False"), ("是", "否"), ("yes", "no")),
        (("panels_seat", "role", "boss", "lead"), ("boss", "组长"), ("boss", "Lead")),
    ],
)
def test_codes_are_shown_as_words(change, chinese, english):
    found = problem(*change)
    with speaking("zh"):
        assert report.sentence(found).endswith(f"现为“{chinese[0]}”，应为“{chinese[1]}”")
    with speaking("en"):
        assert report.sentence(found).endswith(f"it is “{english[0]}”, it should be “{english[1]}”")


def test_kind_and_stage_of_a_thing_are_shown_as_words():
    kind = {"ledger": "1", "kind": "expert", "name": "甲", "code": "ledger.kind_altered"}
    assert report.sentence({**kind, "data": {"found": "expert", "expected": "platform"}}).endswith(
        "类别被改为 专家，应为 服务平台"
    )
