"""The fonts LibreOffice sees in tests: the product's own, so that a machine needs no Chinese font."""

from pathlib import Path

import pylopdf_fonts_zh_cn

BUNDLED = Path(pylopdf_fonts_zh_cn.__file__).parent
CONFIGURATION = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>
"""


def only(fonts, folder):
    """Write a configuration of fontconfig that sees the fonts of one folder; return its path."""
    path = folder / f"{fonts.name}.conf"
    path.write_text(CONFIGURATION.format(fonts=fonts, cache=folder / "cache"))
    return path
