"""What a verification found, stored as plain data in the audit log, and its sentences."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.apps import apps
from django.db.models import Field, ForeignKey, JSONField, Model, TextField

from zhiping.domain.errors import Problem
from zhiping.ledger.models import Head
from zhiping.ledger.recording import recorded, recording
from zhiping.texts.catalogue import problem_key, say, visible

LONGEST = 60  # characters of a value
WORDS: Mapping[str, str] = {  # the table of the catalogue with the words of a column's codes
    "accounts_organisation.kind": "accounts.kinds",
    "accounts_membership.role": "accounts.roles",
    "accounts_region.level": "registry.region_levels",
    "accounts_user.language": "replay.languages",
    "accounts_user.office": "accounts.offices",
    "accounts_apitoken.scope": "tokens.scopes",
    "archive_filingrules.retention": "archive.retentions",
    "archive_package.edition": "archive.editions",
    "archive_record.retention": "archive.retentions",
    "evaluations_evaluation.kind": "wording.kind",
    "evaluations_evaluation.reason": "wording.reason",
    "evaluations_evaluation.grade": "registry.grades",
    "evaluations_evaluation.cancelled_in": "lifecycle.states",
    "evaluations_evaluation.suspended_in": "lifecycle.states",
    "evidence_evidence.side": "replay.sides",
    "experts_expert.rank": "experts.ranks",
    "experts_expertfield.field": "experts.fields",
    "panels_seat.origin": "panel.origins",
    "panels_seat.role": "panel.roles",
    "registry_platform.channel": "registry.channels",
    "registry_platform.last_grade": "registry.grades",
    "registry_trigger.kind": "registry.trigger_kinds",
    "improvement_action.verdict": "improvement.verdicts",
    "improvement_improvement.choice": "improvement.choices",
    "improvement_recheck.verdict": "improvement.verdicts",
    "reporting_feedback.party": "reporting.parties",
    "reporting_filedcopy.kind": "reporting.copies",
    "reporting_objection.kind": "reporting.raise",
    "reporting_objection.verdict": "reporting.verdicts",
    "reporting_reportpart.name": "reporting.parts",
    "scoring_fact.answer": "facts.answers",
    "visits_papertemplate.language": "replay.languages",
    "visits_visitrecord.kind": "visit.kinds",
}
Found = dict[str, Any]  # kind and name of the thing, code and data of the problem


def kept(head: Head, problem: Problem) -> Found:
    """Return a problem with the names of what it is about, as it is kept in the audit log.

    Secrets and words that people wrote are left out: the report says that they differ, not what they are.
    """
    data, code = dict(problem.data), problem.code
    if "table" in data:
        model = _model(data["table"])
        row = model._base_manager.filter(pk=data["row"]).first()  # noqa: SLF001 - Django's own name
        data["name"] = "" if row is None or str(data["row"]) == str(head.pk) else _short(str(row))
    if code == "ledger.row_changed":
        field = cast("Field[Any, Any]", model._meta.get_field(data["field"]))  # noqa: SLF001 - Django's own name
        if _is_hidden(model, field):
            code = "ledger.row_changed_hidden"
            del data["found"], data["expected"]
        else:
            data |= _values(field, data["found"], data["expected"])
    return {"ledger": str(head.pk), "kind": head.kind, "name": _name(head), "code": code, "data": data}


def sentence(found: Mapping[str, Any]) -> str:
    """Return the sentence of a problem: thing, entry, field, the value found and the value expected."""
    data = dict(found["data"])
    if data.get("place") is not None:
        data["place"] += 1  # people count from one
    if "table" in data:
        data["what"] = _what(data)
        words = f"{data['table']}.{data.get('field')}"
        data |= {key: _word(words, data[key]) for key in ("found", "expected") if data.get(key)}
    if table := {"ledger.phase_altered": "lifecycle.states", "ledger.kind_altered": "replay.kinds"}.get(
        found["code"]
    ):
        data |= {key: _in_words(table, str(data[key])) for key in ("found", "expected")}
    data |= {key: say("replay.empty") for key in ("found", "expected") if data.get(key, 0) in (None, "")}
    kind = say(f"replay.kinds.{found['kind'] or 'unknown'}")
    thing = say("replay.thing", kind=kind, name=found["name"] or found["ledger"])
    return visible(say("replay.sentence", thing=thing, problem=say(problem_key(found["code"]), **data)))


def _what(data: Mapping[str, Any]) -> str:
    """Name a field, with its table where it is not of the thing itself."""
    table = say(f"replay.tables.{data['table']}")
    if "field" not in data:
        return say("replay.row", table=table, row=data["name"] or data["row"])
    field = say(f"replay.fields.{data['field']}")
    if not data["name"]:
        return field
    return say("replay.part_row", table=table, row=data["name"], field=field)


def _word(column: str, value: str) -> str:
    """Return the word of a code, or of yes and no; any other value as it is."""
    if column in WORDS:
        return _in_words(WORDS[column], value)
    return _in_words("replay.answers", value) if value in ("True", "False") else value


def _in_words(table: str, code: str) -> str:
    """Return the word of a code; the code itself where it is none of the table."""
    try:
        return say(f"{table}.{code}")
    except KeyError:
        return code


def _name(head: Head) -> str:
    """Return the name of the thing of a ledger; "" where it has none."""
    for model in recorded():
        if recording(model).ledger == "pk" and (row := model._base_manager.filter(pk=head.pk).first()):  # noqa: SLF001 - Django's own name
            return _short(str(row))
    return ""


def _model(table: str) -> type[Model]:
    return next(model for model in apps.get_models() if model._meta.db_table == table)  # noqa: SLF001 - Django's own name


def _is_hidden(model: type[Model], field: Field[Any, Any]) -> bool:
    how = recording(model)
    return field.name in how.secrets or field.name in how.hashed or isinstance(field, TextField)


def _values(field: Field[Any, Any], found: Any, expected: Any) -> dict[str, str]:
    """Return both values as people read them; of two tables only what differs."""
    if isinstance(field, JSONField) and isinstance(found, dict) and isinstance(expected, dict):
        keys = [key for key in sorted(found | expected) if found.get(key) != expected.get(key)]
        found, expected = ({key: value.get(key) for key in keys} for value in (found, expected))
    return {"found": _text(field, found), "expected": _text(field, expected)}


def _text(field: Field[Any, Any], value: Any) -> str:
    if value is None:
        return ""
    if isinstance(field, ForeignKey):
        row = field.related_model._base_manager.filter(pk=value).first()  # noqa: SLF001 - Django's own name
        return _short(str(row or value))
    return _short(json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def sentences(found: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the sentences of several problems."""
    return [sentence(one) for one in found]
