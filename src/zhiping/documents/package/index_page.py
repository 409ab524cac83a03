"""`index.html` of an archive package: what is in it, its fingerprints, and how it is verified.

Both languages on one page, without scripts and without anything from elsewhere, so that it opens in any
browser for as long as the package is kept.
"""

from collections.abc import Iterable, Mapping
from html import escape
from urllib.parse import quote

from zhiping.documents.package.contents import Contents, File, Ledger
from zhiping.domain.transparency.note import fingerprint
from zhiping.domain.transparency.tree import root
from zhiping.texts.catalogue import lookup

STYLE = """
body { margin: 2.5rem auto; max-width: 62rem; padding: 0 1.5rem; color: #1d2129; background: #fff;
  font: 16px/1.7 "Noto Serif SC", SimSun, "Songti SC", serif; }
header { border-top: 4px solid #a31515; border-bottom: 1px solid #a31515; padding: 1rem 0;
  text-align: center; }
h1 { font: 700 1.7rem/1.4 "Noto Sans SC", "Microsoft YaHei", "PingFang SC", sans-serif; margin: 0; }
h2 { font: 700 1.15rem/1.5 "Noto Sans SC", "Microsoft YaHei", "PingFang SC", sans-serif; margin: 2rem 0 .5rem;
  border-left: 4px solid #a31515; padding-left: .6rem; }
table { border-collapse: collapse; width: 100%; } th, td { border: 1px solid #c9cdd4; padding: .4rem .6rem;
  text-align: left; vertical-align: top; overflow-wrap: anywhere; }
thead th { background: #f2f3f5; } tbody th { width: 30%; font-weight: 400; background: #f7f8fa; }
td.number { text-align: right; white-space: nowrap; } a { color: #0b4ea2; }
small, .en { color: #4e5969; font-size: .875em; } code { font: .875em/1.5 Consolas, Menlo, monospace; }
pre { background: #f7f8fa; border: 1px solid #c9cdd4; padding: .6rem .8rem; overflow-x: auto; }
@media print { body { margin: 0; max-width: none; } a { color: inherit; text-decoration: none; } }
"""


def index_page(contents: Contents, sizes: Mapping[str, int], digests: Mapping[str, Mapping[str, str]]) -> str:
    """Return the page; `sizes` and `digests` of the files by their path in the package."""
    files = [(file, f"data/{file.path}") for file in sorted(contents.files, key=lambda one: one.path)]
    title = escape(contents.title["zh"])
    parts = [
        _header(contents),
        _section("facts", _facts(contents)),
        _section("files", _table("file size sha256", [_file(*one, sizes, digests) for one in files])),
        _section("ledgers", _paragraph("ledgers_about") + _ledgers(contents.ledgers) + _printed(contents)),
        _section("verify", _how(contents)),
        _section("limits", _paragraph("limits_about")),
    ]
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>'
    return (
        f'<!DOCTYPE html>\n<html lang="zh-CN">\n<head>{head}<style>{STYLE}</style></head>\n<body>\n'
        + "\n".join(parts)
        + "\n</body>\n</html>\n"
    )


def _header(contents: Contents) -> str:
    zh, en = (escape(contents.title[one]) for one in ("zh", "en"))
    edition = _both(f"editions.{contents.edition}")
    return f'<header><h1>{zh}</h1><div class="en" lang="en">{en}</div><p>{edition}</p></header>'


def _both(key: str, **data: str) -> str:
    """Return a text of the catalogue in both languages, the English smaller."""
    zh, en = (lookup(one, f"package.index.{key}").format(**data) for one in ("zh", "en"))
    return f'{escape(zh)} <span class="en" lang="en">{escape(en)}</span>'


def _section(key: str, content: str) -> str:
    return f"<section><h2>{_both(key)}</h2>{content}</section>"


def _paragraph(key: str) -> str:
    zh, en = (escape(lookup(one, f"package.index.{key}")) for one in ("zh", "en"))
    return f'<p>{zh}</p><p class="en" lang="en">{en}</p>'


def _facts(contents: Contents) -> str:
    own = [("package_id", str(contents.id)), ("evaluation_id", str(contents.evaluation))]
    own += [("made", contents.made.isoformat()), ("generator", contents.generator)]
    rows = [(_words(label), _words(value)) for label, value in contents.facts]
    rows += [(_both(key), escape(value)) for key, value in own]
    return _rows(rows)


def _words(words: Mapping[str, str]) -> str:
    zh, en = escape(words["zh"]), escape(words["en"])
    return zh if zh == en else f'{zh} <span class="en" lang="en">{en}</span>'


def _rows(rows: Iterable[tuple[str, str]]) -> str:
    return f"<table><tbody>{''.join(f'<tr><th>{a}</th><td>{b}</td></tr>' for a, b in rows)}</tbody></table>"


def _table(heads: str, rows: Iterable[str]) -> str:
    head = "".join(f"<th>{_both(key)}</th>" for key in heads.split())
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _file(file: File, path: str, sizes: Mapping[str, int], digests: Mapping[str, Mapping[str, str]]) -> str:
    name = _words(file.title) if file.title else escape(file.path)
    link = f'<a href="{escape(quote(path))}">{name}</a>' + (
        f"<br><small>{escape(path)}</small>" if file.title else ""
    )
    digest = f"<code>{digests[path]['sha256'][:16]}…</code>"
    return f'<tr><td>{link}</td><td class="number">{sizes[path]:,}</td><td>{digest}</td></tr>'


def _ledgers(ledgers: Iterable[Ledger]) -> str:
    rows = []
    for one in ledgers:
        open_ = sum(leaf.body is not None for leaf in one.leaves)
        mark = fingerprint(root([leaf.hash for leaf in one.leaves]))
        name = f"{escape(one.kind)}<br><small>{one.id}</small>"
        counts = f'<td class="number">{len(one.leaves)}</td><td class="number">{open_}</td>'
        rows.append(f"<tr><td>{name}</td>{counts}<td><code>{mark}</code></td></tr>")
    return _table("ledger entries opened fingerprint", rows)


def _printed(contents: Contents) -> str:
    return _rows([(_both("printed"), f"<code>{escape(contents.printed)}</code>")]) if contents.printed else ""


def _how(contents: Contents) -> str:
    keys = "<br>".join(f"<code>{escape(key)}</code>" for key in contents.keys)
    commands = (
        "python3 verify.py --key KEY.txt\nzhiping verify PACKAGE.zip --key KEY.txt --checkpoint KEPT.txt"
    )
    return _paragraph("verify_about") + f"<pre>{commands}</pre>" + _rows([(_both("key"), keys)])
