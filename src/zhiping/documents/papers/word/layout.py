"""The look of a paper (GB/T 9704-2012): page, fonts by name, styles; and the fixed parts of a .docx."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from zhiping.documents.papers.word.package import HEAD, PACKAGE

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"


def twips(millimetres: float) -> int:
    """Convert millimetres to twentieths of a point."""
    return round(millimetres * 1440 / 25.4)


@dataclass(frozen=True, slots=True)
class Page:
    """An A4 page lying one way: sizes and margins in millimetres."""

    width: int
    height: int
    top: int
    right: int
    bottom: int
    left: int

    @property
    def text_width(self) -> int:
        """Width of the text block in twips."""
        return twips(self.width - self.left - self.right)

    def section(self, *, restarts: bool = False, report: bool = False) -> str:
        """Write a section's properties, footers and headers; where it `restarts`, its first page is 1."""
        orient = ' w:orient="landscape"' if self.width > self.height else ""
        sides = {"top": self.top, "right": self.right, "bottom": self.bottom, "left": self.left}
        margins = " ".join(f'w:{side}="{twips(size)}"' for side, size in sides.items())
        return (
            f'<w:sectPr>{_HEADERS if report else ""}<w:footerReference w:type="default" r:id="rId4"/>'
            '<w:footerReference w:type="even" r:id="rId5"/>'
            f'<w:pgSz w:w="{twips(self.width)}" w:h="{twips(self.height)}"{orient}/>'
            f'<w:pgMar {margins} w:header="{twips(15)}" w:footer="{twips(self.bottom - 14)}" w:gutter="0"/>'
            f"{_RESTART if restarts else ''}{_COVER if report else ''}</w:sectPr>"
        )

    def foot(self) -> str:
        """Write the place of a paragraph at the foot of the text (GB/T 9704, 7.4)."""
        return (
            f'<w:framePr w:w="{self.text_width}" w:wrap="around" w:vAnchor="margin" w:hAnchor="margin" '
            'w:xAlign="left" w:yAlign="bottom"/>'
        )


_RESTART = '<w:pgNumType w:start="1"/>'
_COVER = "<w:titlePg/>"  # the first page has a header of its own and no number
_HEADERS = "".join(
    f'<w:headerReference w:type="{kind}" r:id="rId{no}"/>'
    for no, kind in enumerate(("default", "even", "first"), 6)
)
PORTRAIT = Page(210, 297, top=37, right=26, bottom=35, left=28)  # a text block of 156 × 225 mm
LANDSCAPE = Page(297, 210, top=28, right=35, bottom=26, left=37)
REPORT = Page(210, 297, top=28, right=26, bottom=28, left=28)  # a document of many pages, not a letter


@dataclass(frozen=True, slots=True)
class Style:
    """A paragraph style: fonts by name, sizes and spacing in points, indents in hundredths of a character."""

    east: str
    size: float
    line: float = 0  # exact line height; 0: single
    align: str = "both"
    first: int = 0
    right: int = 0
    before: float = 0
    after: float = 0
    bold: bool = False
    outline: int | None = None  # level in the document's outline; such a paragraph stays with the next
    imprint: bool = False  # between rules, a tab goes to the right end (GB/T 9704, 7.4)


