"""Texts of notices: each code sent has a text in both languages, and each text is used."""

import ast
import re
from pathlib import Path

import pytest

import zhiping
from zhiping.notices.models import Notice
from zhiping.texts import catalogue

SOURCE = Path(zhiping.__file__).parent


def name_of(call):
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def patterns(node):
    """Yield patterns for the codes an expression can produce: literal, conditional, or f-string."""
    match node:
        case ast.Constant(str(code)):
            yield re.escape(code)
        case ast.IfExp(body=one, orelse=other):
            yield from (*patterns(one), *patterns(other))
        case ast.JoinedStr(values=parts):
            yield "".join(re.escape(p.value) if isinstance(p, ast.Constant) else ".+" for p in parts)


def notifying(nodes):
    """Return the functions of a file that notify with a code of their caller, each with its parameters."""
    found = {}
    for function in (node for node in nodes if isinstance(node, ast.FunctionDef)):
        words = [argument.arg for argument in function.args.args]
        calls = (node for node in ast.walk(function) if isinstance(node, ast.Call))
        if "code" in words and any(name_of(call) == "notify" for call in calls):
            found[function.name] = words
    return found


def sent():
    """Yield the codes passed to `notify`, directly or through the parameter `code` of a function.

    A public function may be called in any file, a private one in its own.
    """
    files = [list(ast.walk(ast.parse(path.read_text("utf-8")))) for path in sorted(SOURCE.rglob("*.py"))]
    public = {name: words for nodes in files for name, words in notifying(nodes).items() if name[0] != "_"}
    for nodes in files:
        helpers = {**public, **notifying(nodes)}
        calls = [node for node in nodes if isinstance(node, ast.Call)]
        notifications = {call for call in calls if name_of(call) == "notify"}
        for call in calls:
            if call in notifications or name_of(call) in helpers:
                given = dict(zip(helpers.get(name_of(call), []), call.args, strict=False))
                given |= {keyword.arg: keyword.value for keyword in call.keywords}
                yield from patterns(given.get("code"))


def written(language):
    for path in sorted(Path(catalogue.__file__).parent.glob("*.toml")):
        notices = catalogue.area(language, path.stem).get("notices")
        if isinstance(notices, dict):
            yield from (f"{path.stem}.{name}" for name in notices)


@pytest.mark.parametrize("language", catalogue.LANGUAGES)
def test_notices_sent_and_texts_written_match(language):
    codes, sentences = set(sent()), list(written(language))
    assert re.escape("panel.appointed") in codes
    assert [code for code in codes if not any(re.fullmatch(code, known) for known in sentences)] == []
    assert [known for known in sentences if not any(re.fullmatch(code, known) for code in codes)] == []


def test_notice_without_usable_text_shows_its_code():
    for code in ("nowhere.at_all", "notices.at_all", "panel.appointed"):
        assert Notice(code=code, data={"other": "x"}).text() == code
