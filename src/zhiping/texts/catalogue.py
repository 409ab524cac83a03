"""The catalogue: every text a person reads, in Chinese and English, looked up by key.

A key names its file first: `report.title` is `title` in `report.toml`; deeper tables follow with more dots.
Each text has both languages beside each other. Files load when first asked for. Words that many tables share
are written once, see `lookup`.
"""

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Any

from zhiping.compiled import compiled
from zhiping.domain.errors import Problem

if TYPE_CHECKING:
    from zhiping.domain.result_document import Words
    from zhiping.domain.rubric import Text  # slow to import, and `--help` needs no rubric

LANGUAGES = ("zh", "en")
_LANGUAGE = ContextVar("language", default="zh")


def language() -> str:
    """Return the language in use: `zh` unless `speaking` chose another."""
    return _LANGUAGE.get()


def use(language: str) -> None:
    """Use a language from now on, as a worker process does."""
    _LANGUAGE.set(language)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Use a language for every text until the block ends; a new thread needs a copy of the context."""
    token = _LANGUAGE.set(language)
    try:
        yield
    finally:
        _LANGUAGE.reset(token)


def translated(text: "Text | Words") -> str:
    """Return a text of a rubric in the language in use."""
    return text[_LANGUAGE.get()]  # type: ignore[literal-required] # one of LANGUAGES


def rooms() -> list[str]:
    """Return the names of the catalogue's files."""
    return sorted(path.stem for path in Path(__file__).parent.glob("*.toml"))


@cache
def area(language: str, name: str) -> dict[str, Any]:
    """Return one file of the catalogue in one language, as nested tables.

    Raises ValueError naming a text that lacks a language.
    """
    tables: dict[str, Any] = in_language(language, _both(name), name)
    return tables


@cache
def _both(name: str) -> dict[str, Any]:
    path = Path(__file__).with_name(f"{name}.toml")
    source = path.read_bytes()
    tables: dict[str, Any] = compiled(path, source, lambda: _parsed(source))
    return tables


def _parsed(source: bytes) -> dict[str, Any]:
    import tomllib  # slower to import than `--help` is to print, and rarely needed

    return tomllib.loads(source.decode())


def in_language(language: str, table: dict[str, Any], key: str) -> Any:  # noqa: ANN401 - a table or a text
    """Return a table of texts, or one text, in one of its languages.

    Raises ValueError naming the text that lacks a language.
    """
    kinds = {type(part) for part in table.values()}
    if kinds <= {dict}:
        return {name: in_language(language, part, f"{key}.{name}") for name, part in table.items()}
    if table.keys() != set(LANGUAGES) or len(kinds) != 1:
        raise ValueError(f"{key}: a text has {' and '.join(LANGUAGES)}, alike, and nothing else")
    return table[language]


@cache
def lookup(language: str, key: str) -> Any:  # noqa: ANN401 - a text, a list of texts or a table
    """Return the text or table of a key; KeyError when the catalogue has none.

    A text that its table lacks is the one of its last name among the `words` of the room, else in
    `words.toml`: `registry.platform.region` is `words.region`.
    """
    room, *path, name = key.split(".")
    table: Any = area(language, room)
    for part in path:
        table = table[part]
    for texts in (table, area(language, room).get("words", {}), area(language, "words")):
        if name in texts:
            return texts[name]
    raise KeyError(key)


class _Writer(Formatter):
    """Formats texts; a field after a colon chooses a word by number: "{n} {n:day|days}"."""

    def format_field(self, value: Any, format_spec: str) -> str:  # noqa: ANN401 - what the sentence needs
        if "|" not in format_spec:
            return str(super().format_field(value, format_spec))
        one, many = format_spec.split("|")
        return one if str(value) == "1" else many


_WRITER = _Writer()


def say(key: str, /, **data: Any) -> str:  # noqa: ANN401 - what the sentence needs
    """Return the text under a key with its fields filled: `say("form.title", platform="…")`."""
    text = lookup(_LANGUAGE.get(), key)
    if not isinstance(text, str):
        raise KeyError(key)
    if not data:
        return text
    return _WRITER.vformat(text, (), data) if "|" in text else text.format(**data)


def problem_text(problem: Problem) -> str:
    """Say a problem in full: where, what was found, what is allowed."""
    data = dict(problem.data)
    if "method" in data:
        data["method"] = say(f"about.words.method.{data['method']}")
    allowed = data.get("allowed")
    if isinstance(allowed, list) and allowed and isinstance(allowed[0], dict):
        data["allowed"] = choices_text(data["allowed"])
    data = {
        k: say("wording.comma").join(map(str, v)) if isinstance(v, list | tuple) else v
        for k, v in data.items()
    }
    sentence = say(problem_key(problem.code), **data)
    return visible(" ".join(filter(None, (place_text(problem.where), sentence))))


@cache
def problem_key(code: str) -> str:
    """Return the key of a problem's sentence: in `errors`, else under `errors` of the room it names."""
    name, _, rest = code.partition(".")
    return f"errors.{code}" if name in area("zh", "errors") else f"{name}.errors.{rest}"


def visible(text: str) -> str:
    """Return a text without characters that steer a terminal or turn the reading direction."""
    return "".join(c for c in text if c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Cs"))


def place_text(where: tuple[str, ...]) -> str:
    """Write a place as people name it: `file.xlsx 评价表!G14`."""
    file, *inner = where or ("",)
    return " ".join(filter(None, (file, "!".join(filter(None, inner)))))


def choices_text(choices: list[dict[str, str]]) -> str:
    """Write legal marks as a person would: "2，或 0～1 的整数"."""
    exact = [choice["mark"] for choice in choices if "mark" in choice]
    ranges = [choice for choice in choices if "mark" not in choice]
    parts = [say("wording.comma").join(exact)] if exact else []
    parts += [say("errors.whole_range" if r["step"] == "1" else "errors.step_range", **r) for r in ranges]
    return say("errors.or").join(parts)
