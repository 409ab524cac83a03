"""Files handed in: what is recognised by content, and what is refused with its reason."""

import io
import struct
import zipfile

import pytest
from tests.evidence.files import DOCX, package, pdf, picture

from zhiping.documents.attachments import kinds
from zhiping.domain.errors import Invalid

OLE = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(500)
HEIC = b"\x00\x00\x00\x18ftypheic" + bytes(100)


def ole(*streams):
    return OLE + b"".join(name.encode("utf-16-le") + bytes(40) for name in streams)


def sheet(name="xl/workbook.xml"):
    return package("[Content_Types].xml", name)


TRUE = {
    "台账.pdf": pdf(),
    "照片.jpg": picture(),
    "照片.JPEG": picture(),
    "截图.png": picture("PNG"),
    "图.webp": picture("WEBP"),
    "图.heic": HEIC,
    "文.docx": DOCX,
    "表.xlsx": sheet(),
    "片.pptx": sheet("ppt/presentation.xml"),
    "文.wps": DOCX,
    "表.et": sheet(),
    "旧文.doc": ole("WordDocument"),
    "旧文.wps": ole("WordDocument"),
    "旧表.xls": ole("Workbook"),
    "旧表.et": ole("Book"),
    "旧片.ppt": ole("PowerPoint Document"),
    "发票.ofd": package("OFD.xml", "Doc_0/Document.xml"),
    "说明.txt": "服务台账\r\n".encode(),
    "国标.txt": "服务台账".encode("gb18030") * 100_000,
    "宽.txt": "服务台账".encode("utf-16"),
    "名单.csv": "名称,数量\n".encode(),
}


def inspected(tmp_path, name, content):
    path = tmp_path / "file"
    path.write_bytes(content)
    return kinds.inspect(path, name)


@pytest.mark.parametrize("name", TRUE)
def test_kind_is_recognised_by_content(tmp_path, name):
    expected = name.rpartition(".")[2].lower().replace("jpeg", "jpg")
    assert inspected(tmp_path, name, TRUE[name]) == expected


def lying(count=40):
    """A zip file whose directory names the same bytes many times."""
    content = package("[Content_Types].xml", "word/document.xml", data="x" * 5000)
    end = content.rfind(b"PK\5\6")
    (at,) = struct.unpack_from("<I", content, end + 16)
    directory = content[at:end]
    head = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 2 * count, 2 * count, len(directory) * count, at, 0)
    return content[:at] + directory * count + head


def encrypted():
    content = bytearray(DOCX)
    place = content.find(b"PK\1\2")
    content[place + 8] |= 1
    return bytes(content)


def huge(width, height):
    """A PNG file that states its size and holds nothing."""
    content = bytearray(picture("PNG"))
    struct.pack_into(">II", content, 16, width, height)
    import zlib

    struct.pack_into(">I", content, 29, zlib.crc32(bytes(content[12:29])))
    return bytes(content)


def many(count):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as made:
        for name in ("[Content_Types].xml", "word/document.xml", *(f"word/media/{n}" for n in range(count))):
            made.writestr(name, b"")
    return held.getvalue()


def bomb():
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("[Content_Types].xml", b"")
        made.writestr("word/document.xml", bytes(201 * 2**20))
    return held.getvalue()


HTML = b"<!DOCTYPE html><script>alert(1)</script>"
HOSTILE = {
    "empty": ("a.pdf", b"", "empty"),
    "too large": ("a.txt", b"x" * (kinds.MOST_BYTES + 1), "too_big"),
    "program": ("a.pdf", b"MZ\x90\x00" + bytes(100), "kind"),
    "program of Linux": ("a.jpg", b"\x7fELF" + bytes(100), "kind"),
    "script of a page": ("a.pdf", HTML, "kind"),
    "page": ("a.html", HTML, "kind"),
    "svg": ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "kind"),
    "svg as png": ("a.png", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "kind"),
    "picture of another kind": ("a.jpg", picture("PNG"), "kind"),
    "gif": ("a.gif", picture("GIF"), "kind"),
    "zip": ("a.zip", package("a.txt"), "kind"),
    "zip as document": ("a.docx", package("a.txt"), "kind"),
    "spreadsheet as document": ("a.docx", sheet(), "kind"),
    "rar": ("a.pdf", b"Rar!\x1a\x07" + bytes(50), "kind"),
    "document of Word as PDF": ("a.pdf", DOCX, "kind"),
    "no extension": ("a", pdf(), "kind"),
    "two extensions": ("a.pdf.exe", pdf(), "kind"),
    "text with NUL": ("a.txt", b"abc\x00def", "kind"),
    "text with a late NUL": ("a.txt", b"x" * 2**21 + b"\x00", "kind"),
    "text of no encoding": ("a.txt", b"\xff\xff\xff\x80" * 9, "kind"),
    "GIF that is a page too": ("a.txt", b"GIF89a/*" + bytes(9) + HTML, "kind"),
    "PDF after a program": ("a.pdf", b"MZ" + pdf(), "kind"),
    "only the start of a zip": ("a.docx", b"PK\3\4", "damaged"),
    "overlapping parts": ("a.docx", lying(), "damaged"),
    "many overlapping parts": ("a.docx", lying(1500), "unpacked"),
    "doubled part": ("a.docx", lying(2), "damaged"),
    "encrypted part": ("a.docx", encrypted(), "locked"),
    "many parts": ("a.docx", many(2100), "unpacked"),
    "bomb": ("a.docx", bomb(), "unpacked"),
    "macros": (
        "a.docx",
        package("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
        "macros",
    ),
    "macros of the old kind": ("a.xls", ole("Workbook", "_VBA_PROJECT"), "macros"),
    "encrypted document": ("a.docx", ole("EncryptedPackage"), "kind"),
    "OLE of something else": ("a.doc", ole("Anything"), "kind"),
    "huge picture": ("a.png", huge(50_000, 50_000), "pixels"),
    "picture beyond all numbers": ("a.png", huge(2**31 - 1, 2**31 - 1), "pixels"),
    "picture of no height": ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(30), "damaged"),
    "head of a JPEG alone": ("a.jpg", b"\xff\xd8\xff\xe0", "damaged"),
    "head of a WebP alone": ("a.webp", b"RIFF\x00\x00\x00\x00WEBPVP8 ", "damaged"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_file_is_refused_with_its_reason(tmp_path, name):
    file, content, code = HOSTILE[name]
    with pytest.raises(Invalid) as caught:
        inspected(tmp_path, file, content)
    (problem,) = caught.value.problems
    assert (problem.code, problem.where) == (f"evidence.{code}", (file,))


def test_refusal_names_what_was_found_and_what_is_allowed(tmp_path):
    with pytest.raises(Invalid) as caught:
        inspected(tmp_path, "照片.jpg", picture("PNG"))
    data = caught.value.problems[0].data
    assert (data["stated"], data["found"], data["allowed"].split()[:2]) == ("jpg", "png", ["pdf", "jpg"])
