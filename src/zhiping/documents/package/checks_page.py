"""The page of the check of authenticity, integrity, usability and security of a package (四性检测).

Both languages on one page, without scripts and without anything from elsewhere, to be printed and signed.
"""

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from zhiping.documents.package.index_page import STYLE
from zhiping.texts.catalogue import LANGUAGES, lookup

PROPERTIES = ("authenticity", "integrity", "usability", "security")


def checks_page(title: str, package: str, checks: Sequence[Mapping[str, str]]) -> str:
    """Return the page. `checks`: property, code and state (`ok`, `fault`, `unchecked`) of each check made."""
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    rows = "".join(_rows(checks))
    columns = "".join(f"<th>{_both(f'columns.{name}')}</th>" for name in ("property", "check", "state"))
    signed = "".join(f"<tr><th>{_both(f'signed.{name}')}</th><td>&nbsp;</td></tr>" for name in ("by", "day"))
    return (
        f'<!DOCTYPE html>\n<html lang="zh-CN">\n<head>{head}<title>{escape(title)}</title>'
        f"<style>{STYLE}</style></head>\n<body>\n"
        f"<header><h1>{_both('title')}</h1><p>{escape(title)}</p><p><code>{escape(package)}</code></p></header>\n"
        f"<table><thead><tr>{columns}</tr></thead><tbody>{rows}</tbody></table>\n"
        f"<h2>{_both('signature')}</h2>\n<table><tbody>{signed}</tbody></table>\n</body>\n</html>\n"
    )


def _rows(checks: Sequence[Mapping[str, str]]) -> Iterator[str]:
    for name in PROPERTIES:
        own = [check for check in checks if check["property"] == name]
        for number, check in enumerate(own):
            first = f'<th rowspan="{len(own)}">{_both(f"properties.{name}")}</th>' if number == 0 else ""
            words, state = _both(f"checks.{check['check']}"), _both(f"states.{check['state']}")
            yield f"<tr>{first}<td>{words}</td><td>{state}</td></tr>"


def _both(key: str) -> str:
    zh, en = (escape(str(lookup(one, f"archive.four.{key}"))) for one in LANGUAGES)
    return f'{zh} <span class="en" lang="en">{en}</span>'
