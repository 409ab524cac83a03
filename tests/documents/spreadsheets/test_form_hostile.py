"""Hostile spreadsheets: each refused with its reason, or read right, within 2 s and 256 MB of a process."""

import io
import json
import re
import struct
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path

import xlwt
from tests.documents.spreadsheets.filled import form_bytes, parts_of, zipped

SECONDS, MEGABYTES = 2, 256
TABLE, SHARED, WORKBOOK = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml"
CHILD = f"""
import json, os, resource, sys
from zhiping.documents.spreadsheets.form.reading import read_forms
from zhiping.documents.files.rubric_file import bundled
from zhiping.domain.errors import Invalid
rubric = bundled()

def say(path):
    resource.setrlimit(resource.RLIMIT_AS, ({MEGABYTES} * 2**20,) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, ({SECONDS}, {SECONDS}))
    try:
        (sheet,) = read_forms([path], rubric)
        found = ["read", str(sum(mark.points for mark in sheet.marks.values()))]
    except Invalid as e:
        found = sorted({{(p.code, *p.where[1:]) for p in e.problems}})
    os.write(1, (json.dumps([path, found]) + chr(10)).encode())

for path in sys.argv[1:]:
    child = os.fork()
    if not child:
        say(path)
        os._exit(0)
    os.waitpid(child, 0)
"""
G5 = re.search(rb'<c r="G5".*?</c>', parts_of(form_bytes())[TABLE])[0]


def read_apart(paths, program=CHILD):
    """The answer to each file, read in a process of its own under the limits.

    A file whose process died is missing from the answer.
    """
    command = [sys.executable, "-c", program, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    return {Path(path).stem: found for path, found in map(json.loads, done.stdout.splitlines())}


# --- makers of files ---


def changed(name, old, new, *, count=1):
    """A filled form with one of its parts changed."""
    parts = parts_of(form_bytes())
    assert old in parts[name]
    return zipped(parts | {name: parts[name].replace(old, new, count)})


def in_g5(cell):
    return changed(TABLE, G5, cell.encode())


def added(name, data):
    return zipped(parts_of(form_bytes()) | {name: data})


def lying_size():
    """A part that unpacks to more than its size in the directory."""
    data = form_bytes_with_big_part()
    name = SHARED.encode()
    at = data.rindex(name)  # in the directory
    return data[: at - 22] + struct.pack("<I", 1000) + data[at - 18 :]


@cache
def form_bytes_with_big_part():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, data in parts_of(form_bytes()).items():
            if name != SHARED:
                archive.writestr(name, data)
        with archive.open(SHARED, "w") as part:
            for _ in range(30):
                part.write(b" " * 10_000_000)
    return file.getvalue()


def overlapping():
    """Many directory entries that share one big packed part (a flat bomb)."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts_of(form_bytes()).items():
            archive.writestr(name, data)
        archive.writestr("xl/worksheets/x0.xml", b" " * 1_000_000)
        kernel = archive.getinfo("xl/worksheets/x0.xml")
        for number in range(1, 8):
            twin = zipfile.ZipInfo(f"xl/worksheets/x{number}.xml")
            for field in ("header_offset", "compress_size", "file_size", "CRC", "compress_type"):
                setattr(twin, field, getattr(kernel, field))
            archive.filelist.append(twin)
            archive.NameToInfo[twin.filename] = twin
    return file.getvalue()


def doubled():
    """Two parts of one name: which one is read?"""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in parts_of(form_bytes()).items():
            archive.writestr(name, data)
        archive.filelist.append(archive.getinfo(TABLE))
    return file.getvalue()


def flagged_encrypted():
    data = bytearray(form_bytes())
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = data.find(signature)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(signature, at + 4)
    return bytes(data)


def lzma_packed():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_LZMA) as archive:
        for name, data in parts_of(form_bytes()).items():
            archive.writestr(name, data)
    return file.getvalue()


def flipped():
    data = bytearray(form_bytes())
    data[data.index(b"sheet1.xml") + 3000] ^= 1
    return bytes(data)


def flipped_stored():
    """A mark changed behind the checksum's back, in a part that is not compressed."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in parts_of(form_bytes()).items():
            archive.writestr(name, data)
    return file.getvalue().replace(G5, G5.replace(b"<v>2<", b"<v>0<"))


def rows(count, cell=b'<c r="A%d"><v>1</v></c>'):
    """A worksheet of many rows below the form's own."""
    more = b"".join(b'<row r="%d">' % n + (cell % n) + b"</row>" for n in range(100, 100 + count))
    return changed(TABLE, b"</sheetData>", more + b"</sheetData>")


def far(cell):
    return changed(TABLE, b"</sheetData>", b'<row r="90">' + cell + b"</row></sheetData>")


def entities(name, where):
    """Ten entities, each ten times the one before."""
    bomb = b'<!DOCTYPE x [<!ENTITY a0 "ha">' + b"".join(
        b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10)
    )
    parts = parts_of(form_bytes())
    head, _, rest = parts[name].partition(b"?>")
    return zipped(parts | {name: head + b"?>" + bomb + b"]>" + rest.replace(where, where + b"&a9;", 1)})