SONG, FANG, HEI, KAI = "方正小标宋简体", "仿宋_GB2312", "黑体", "楷体_GB2312"
LATIN = "Times New Roman"
_SEAL = 40  # points: a seal, 42 mm across, laid over name and date leaves the text above it readable
SUBSTITUTES = {SONG: "宋体", FANG: "仿宋", KAI: "楷体"}  # where the office has not installed the font
STYLES: Mapping[str, Mapping[str, Style]] = {
    "zh": {
        "title": Style(SONG, 22, 34, "center", after=14, outline=0),
        "h1": Style(HEI, 16, 28.95, first=200, outline=1),
        "h2": Style(KAI, 16, 28.95, first=200, outline=2),
        "body": Style(FANG, 16, 28.95, first=200),
        "flush": Style(FANG, 16, 28.95),
        "sign": Style(FANG, 16, 28.95, "right", right=400),
        "seal": Style(FANG, 16, 28.95, "right", right=400, before=_SEAL),
        "centre": Style(FANG, 16, 28.95, "center"),
        "note": Style(FANG, 12, 20, "left", before=4, after=2),
        "imprint": Style(FANG, 14, 24, "left", imprint=True),
        "gap": Style(FANG, 5, 9),
        "cell": Style(FANG, 12, align="left"),
        "head": Style(HEI, 12, align="center"),
        "small": Style(FANG, 10.5, align="left"),
        "smallhead": Style(HEI, 10.5, align="center"),
        "footer": Style("宋体", 14),
        "header": Style(HEI, 12, align="right"),
        "picture": Style(FANG, 12, align="center", before=6, after=6),
    },
    "en": {
        "title": Style(HEI, 18, align="center", after=14, bold=True, outline=0),
        "h1": Style(HEI, 13, align="left", before=10, after=4, bold=True, outline=1),
        "h2": Style(KAI, 12, align="left", before=6, after=3, bold=True, outline=2),
        "body": Style(FANG, 12, 17, "left", after=6),
        "flush": Style(FANG, 12, 17, "left", after=6),
        "sign": Style(FANG, 12, 17, "right", right=200, after=4),
        "seal": Style(FANG, 12, 17, "right", right=200, before=_SEAL, after=4),
        "centre": Style(FANG, 12, 17, "center", after=6),
        "note": Style(FANG, 10, 14, "left", before=4),
        "imprint": Style(FANG, 11, 17, "left", imprint=True),
        "gap": Style(FANG, 5, 9),
        "cell": Style(FANG, 11, align="left"),
        "head": Style(HEI, 11, align="center", bold=True),
        "small": Style(FANG, 9.5, align="left"),
        "smallhead": Style(HEI, 9.5, align="center", bold=True),
        "footer": Style("宋体", 11),
        "header": Style(HEI, 11, align="right"),
        "picture": Style(FANG, 12, align="center", before=6, after=6),
    },
}


# The report's text: smaller than a letter's, as its many tables are.
IN_REPORTS: Mapping[str, Mapping[str, Style]] = {
    "zh": {
        "h1": Style(HEI, 15, 26, first=200, before=4, outline=1),
        "h2": Style(KAI, 14, 24, first=200, outline=2),
        "body": Style(FANG, 14, 24, first=200),
        "flush": Style(FANG, 14, 24),
        "centre": Style(FANG, 14, 24, "center"),
        "note": Style(FANG, 11, 18, "left", before=2, after=2),
    },
    "en": {},
}


@cache
def fixed_parts(language: str, *, sections: bool = False, report: bool = False) -> dict[str, bytes]:
    """Return the parts that are the same for every paper of a kind and language, by name in the package.

    `sections`: the file holds papers of several people, so the pages of the file say nothing.
    """
    styles = {**STYLES[language], **(IN_REPORTS[language] if report else {})}
    headers = {f"word/header{no}.xml": _header(no) for no in (1, 2, 3) if report}
    text = {
        "[Content_Types].xml": _content_types(report=report),
        "_rels/.rels": relations(
            [
                ("rId1", f"{R}/officeDocument", "word/document.xml"),
                ("rId2", f"{PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml"),
            ]
        ),
        "word/styles.xml": _styles(styles),
        "word/settings.xml": f'<w:settings xmlns:w="{W}"><w:evenAndOddHeaders/></w:settings>',
        "word/fontTable.xml": _fonts(),
        "word/footer1.xml": _footer(language, "right", counted=not sections),
        "word/footer2.xml": _footer(language, "left", counted=not sections),
        **headers,
    }
    return {name: (HEAD + xml).encode() for name, xml in text.items()}


def document_relations(pictures: Iterable[str], *, report: bool = False) -> bytes:
    """Return the relations of the document: styles, settings, fonts, footers, headers, pictures by name."""
    fixed = ["styles.xml", "settings.xml", "fontTable.xml", "footer1.xml", "footer2.xml"]
    fixed += ["header1.xml", "header2.xml", "header3.xml"] if report else []
    rows = [(f"rId{n}", f"{R}/{name.rstrip('123.xml')}", name) for n, name in enumerate(fixed, 1)]
    rows += [(f"picture_{name}", f"{R}/image", f"media/{name}.png") for name in pictures]
    return (HEAD + relations(rows)).encode()


