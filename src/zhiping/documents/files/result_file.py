"""`result.json`: written in one byte form, read back strictly, its JSON Schema drawn from the types."""

import datetime as dt
import json
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints, is_typeddict

from zhiping.documents.plain import opened
from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.exact import Number, number_text
from zhiping.domain.result_document import SCHEMA, Result
from zhiping.domain.rubric import Rubric
from zhiping.domain.transparency.canonical import Day

NAME = "result.json"
MOST_BYTES = 16 * 2**20
NUMBER = r"-?[0-9]{1,60}(\.[0-9]{1,60}|/[1-9][0-9]{0,59})?"


def dumps(result: Result) -> bytes:
    """Return a result as people and programs read it: indented, UTF-8, keys in the order of the type.

    A lone surrogate, which UTF-8 cannot hold, becomes "?".
    """
    text = json.dumps(result, ensure_ascii=False, indent=2, allow_nan=False)
    return f"{text}\n".encode(errors="replace")


def load(path: Path, rubric: Rubric | None = None) -> Result:
    """Read a result; raise Invalid with everything that violates the schema, each with its place.

    With a rubric, the result must have been scored by the same scale. The points of a concluded one must add
    up to its score: a mark changed by hand would otherwise be taken for the panel's.
    """
    found = parsed(path, "result.unreadable")
    problems = list(faults(found, Result, ""))
    if not problems and found["schema"] != SCHEMA:
        problems = [Problem("result.value", {"found": found["schema"], "allowed": SCHEMA}, ("schema",))]
    if not problems and rubric and not _fits(found, rubric):
        problems = [Problem("result.scale", {"id": rubric.id})]
    problems = problems or list(_sums(found))
    if problems:
        raise Invalid([problem.at(path.name) for problem in problems])
    return cast("Result", found)


def _sums(result: Result) -> Iterator[Problem]:
    """Yield what a concluded result's points do not add up to."""
    if result["status"] != "concluded":
        return
    for name, bonus in (("base", False), ("bonus", True)):
        marks = [c["agreed"] for c in result["criteria"] if c["bonus"] is bonus]
        stated, total = result["score"][name], sum((Fraction(mark or 0) for mark in marks), Fraction(0))  # type: ignore[literal-required] # two keys
        if None in marks or stated is None or Fraction(stated) != total:
            yield Problem("result.sum", {"found": stated, "sum": number_text(total)}, (f"score.{name}",))


