"""Generator of docs/permissions*.md from the rules: `python -m tests.access.page` rewrites them."""

import ast
import tomllib
from itertools import groupby
from pathlib import Path

from zhiping.texts import catalogue

DOCS = Path(__file__).parents[2] / "docs"
PAGES = {"en": DOCS / "permissions.md", "zh": DOCS / "permissions.zh.md"}
OTHER = {"en": "[中文](permissions.zh.md)", "zh": "[English](permissions.md)"}


def words(language):
    """Return the texts of the page, which no other page has."""
    path = Path(__file__).with_suffix(".toml")
    return catalogue.in_language(language, tomllib.loads(path.read_text(encoding="utf-8")), "page")


def page(language):
    """Return every role once for each area, with its permissions."""
    import rules.permissions
    from django.urls import get_resolver

    get_resolver().url_patterns  # noqa: B018 - imports every app's rules, as a server does
    known = words(language)
    lines = [f"# {known['title']}", "", OTHER[language], "", known["about"].strip()]
    for area, heading in known["areas"].items():
        lines += ["", f"## {heading}", "", f"| {known['who_title']} | {known['what_title']} |", "|---|---|"]
        names = list(known["what"][area])
        tests = {name: rules.permissions.permissions[f"{area}.{name}"].name for name in names}
        order = sorted(names, key=lambda name: (list(tests.values()).index(tests[name]), names.index(name)))
        for test, found in groupby(order, tests.get):
            may = known["and"].join(known["what"][area][name] for name in found)
            lines.append(f"| {who(known, ast.parse(test, mode='eval').body)} | {may} |")
    return "\n".join(lines) + "\n"


def who(known, node):
    """Translate a predicate's name, which lists its parts: `(administrator | in_remit) & ~oneself`."""
    match node:
        case ast.Name(name):
            return known["who"][name]
        case ast.BinOp(left, ast.BitOr(), right):
            said = [part for side in (left, right) for part in who(known, side).split(known["or"])]
            return known["or"].join(dict.fromkeys(said))
        case ast.BinOp(left, ast.BitAnd(), ast.UnaryOp(ast.Invert(), right)):
            return known["but_not"].format(left=who(known, left), right=who(known, right))
    raise ValueError(ast.dump(node))


if __name__ == "__main__":
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhiping.project.settings")
    django.setup()
    for language, path in PAGES.items():
        path.write_text(page(language), encoding="utf-8")