def outside_entity():
    parts = parts_of(form_bytes())
    head, _, rest = parts[TABLE].partition(b"?>")
    inside = b'<c r="G5" t="str"><v>&x;</v></c>'
    doctype = b'<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    return zipped(parts | {TABLE: head + b"?>" + doctype + rest.replace(G5, inside)})


def long_text_many_cells():
    """One text of 1 MB that 100,000 cells point to."""
    parts = parts_of(form_bytes())
    text = b"<si><t>" + b"x" * 1_000_000 + b"</t></si></sst>"
    count = parts[SHARED].count(b"<si>")
    cells = b"".join(
        b'<row r="%d">%s</row>' % (n, b"".join(b'<c t="s"><v>%d</v></c>' % count for _ in range(60)))
        for n in range(100, 1760)
    )
    shared = parts[SHARED].replace(b"</sst>", text)
    return zipped(
        parts | {SHARED: shared, TABLE: parts[TABLE].replace(b"</sheetData>", cells + b"</sheetData>")}
    )


def deep():
    nest = b"<x>" * 100_000 + b"</x>" * 100_000 + b"<!-- -->"
    return changed(TABLE, b"<sheetData>", nest + b"<sheetData>")


def prefixed():
    """The same worksheet in a namespace prefix, a formula in it, cells without places."""
    xml = parts_of(form_bytes())[TABLE].replace(G5, b'<c r="G5"><f>1+1</f><v>2</v></c>')
    xml = re.sub(rb"<(/?)(?![?!])", rb"<\1x:", xml).replace(b'xmlns="', b'xmlns:x="', 1)
    return zipped(parts_of(form_bytes()) | {TABLE: xml})


def utf16():
    text = parts_of(form_bytes())[TABLE].replace(G5, b'<c r="G5"><f>1+1</f><v>2</v></c>').decode()
    return zipped(parts_of(form_bytes()) | {TABLE: text.replace("UTF-8", "UTF-16").encode("utf-16")})


@cache
def xls(row=0, column=0, texts=1):
    book = xlwt.Workbook()
    sheet = book.add_sheet("评价表")
    sheet.write(row, column, 1)
    for number in range(texts):
        sheet.write(number + 1, 0, "x" * 30_000)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def xls_locked():
    """A binary file whose second record marks it as encrypted."""
    data = xls()
    at = data.index(struct.pack("<HHH", 0x809, 16, 0x600)) + 20
    return data[:at] + struct.pack("<HH", 0x2F, 6) + bytes(6) + data[at + 10 :]


def xls_ring():
    """A binary file whose chain of sectors comes back to its beginning."""
    data = bytearray(xls())
    table = 512 * (struct.unpack_from("<I", data, 76)[0] + 1)
    for at in range(table, table + 512, 4):
        if struct.unpack_from("<I", data, at)[0] == 0xFFFFFFFE:
            struct.pack_into("<I", data, at, 0)
    return bytes(data)