def parsed(path: Path, code: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return a file's JSON; raise Invalid with a code where it is none, or too large to be ours."""
    try:
        with opened(path) as stream:
            content = stream.read(MOST_BYTES + 1)
        return json.loads(content if len(content) <= MOST_BYTES else b"")
    except (ValueError, RecursionError) as error:
        raise Invalid([Problem(code, {}, (path.name,))]) from error


def _fits(result: Result, rubric: Rubric) -> bool:
    """Whether a result speaks of this table's criteria, indicators and grades only."""
    grades = {band.grade for band in rubric.bands}
    used = [result["grade"], *(reading["grade"] for reading in result["readings"])]
    used += [ceiling["grade"] for ceiling in result["ceiling"]]
    steps = result["path"]["steps"] if result["path"] else None
    named = [entry["id"] for entry in (*result["findings"], *result["open"], *(steps or ()))]
    return (
        result["rubric"]["scale_sha256"] == rubric.scale_sha256
        and [criterion["id"] for criterion in result["criteria"]] == list(rubric.criteria)
        and [indicator["id"] for indicator in result["indicators"]] == [i.id for i in rubric.indicators]
        and {*used, *([result["path"]["to"]] if result["path"] else [])} <= {*grades, None}
        and set(named) <= rubric.criteria.keys()
    )


def faults(value: Any, hint: Any, place: str) -> Iterator[Problem]:  # noqa: ANN401 - any JSON value and type
    """Compare a JSON value with a type of domain/result.py."""
    if is_typeddict(hint):
        yield from _dict_faults(value, hint, place)
    elif get_origin(hint) is list and isinstance(value, list):
        for i, item in enumerate(value):
            yield from faults(item, get_args(hint)[0], f"{place}[{i}]")
    elif not any(_is(value, option) for option in _options(hint)):
        allowed = " | ".join(sorted(_name(option) for option in _options(hint)))
        yield Problem("result.value", {"found": repr(value)[:60], "allowed": allowed}, (place,))
    elif not isinstance(value, str | int | bool | NoneType) and (inner := _structured(hint)):
        yield from faults(value, inner, place)


def _dict_faults(value: Any, hint: Any, place: str) -> Iterator[Problem]:  # noqa: ANN401 - any JSON value
    hints = get_type_hints(hint)
    if not isinstance(value, dict):
        yield Problem("result.value", {"found": repr(value)[:60], "allowed": "object"}, (place,))
        return
    for key in hints.keys() - value.keys():
        yield Problem("result.missing", {"id": key}, (place,))
    for key, item in value.items():
        if key in hints:
            yield from faults(item, hints[key], f"{place}.{key}".lstrip("."))
        else:
            yield Problem("result.unknown", {"id": key}, (place,))


def _options(hint: Any) -> tuple[Any, ...]:  # noqa: ANN401 - any type
    return get_args(hint) if get_origin(hint) in (UnionType, Union) else (hint,)


def _structured(hint: Any) -> Any:  # noqa: ANN401 - any type
    return next((o for o in _options(hint) if is_typeddict(o) or get_origin(o) is list), None)


def _is(value: Any, hint: Any) -> bool:  # noqa: ANN401 - any JSON value and type
    if get_origin(hint) is Literal:
        return value in get_args(hint)
    if hint is Number:
        return isinstance(value, str) and re.fullmatch(NUMBER, value) is not None
    if hint is Day:
        return isinstance(value, str) and _day(value)
    kind = dict if is_typeddict(hint) else get_origin(hint) or hint
    if kind is int and isinstance(value, bool):
        return False
    return kind is Any or isinstance(value, kind)


def _day(text: str) -> bool:
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _name(hint: Any) -> str:  # noqa: ANN401 - any type
    return "null" if hint is NoneType else getattr(hint, "__name__", str(hint))


def schema() -> dict[str, Any]:
    """Return the JSON Schema of `result.json`, drawn from the types of domain/result.py."""
    definitions: dict[str, Any] = {}
    root = _schema(Result, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{SCHEMA.replace('/', ':')}",
        **root,
        "$defs": dict(sorted(definitions.items())),
    }


def _schema(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - any type
    if is_typeddict(hint):
        if hint.__name__ not in definitions:
            definitions[hint.__name__] = {}
            properties = {k: _schema(h, definitions) for k, h in get_type_hints(hint).items()}
            definitions[hint.__name__] = {
                "type": "object",
                "description": (hint.__doc__ or "").split("\n")[0],
                "properties": properties,
                "required": list(properties),
                "additionalProperties": False,
            }
        return {"$ref": f"#/$defs/{hint.__name__}"}
    options = _options(hint)
    if len(options) > 1:
        return {"anyOf": [_schema(option, definitions) for option in options]}
    if get_origin(hint) is list:
        return {"type": "array", "items": _schema(get_args(hint)[0], definitions)}
    if get_origin(hint) is Literal:
        return {"enum": list(get_args(hint))}
    return dict(_PLAIN.get(get_origin(hint) or hint, {}))


_PLAIN: dict[Any, dict[str, Any]] = {
    Number: {"type": "string", "pattern": f"^{NUMBER}$"},
    Day: {"type": "string", "format": "date"},
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    NoneType: {"type": "null"},
    dict: {"type": "object"},
}


def points(result: Result) -> dict[str, Fraction]:
    """Return a concluded result's official points by criterion id."""
    return {c["id"]: Fraction(c["agreed"]) for c in result["criteria"] if c["agreed"] is not None}
