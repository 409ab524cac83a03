"""Hostile files of every kind a stranger may give: each refused or harmless, within 1 s and 256 MiB."""

import io
import random
import re
import zipfile

import docx
import pytest
from tests.documents.attachments.test_kinds import HOSTILE as HANDED_IN
from tests.documents.files.test_toml_file import HEAVY
from tests.documents.papers.word.test_passive import ACTIVE
from tests.documents.spreadsheets.test_form_hostile import FILES

from zhiping.documents import apart
from zhiping.documents.attachments.kinds import inspect as inspected
from zhiping.documents.files import evaluation_file, rubric_file
from zhiping.documents.papers.word import owner
from zhiping.documents.spreadsheets.workbook import reading
from zhiping.documents.spreadsheets.workbook.reading import read_text
from zhiping.documents.spreadsheets.workbook.writing import put, writing
from zhiping.documents.standard import standard_file
from zhiping.domain.errors import Invalid

SECONDS, MEMORY = 1.0, 256 * 2**20
HEAD = "一级指标\t二级指标\t三级指标\t评分标准\t分值\n"
CELL = f"{HEAD}A（10分）\tB（10分）\tC\t%s\t2\n"
NESTED = "".join(f"{{% for a{n} in '{'a' * 54}' %}}" for n in range(8)) + "{% endfor %}" * 8
BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>'
OUTSIDE = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'

TEXTS = {
    "rows": HEAD + "".join(f"A{n}（10分）\tB{n}\tC{n}\t达到得2分，未达到得0分\t2\n" for n in range(4900)),
    "one long cell": CELL % ("达到得2分，未达到得0分；" * 100_000),
    "digits": CELL % ("1" * 1_400_000 + "分"),
    "spaces": CELL % (" " * 1_400_000 + "分"),
    "brackets": CELL % ("（" * 470_000),
    "points": CELL % ("1分" * 350_000),
    "lines": "分\n" * 700_000,
    "further lines": CELL % "得2分" + "（1）得1分\n" * 200_000,
    "headers": HEAD * 4000,
    "wide": ("甲\t" * 63 + "\n") * 4900,
    "shares": CELL % ("每少1项扣0.5分，扣完为止；" * 60_000),
    "NUL": "\0" * 1_000_000,
}


def packed(parts):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return held.getvalue()


def template(*paragraphs):
    held = io.BytesIO()
    document = docx.Document()
    for text in paragraphs:
        document.add_paragraph(text)
    document.save(held)
    return held.getvalue()


def parts_of(data):
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


def fill(path):
    return owner.fill_template(path, {"platform": {"name": "甲"}}, {})


def hostile():
    """Every file: a name, what reads it, its suffix, its bytes."""
    for name, (make, _) in FILES.items():
        yield f"spreadsheet {name}", read_text, ".xlsx", make
    for name, (content, _) in HEAVY.items():
        yield f"rubric {name}", rubric_file.load, ".toml", content.encode()
        yield f"evaluation {name}", evaluation_file.load, ".toml", content.encode()
    for name, text in TEXTS.items():
        yield f"text {name}", standard_file.read, ".txt", text.encode()
    for name, (file, content, _) in HANDED_IN.items():
        yield f"evidence {name}", inspected, f"/{file}", content
    plain = template("{{ platform.name }}")
    for name, (edit, _, _) in ACTIVE.items():
        yield f"Word {name}", owner.fill_template, ".docx", packed(edit(parts_of(plain)))
    for name, content in WORD.items():
        yield f"Word {name}", owner.fill_template, ".docx", content
        yield f"standard {name}", standard_file.read, ".docx", content


WORD = {
    "nested loops": template(NESTED),
    "tags": template("{{ 1 }}" * 30_000),
    "entities": packed({**parts_of(template("x")), "word/document.xml": BOMB}),
    "external entity": packed({**parts_of(template("x")), "word/document.xml": OUTSIDE}),
    "bomb": packed({**parts_of(template("x")), "word/media/a.png": bytes(2**28)}),
    "document bomb": packed({**parts_of(template("x")), "word/document.xml": b" " * 2**28}),
    "many parts": packed({**parts_of(template("x")), **{f"word/media/{n}.png": b"" for n in range(6000)}}),
    "depth": packed({**parts_of(template("x")), "word/document.xml": b"<a>" * 200_000 + b"</a>" * 200_000}),
    "after a program": b"MZ" + template("x"),
    "before a page": template("x") + b"<html><script>alert(1)</script></html>",
    "only a start": b"PK\x03\x04",
}
ALL = {name: rest for name, *rest in hostile()}


def read(tmp_path, name):
    """Return what a file came to in a child, and what it cost."""
    work, suffix, content = ALL[name]
    path = tmp_path / (suffix[1:] if work is inspected else f"file{suffix}")
    path.write_bytes(content if isinstance(content, bytes) else content())
    given = ({"platform": {"name": "甲"}}, {}) if work is owner.fill_template else ()
    given = (path.name,) if work is inspected else given
    return apart.measured(work, path, *given, name=path.name)


def test_there_are_files_of_every_kind():
    assert len(ALL) >= 80


@pytest.mark.parametrize("name", ALL)
def test_hostile_file_costs_little_and_is_refused_or_harmless(tmp_path, name):
    found, used = read(tmp_path, name)
    assert used.seconds <= SECONDS
    assert used.memory <= MEMORY
    if isinstance(found, Invalid):
        assert found.problems
        assert not {p.code for p in found.problems} & {"apart.memory", "apart.crashed"}
    else:
        assert name.startswith(("spreadsheet ", "text ", "standard "))  # words and numbers, and nothing else


OPENINGS = (
    "=", "+", "-", "@", "\t=", "\n=", "{=", " =", "\u200b=", "＝", "'=", '"=', ";=", "|", "%", "_x003D_",
    "http://", "internal:", "external:", "mailto:", "file:///", "=cmd|' /C calc'!", "=HYPERLINK(", "@SUM(",
    "=DDE(", "<f>", "]]>",
)  # fmt: skip
REST = "1+A1()!$:{}'\"|,;=&<>/甲　\u200b\u202e\ufffd😀 "


def strings(number):
    """Return texts that a spreadsheet may take for a formula, a link or markup, the same ones each time."""
    chance = random.Random(11)
    return [
        chance.choice(OPENINGS) + "".join(chance.choices(REST, k=chance.randint(0, 30)))
        for _ in range(number)
    ]


def exported(texts, path, write):
    """Write texts into a column; return them as they read back, and the markup of the worksheet."""
    with writing(path) as book:
        page = book.add_worksheet()
        for row, text in enumerate(texts):
            write(page, row, 0, text)
    with zipfile.ZipFile(path) as package:
        markup = package.read("xl/worksheets/sheet1.xml").decode()
    [page] = reading.read(path, rows=len(texts)).worksheets.values()
    return [row[0] for row in page.rows], markup


def test_no_hostile_string_leaves_as_a_formula_or_a_link(tmp_path):
    texts = strings(10_000)
    found, markup = exported(texts, tmp_path / "x.xlsx", put)
    assert found == texts
    assert not re.findall("<f[ >/]|<hyperlink", markup)
    # The control: what the same strings become where the first character decides.
    _, markup = exported(texts[:100], tmp_path / "y.xlsx", lambda *cell: cell[0].write_formula(*cell[1:]))
    assert re.findall("<f[ >/]", markup)
