"""Every notice somebody sends has its sentence in both languages, and every sentence is sent by somebody."""

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
    """What a written code may be: itself, either of two, or a text with holes."""
    match node:
        case ast.Constant(str(code)):
            yield re.escape(code)
        case ast.IfExp(body=one, orelse=other):
            yield from (*patterns(one), *patterns(other))
        case ast.JoinedStr(values=parts):
            yield "".join(re.escape(p.value) if isinstance(p, ast.Constant) else ".+" for p in parts)


def sent():
    """The codes given to `tell`: written there, or given to the parameter `code` of what calls it."""
    for path in sorted(SOURCE.rglob("*.py")):
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        calls = [node for node in nodes if isinstance(node, ast.Call)]
        told = {call for call in calls if name_of(call) == "tell"}
        helpers = {
            function.name: [argument.arg for argument in function.args.args]
            for function in nodes
            if isinstance(function, ast.FunctionDef) and told & set(ast.walk(function))
        }
        for call in calls:
            if call in told or name_of(call) in helpers:
                given = dict(zip(helpers.get(name_of(call), []), call.args, strict=False))
                given |= {keyword.arg: keyword.value for keyword in call.keywords}
                yield from patterns(given.get("code"))


def written(language):
    for path in sorted(Path(catalogue.__file__).parent.glob("*.toml")):
        found = catalogue.area(language, path.stem).get("notices")
        if isinstance(found, dict):
            yield from (f"{path.stem}.{name}" for name in found)


@pytest.mark.parametrize("language", catalogue.LANGUAGES)
def test_what_is_sent_is_what_is_written(language):
    codes, sentences = set(sent()), list(written(language))
    assert re.escape("panel.appointed") in codes
    assert [code for code in codes if not any(re.fullmatch(code, known) for known in sentences)] == []
    assert [known for known in sentences if not any(re.fullmatch(code, known) for code in codes)] == []


def test_notice_whose_text_is_gone_or_asks_for_more_is_told_by_its_code():
    for code in ("nowhere.at_all", "notices.at_all", "panel.appointed"):
        assert Notice(code=code, data={"other": "x"}).said("zh") == code