def relations(rows: Iterable[tuple[str, str, str]]) -> str:
    """Write a relations part from rows of id, type and target."""
    items = "".join(f'<Relationship Id="{i}" Type="{kind}" Target="{target}"/>' for i, kind, target in rows)
    return f'<Relationships xmlns="{PACKAGE}/relationships">{items}</Relationships>'


def _content_types(*, report: bool) -> str:
    kinds = {
        "document": "document.main",
        "styles": "styles",
        "settings": "settings",
        "fontTable": "fontTable",
    }
    kinds |= {"footer1": "footer", "footer2": "footer"}
    kinds |= {f"header{no}": "header" for no in (1, 2, 3) if report}
    overrides = "".join(
        f'<Override PartName="/word/{name}.xml" ContentType="{_WORD}.{kind}+xml"/>'
        for name, kind in kinds.items()
    )
    return (
        f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="png" ContentType="image/png"/>'
        '<Override PartName="/docProps/core.xml" '
        'ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>'
        f"{overrides}</Types>"
    )


def _styles(table: Mapping[str, Style]) -> str:
    tag = '<w:lang w:val="en-US" w:eastAsia="zh-CN"/>'
    fonts = _run_fonts(table["body"].east)
    rest = "".join(_style(name, style) for name, style in table.items())
    return (
        f'<w:styles xmlns:w="{W}"><w:docDefaults><w:rPrDefault><w:rPr>{fonts}<w:sz w:val="24"/>{tag}</w:rPr>'
        "</w:rPrDefault><w:pPrDefault/></w:docDefaults>"
        '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>'
        f"{rest}</w:styles>"
    )


# Names Word knows as its own, so that its outline and its style pane work.
_WORD_NAMES = {
    "title": "Title",
    "h1": "heading 1",
    "h2": "heading 2",
    "body": "Body Text",
    "footer": "footer",
    "header": "header",
}


_EDGES = "".join(  # the outer rules are the thicker ones (7.4.1)
    f'<w:{edge} w:val="single" w:sz="{size}" w:space="1" w:color="000000"/>'
    for edge, size in {"top": 8, "bottom": 8, "between": 6}.items()
)
_IMPRINT = (
    f"<w:pBdr>{_EDGES}</w:pBdr>"
    f'<w:tabs><w:tab w:val="right" w:pos="{PORTRAIT.text_width - twips(5)}"/></w:tabs>'
)


def _style(name: str, style: Style) -> str:
    bold = "<w:b/>" if style.bold else ""
    line = f' w:line="{round(style.line * 20)}" w:lineRule="exact"' if style.line else ""
    spacing = f'<w:spacing w:before="{round(style.before * 20)}" w:after="{round(style.after * 20)}"{line}/>'
    outline = "" if style.outline is None else f'<w:outlineLvl w:val="{style.outline}"/>'
    size = round(style.size * 2)
    sizes = f'<w:sz w:val="{size}"/><w:szCs w:val="{size}"/>'
    return (
        f'<w:style w:type="paragraph" w:styleId="{name}"><w:name w:val="{_WORD_NAMES.get(name, name)}"/>'
        f'<w:basedOn w:val="Normal"/><w:qFormat/><w:pPr>{"<w:keepNext/>" if outline else ""}'
        f"{_IMPRINT if style.imprint else ''}{spacing}"
        f'{_indent(style)}<w:jc w:val="{style.align}"/>{outline}</w:pPr>'
        f"<w:rPr>{_run_fonts(style.east)}{bold}{sizes}</w:rPr></w:style>"
    )


def _indent(style: Style) -> str:
    sides = {"right": style.right, "firstLine": style.first}
    written = [
        f'w:{side}Chars="{chars}" w:{side}="{round(chars / 100 * style.size * 20)}"'
        for side, chars in sides.items()
        if chars
    ]
    return f"<w:ind {' '.join(written)}/>" if written else ""


