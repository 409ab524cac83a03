"""Files to hand in: small and true to their kinds, each with a text of its own."""

import io
import zipfile

from PIL import Image

from zhiping.evidence.actions import evidence as actions
from zhiping.evidence.spool import begin, path_of
from zhiping.ids import uuid7


def pdf(text="台账", pages=1):
    """Return a PDF file; the text makes its digest."""
    objects = [b"<</Type/Catalog/Pages 2 0 R>>"]
    kids = " ".join(f"{n + 3} 0 R" for n in range(pages))
    objects += [f"<</Type/Pages/Kids[{kids}]/Count {pages}>>".encode()]
    objects += [b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 280]>>"] * pages
    body, places = b"%PDF-1.4\n% " + text.encode() + b"\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj".encode() + content + b"endobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    count = len(places) + 1
    end = f"xref\n0 {count}\n0000000000 65535 f \n{table}trailer<</Size {count}/Root 1 0 R>>\n"
    return body + f"{end}startxref\n{len(body)}\n%%EOF\n".encode()


def picture(kind="JPEG", size=(60, 40), colour="red", **options):
    """Return a picture."""
    held = io.BytesIO()
    Image.new("RGB", size, colour).save(held, kind, **options)
    return held.getvalue()


def package(*names, **content):
    """Return a zip file with parts of these names."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        for name in names:
            made.writestr(name, content.get("data", "x"))
    return held.getvalue()


DOCX = package("[Content_Types].xml", "word/document.xml")


def received(content, name="台账.pdf"):
    """Put a file into the store, as an upload that has arrived does."""
    upload = uuid7()
    begin(upload)
    path_of(upload).write_bytes(content)
    return actions.receive(path_of(upload), name)
