"""A .docx package: its parts, its properties, and the file they make."""

import io
import zipfile
from html import escape

Parts = dict[str, bytes]
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
TAB = '</w:t><w:tab/><w:t xml:space="preserve">'
BREAK = '</w:t><w:br/><w:t xml:space="preserve">'


def properties(title: str, creator: str, language: str) -> bytes:
    """Return the document's properties (`docProps/core.xml`); no date: the same paper is the same file."""
    tag = {"zh": "zh-CN", "en": "en"}[language]
    return (
        f'{HEAD}<cp:coreProperties xmlns:cp="{PACKAGE}/metadata/core-properties" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{escape(title, quote=False)}</dc:title>'
        f"<dc:creator>{escape(creator, quote=False)}</dc:creator>"
        f"<dc:language>{tag}</dc:language></cp:coreProperties>"
    ).encode()


def pack(parts: Parts) -> bytes:
    """Zip the parts into a .docx; the same parts give the same bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return target.getvalue()