@cache
def xls_repeated():
    """One text that thousands of cells point to, in the binary format."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("评价表")
    for row in range(1900):
        for column in range(4):
            sheet.write(row, column, "长" * 10_000)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def xls_shared_mismatch():
    """A table of shared texts that claims two thousand million of them."""
    data = bytearray(xls())
    at = data.index(struct.pack("<HH", 0x809, 16))
    while data[at : at + 2] != b"\xfc\0":
        at += 4 + struct.unpack_from("<H", data, at + 2)[0]
    struct.pack_into("<I", data, at + 8, 0x7FFFFFFF)
    return bytes(data)


def xls_record(kind, body):
    """A binary file in which one record is overwritten."""
    data = bytearray(xls())
    at = data.index(struct.pack("<H", kind) + struct.pack("<H", len(body)))
    data[at + 4 : at + 4 + len(body)] = body
    return bytes(data)


def xlsx_with_password():
    """An encrypted xlsx is an OLE file with a stream of this name."""
    name, other = "EncryptedPackage".encode("utf-16-le"), "Workbook".encode("utf-16-le")
    data = bytearray(xls())
    at = data.index(other)
    data[at : at + len(name)] = name
    struct.pack_into("<H", data, at + 64, len(name) + 2)
    return bytes(data)


ODS = """<?xml version="1.0"?><office:document-content {spaces}><office:body><office:spreadsheet>
<table:table table:name="评价表">{rows}</table:table></office:spreadsheet></office:body>
</office:document-content>"""
SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
)
MANIFEST = (
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">{}'
    "</manifest:manifest>"
)


def ods(rows, manifest="", head=""):
    content = ODS.format(spaces=SPACES, rows=rows).replace("<office:document", head + "<office:document", 1)
    parts = {
        "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
        "content.xml": content.encode(),
        "META-INF/manifest.xml": MANIFEST.format(manifest).encode(),
    }
    return zipped(parts)


def ods_row(cell, repeated=1):
    return f'<table:table-row table:number-rows-repeated="{repeated}">{cell}</table:table-row>'


def ods_cell(text="", repeated=1):
    inside = f"<text:p>{text}</text:p>" if text else ""
    kind = 'office:value-type="string"' if text else ""
    return f'<table:table-cell {kind} table:number-columns-repeated="{repeated}">{inside}</table:table-cell>'


OK = ["read", "100"]
DAMAGED, BIG, MANY = [["book.damaged"]], [["book.too_big"]], [["book.too_many"]]
NO, LOCKED = [["book.not_spreadsheet"]], [["book.encrypted"]]
FORMULA, NOT_NUMBER = [["form.formula", "评价表", "G5"]], [["form.not_number", "评价表", "G5"]]
MISSING = [["mark.missing", "评价表", "G5"]]
EMPTY = [["form.no_worksheet"]]
TWO = '<c r="G5"><v>2</v></c>'

FILES = {
    "untouched": (form_bytes, OK),
    # bombs
    "bomb-honest": (form_bytes_with_big_part, BIG),
    "bomb-lying": (lying_size, DAMAGED),
    "bomb-overlapping": (overlapping, DAMAGED),
    "bomb-other-part": (lambda: added("xl/media/x.bin", b"\0" * 40_000_000), BIG),
    "file-too-big": (lambda: form_bytes() + b"\0" * (17 * 2**20), BIG),
    "many-parts": (lambda: zipped(parts_of(form_bytes()) | {f"x{n}": b"" for n in range(600)}), BIG),
    "rows-2001": (lambda: rows(2001), MANY),
    "rows-million": (lambda: rows(1_000_000), BIG),
    "rows-blank": (lambda: rows(50_000, b'<c r="A%d"/>'), OK),
    "far-column": (lambda: far(b'<c r="XFD90"><v>1</v></c>'), MANY),
    "far-corner": (lambda: far(b'<c r="XFD1048576"><v>1</v></c>'), MANY),
    "far-65th-column": (lambda: far(b'<c r="BM90"><v>1</v></c>'), MANY),
    "far-64th-column": (lambda: far(b'<c r="BL90"><v>1</v></c>'), OK),
    "far-blank": (lambda: far(b'<c r="XFD90" s="1"/>'), OK),
    "far-single-quotes": (lambda: far(b"<c  r = 'XFD1048576'><v>1</v></c>"), MANY),
    "far-beyond-any": (lambda: far(b'<c r="ZZZZZZ99999999999"><v>1</v></c>'), DAMAGED),
    "far-character-reference": (lambda: far(b'<c r="&#88;FD1048576"><v>1</v></c>'), MANY),
    "far-counted": (lambda: far(b"<c><v>1</v></c>" * 70), MANY),
    "far-counted-row": (
        lambda: changed(TABLE, b"</sheetData>", b'<row r="1048576"><c><v>1</v></c></row></sheetData>'),
        MANY,
    ),
    "dimension-lies": (
        lambda: changed(TABLE, b"<sheetViews>", b'<dimension ref="A1:XFD1048576"/><sheetViews>'),
        OK,
    ),
    "long-text-many-cells": (long_text_many_cells, BIG),
    "deep": (deep, DAMAGED),
    # XML
    "entities-table": (lambda: entities(TABLE, b"<sheetData>"), DAMAGED),
    "entities-shared": (lambda: entities(SHARED, b"<t>"), DAMAGED),
    "entities-workbook": (lambda: entities(WORKBOOK, b"<sheets>"), DAMAGED),
    "entity-outside": (outside_entity, DAMAGED),
    "utf-16": (utf16, DAMAGED),
    "prefixed": (prefixed, FORMULA),
    "half-a-tag": (lambda: changed(TABLE, b"</sheetData>", b"</sheetDa"), DAMAGED),
    # containers
    "doubled-part": (doubled, DAMAGED),
    "flipped-bit": (flipped, DAMAGED),
    "flipped-stored": (flipped_stored, DAMAGED),
    "cut": (lambda: form_bytes()[:9000], DAMAGED),
    "zip-password": (flagged_encrypted, LOCKED),
    "lzma": (lzma_packed, DAMAGED),
    "external-links": (lambda: added("xl/externalLinks/externalLink1.xml", b"<!DOCTYPE x>"), OK),
    "macros": (lambda: added("xl/vbaProject.bin", b"\0" * 1000), OK),
    # other things under this name
    "csv": ("编号,得分\n1.1,2\n".encode, NO),
    "html": (lambda: b"<html><table><tr><td>1.1</td></tr></table></html>", NO),
    "nothing": (lambda: b"", NO),
    "picture": (lambda: b"\x89PNG\r\n\x1a\n" + b"\0" * 100, NO),
    "zip-of-something": (lambda: zipped({"word/document.xml": b"<x/>"}), NO),
    "xlsb": (lambda: zipped({"xl/workbook.bin": b"\0"}), NO),
    "xlsx-with-password": (xlsx_with_password, LOCKED),
    # marks
    "formula": (lambda: in_g5('<c r="G5"><f>1+1</f><v>2</v></c>'), FORMULA),
    "formula-shared": (lambda: in_g5('<c r="G5"><f t="shared" si="0"/><v>2</v></c>'), FORMULA),
    "formula-array": (lambda: in_g5('<c r="G5"><f t="array" ref="G5">2</f><v>2</v></c>'), FORMULA),
    "formula-outside": (lambda: in_g5('<c r="G5"><f>[1]Sheet1!A1</f><v>2</v></c>'), FORMULA),
    "formula-after-comment": (lambda: in_g5('<c r="G5"><!-- - --><f>2</f><v>2</v></c>'), FORMULA),
    "formula-spaced": (lambda: in_g5('<c\n r = "G5"\n><f\n>2</f\n><v>2</v></c>'), FORMULA),
    "formula-without-value": (lambda: in_g5('<c r="G5"><f>2</f></c>'), FORMULA),
    "nan": (lambda: in_g5('<c r="G5"><v>NaN</v></c>'), NOT_NUMBER),
    "infinite": (lambda: in_g5('<c r="G5"><v>1e999</v></c>'), NOT_NUMBER),
    "huge": (lambda: in_g5('<c r="G5"><v>1e308</v></c>'), NOT_NUMBER),
    "tiny": (lambda: in_g5('<c r="G5"><v>1e-300</v></c>'), NOT_NUMBER),
    "400-digits": (lambda: in_g5(f'<c r="G5"><v>{"9" * 400}</v></c>'), NOT_NUMBER),
    "400-digits-text": (lambda: in_g5(f'<c r="G5" t="str"><v>{"9" * 400}</v></c>'), NOT_NUMBER),
    "truth": (lambda: in_g5('<c r="G5" t="b"><v>1</v></c>'), NOT_NUMBER),
    "date": (lambda: in_g5('<c r="G5" t="d"><v>2026-01-02</v></c>'), NOT_NUMBER),
    "error": (lambda: in_g5('<c r="G5" t="e"><v>#REF!</v></c>'), FORMULA),
    "no-such-text": (lambda: in_g5('<c r="G5" t="s"><v>99999</v></c>'), DAMAGED),
    "number-as-text": (lambda: in_g5('<c r="G5" t="inlineStr"><is><t>２ 分</t></is></c>'), OK),
    "twice": (lambda: in_g5(TWO + TWO), OK),
    "merged-marks": (
        lambda: zipped(
            parts_of(changed(TABLE, b"</mergeCells>", b'<mergeCell ref="G4:G5"/></mergeCells>'))
            | {TABLE: parts_of(in_g5('<c r="G5"/>'))[TABLE]}
        ),
        MISSING,
    ),
    # binary
    "xls-far": (lambda: xls(65_535, 255), MANY),
    "xls-locked": (xls_locked, LOCKED),
    "xls-ring": (xls_ring, DAMAGED),
    "xls-cut": (lambda: xls()[:2000], DAMAGED),
    "xls-lying-dimensions": (lambda: xls_record(0x200, b"\0\0\0\0\xff\xff\xff\xff\0\0\xff\xff\0\0"), EMPTY),
    "xls-shared-lies": (xls_shared_mismatch, EMPTY),
    "xls-repeated": (xls_repeated, BIG),
    "xls-header-lies": (lambda: xls()[:44] + b"\xff\xff\xff\x7f" + xls()[48:], EMPTY),
    # OpenDocument
    "ods-rows": (lambda: ods(ods_row(ods_cell("x"), 1_000_000)), MANY),
    "ods-columns": (lambda: ods(ods_row(ods_cell("x", 1000))), MANY),
    "ods-late": (lambda: ods(ods_row(ods_cell(), 1_048_575) + ods_row(ods_cell("x"))), MANY),
    "ods-long-text": (lambda: ods(ods_row(ods_cell("x" * 100_000, 64), 2000)), BIG),
    "ods-blank": (lambda: ods(ods_row(ods_cell("", 16_384), 1_048_576)), EMPTY),
    "ods-times": (lambda: ods(ods_row(ods_cell("", 2**60))), DAMAGED),
    "ods-no-times": (lambda: ods(ods_row(ods_cell("x", "-1"))), DAMAGED),
    "ods-entities": (lambda: ods("", head='<!DOCTYPE x [<!ENTITY a "b">]>'), DAMAGED),
    "ods-password": (lambda: ods("", "<manifest:encryption-data/>"), LOCKED),
    "ods-empty": (lambda: zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}), DAMAGED),
}


def saved(folder, names):
    for name in names:
        (folder / f"{name}.xlsx").write_bytes(FILES[name][0]())
    return [folder / f"{name}.xlsx" for name in names]


def test_hostile_files_are_refused_or_read_right_within_limits(tmp_path):
    found = read_apart(saved(tmp_path, FILES))
    assert found == {name: expected for name, (_, expected) in FILES.items()}


def test_limits_bite_where_nothing_is_checked(tmp_path):
    """The control: a parser without our checks dies of what is refused above."""
    bare = CHILD.replace(
        "(sheet,) = read_forms([path], rubric)", "calamine.load_workbook(path).get_sheet_by_index(0)"
    )
    bare = bare.replace("import json", "import python_calamine as calamine, json")
    bare = bare.replace("str(sum(mark.points for mark in sheet.marks.values()))", '"anything"')
    names = ["untouched", "far-corner", "xls-lying-dimensions"]
    assert read_apart(saved(tmp_path, names), bare) == {"untouched": ["read", "anything"]}