def _run_fonts(east: str) -> str:
    return f'<w:rFonts w:ascii="{LATIN}" w:hAnsi="{LATIN}" w:eastAsia="{east}" w:cs="{LATIN}"/>'


def _fonts() -> str:
    fonts = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/></w:font>'
        for name, other in SUBSTITUTES.items()
    )
    return f'<w:fonts xmlns:w="{W}">{fonts}</w:fonts>'


def _footer(language: str, side: str, *, counted: bool) -> str:
    """Write the page number: "— 1 —", outside on both pages and one character in, as GB/T 9704 asks."""
    side, inset = (
        (side, f'<w:ind w:{side}Chars="100" w:{side}="280"/>') if language == "zh" else ("center", "")
    )
    run = '<w:r><w:t xml:space="preserve">{}</w:t></w:r>'
    page = f'<w:fldSimple w:instr=" PAGE ">{run.format(1)}</w:fldSimple>'
    pages = f'<w:fldSimple w:instr=" NUMPAGES ">{run.format(1)}</w:fldSimple>'
    parts = (
        [run.format("— "), page, run.format(" —")]
        if language == "zh"
        else [run.format("Page "), page, *([run.format(" of "), pages] if counted else [])]
    )
    return (
        f'<w:ftr xmlns:w="{W}"><w:p><w:pPr><w:pStyle w:val="footer"/>{inset}<w:jc w:val="{side}"/></w:pPr>'
        f"{''.join(parts)}</w:p></w:ftr>"
    )


# A text as a drawing of the old kind, which every office program lays behind the text of a page.
_ACROSS = (
    '<w:r><w:pict><v:shapetype id="_x0000_t136" coordsize="21600,21600" o:spt="136" adj="10800" '
    'path="m@7,l@8,m@5,21600l@6,21600e"><v:formulas><v:f eqn="sum #0 0 10800"/><v:f eqn="prod #0 2 1"/>'
    '<v:f eqn="sum 21600 0 @1"/><v:f eqn="sum 0 0 @2"/><v:f eqn="sum 21600 0 @3"/><v:f eqn="if @0 @3 0"/>'
    '<v:f eqn="if @0 21600 @1"/><v:f eqn="if @0 0 @2"/><v:f eqn="if @0 @4 21600"/></v:formulas>'
    '<v:path textpathok="t" o:connecttype="none"/><v:textpath on="t" fitshape="t"/></v:shapetype>'
    '<v:shape id="PowerPlusWaterMarkObject{no}" o:spid="_x0000_s{no}" type="#_x0000_t136" style="position:'
    "absolute;margin-left:0;margin-top:0;width:{width}pt;height:84pt;"
    "rotation:315;z-index:-251658752;mso-position-horizontal:center;"
    "mso-position-horizontal-relative:margin;mso-position-vertical:center;"
    'mso-position-vertical-relative:margin" o:allowincell="f" fillcolor="#e4e4e4" stroked="f">'
    '<v:textpath style="font-family:&quot;{font}&quot;;font-size:1pt" string="{{{{ stamp }}}}"/></v:shape>'
    "</w:pict></w:r>"
)


def _header(no: int) -> str:
    """Write what a draft is above the text of each page and across it; nothing on the final report."""
    wide, narrow = (
        _ACROSS.format(no=1025 + 2 * no + at, width=w, font=HEI) for at, w in enumerate((420, 190))
    )
    tag = '<w:r><w:t xml:space="preserve">{}</w:t></w:r>'.format
    runs = [
        tag("{%r if stamp %}"),
        tag("{{ stamp }}"),
        *(tag("{%r if stamp|length == 2 %}"), narrow, tag("{%r else %}"), wide, tag("{%r endif %}")),
        tag("{%r endif %}"),
    ]
    return (
        f'<w:hdr xmlns:w="{W}" xmlns:v="urn:schemas-microsoft-com:vml" '
        'xmlns:o="urn:schemas-microsoft-com:office:office"><w:p><w:pPr><w:pStyle w:val="header"/></w:pPr>'
        f"{''.join(runs)}</w:p></w:hdr>"
    )
