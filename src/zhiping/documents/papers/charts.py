"""The two charts of a result as SVG: shares of points by indicator (radar) and points lost (bars).

One source for screen, PDF and Word. Colours come from a palette and never carry meaning alone: every value
is printed beside its mark, and each chart has a description in words for those who do not see it.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import cast
from xml.etree.ElementTree import Element, SubElement, tostring

from zhiping.documents.papers import fonts
from zhiping.domain.exact import number_text
from zhiping.domain.result_document import Result, ScoreOut
from zhiping.texts import wording
from zhiping.texts.catalogue import language, say, translated

Palette = Mapping[str, str]
PRINT: Palette = {
    "ink": "#1a1a1a",
    "quiet": "#595959",
    "grid": "#c3cbd4",
    "track": "#e6ebf1",
    "accent": "#1f4e79",
}
# The same on a page, whose style sheet may set other colours.
SCREEN: Palette = {name: f"var(--chart-{name}, {colour})" for name, colour in PRINT.items()}
PNG_DPI = 150  # of the pictures in Word

_FACE = "'Noto Sans SC', 'Source Han Sans SC', 'Microsoft YaHei', sans-serif"
_TEXT = 10.5  # height of letters; 4 units are one millimetre on A4
_LINE = 12.5
_CENTRE, _RADIUS, _LABEL = (260, 208), 146, 101  # of the radar; room for a label
_NAMES, _TRACKS = 240, 400  # of the bars: most room for names, right end of the longest track


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart: its SVG, its title, and what it shows in words (the alternative text)."""

    svg: str
    title: str
    words: str


@dataclass(frozen=True, slots=True)
class _Row:
    """An indicator to draw: `value` its share earned or points lost, `shown` the same as text."""

    id: str
    name: str
    value: Fraction | None  # None while open
    shown: str
    max: Fraction
    criteria: str = ""


def radar(result: Result, palette: Palette = PRINT) -> Chart:
    """Return the share of its points each indicator earned, around a circle, the bonus left out.

    An indicator that is still open has no corner and is labelled as open.
    """
    rows = [_share(row) for row in result["indicators"] if not row["bonus"]]
    shares = say("wording.comma").join(say("charts.share", name=r.name, share=r.shown) for r in rows)
    words = say("charts.radar.words", shares=shares)
    canvas = _canvas("radar", (520, 416), say("charts.radar.title"), words)
    _draw_radar(canvas, rows, palette)
    return _finished(canvas)


def losses(result: Result, palette: Palette = PRINT) -> Chart:
    """Return the points each indicator lost of its maximum, in table order, with the criteria that lost them.

    An indicator that is still open has no bar and is labelled as open; the bonus loses nothing.
    """
    rows = [_loss(row, result) for row in result["indicators"] if not row["bonus"]]
    losses = [say("charts.loss", name=r.name, lost=r.shown, criteria=r.criteria) for r in rows if r.value]
    words = say("charts.losses.words", losses=say("wording.comma").join(losses) or say("charts.no_loss"))
    canvas = _canvas("losses", (560, 392), say("charts.losses.title"), words)
    _draw_losses(canvas, rows, palette)
    return _finished(canvas)


def pngs(svgs: Sequence[str]) -> list[bytes]:
    """Return charts as PNG pictures of PNG_DPI dots per inch, for Word."""
    import typst

    source = (
        b"#set page(width: auto, height: auto, margin: 0pt)\n"
        b'#for svg in json(bytes(sys.inputs.svgs)) { page(image(bytes(svg), format: "svg")) }'
    )
    given = {"svgs": json.dumps(svgs)}
    compiler = typst.Compiler(source, font_paths=fonts.faces(), ignore_system_fonts=True, sys_inputs=given)
    made = compiler.compile(format="png", ppi=PNG_DPI)
    return [made] if isinstance(made, bytes) else cast("list[bytes]", made)


def _name(row: ScoreOut) -> str:
    return fonts.replaced(translated(row["name"]))


def _share(row: ScoreOut) -> _Row:
    top = Fraction(row["max"])
    share = None if row["score"] is None else Fraction(row["score"]) / top
    shown = say("charts.open") if share is None else wording.percent(number_text(share))
    return _Row(row["id"], _name(row), share, shown, top)


def _loss(row: ScoreOut, result: Result) -> _Row:
    top = Fraction(row["max"])
    own = [c for c in result["criteria"] if c["id"].rpartition(".")[0] == row["id"]]
    criteria = say("wording.comma").join(c["id"] for c in own if c["lost"] not in (None, "0"))
    lost = None if row["shown"] is None else top - Fraction(row["shown"])
    shown = say("charts.open") if lost is None else wording.points(number_text(lost))
    return _Row(row["id"], _name(row), lost, shown, top, criteria)


def _canvas(name: str, size: tuple[int, int], title: str, words: str) -> Element:
    """Return an empty chart with its title and its words for screen readers."""
    width, height = map(str, size)
    described = {"role": "img", "aria-labelledby": f"{name}-title {name}-words", "lang": language()}
    frame = {"width": width, "height": height, "viewBox": f"0 0 {width} {height}", "class": f"chart {name}"}
    face = {"font-family": _FACE, "font-size": str(_TEXT)}
    canvas = Element("svg", {"xmlns": "http://www.w3.org/2000/svg", **frame, **described, **face})
    SubElement(canvas, "title", {"id": f"{name}-title"}).text = title
    SubElement(canvas, "desc", {"id": f"{name}-words"}).text = words
    return canvas


def _finished(canvas: Element) -> Chart:
    title, words = (canvas.findtext(part, "") for part in ("title", "desc"))
    return Chart(tostring(canvas, "unicode"), title, words)


def _put(parent: Element, shape: str, text: str = "", **attributes: str | float) -> Element:
    """Add a shape; lengths are in units of the canvas, a tenth is fine enough."""
    written = {
        key.replace("_", "-"): value if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")
        for key, value in attributes.items()
    }
    element = SubElement(parent, shape, written)
    element.text = text or None
    return element


def _draw_radar(canvas: Element, rows: Sequence[_Row], palette: Palette) -> None:
    spokes = [2 * math.pi * i / len(rows) for i in range(len(rows))]

    def at(angle: float, distance: float) -> tuple[float, float]:
        x, y = _CENTRE
        return x + distance * math.sin(angle), y - distance * math.cos(angle)

    def outline(distances: Sequence[tuple[float, float]]) -> str:
        return " ".join("{:.1f},{:.1f}".format(*at(angle, distance)) for angle, distance in distances)

    for quarter in range(1, 5):
        ring = outline([(angle, _RADIUS * quarter / 4) for angle in spokes])
        _put(canvas, "polygon", points=ring, fill="none", stroke=palette["grid"])
    for angle in spokes:
        (x1, y1), (x2, y2) = at(angle, 0), at(angle, _RADIUS)
        _put(canvas, "line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=palette["grid"])
    corners = [
        (angle, _RADIUS * float(row.value))
        for angle, row in zip(spokes, rows, strict=True)
        if row.value is not None
    ]
    shape = {"stroke": palette["accent"], "stroke_width": "2", "stroke_linejoin": "round"}
    _put(canvas, "polygon", points=outline(corners), fill=palette["accent"], fill_opacity="0.18", **shape)
    for corner in corners:
        x, y = at(*corner)
        _put(canvas, "circle", cx=x, cy=y, r=2.8, fill=palette["accent"])
    for quarter in (2, 4):
        x, y = at(0, _RADIUS * quarter / 4)
        _put(canvas, "text", f"{quarter * 25}%", x=x + 3, y=y - 3, fill=palette["quiet"], font_size="8")
    for angle, row in zip(spokes, rows, strict=True):
        _put_label(canvas, row, at(angle, _RADIUS + 11), angle, palette)


def _put_label(
    canvas: Element, row: _Row, place: tuple[float, float], angle: float, palette: Palette
) -> None:
    """Write an indicator's name and share at the end of its spoke, outwards from the circle."""
    across, up = math.sin(angle), math.cos(angle)
    middle = abs(across) < 0.01
    anchor = "middle" if middle else "start" if across > 0 else "end"
    lines = [*_wrapped(row.name, _LABEL), row.shown]
    if len(lines) > 1 and _width(f"{lines[-2]} {row.shown}") <= _LABEL:
        lines[-2:] = [f"{lines[-2]} {row.shown}"]
    x, y = place
    y -= 5 * up if middle else 0  # clear of both neighbours
    top = y - _LINE * (len(lines) * (1 + up) / 2) + _TEXT * 0.9
    for i, line in enumerate(lines):
        _put(canvas, "text", line, x=x, y=top + i * _LINE, text_anchor=anchor, fill=palette["ink"])


def _draw_losses(canvas: Element, rows: Sequence[_Row], palette: Palette) -> None:
    """Draw a track per indicator as long as its maximum, the lost points filled from the left."""
    labels = [f"{row.id} {row.name}" for row in rows]
    names = min(_NAMES, max((_width(label) for label in labels), default=0)) + 4
    left, top = names + 10, max((row.max for row in rows), default=Fraction(1))
    unit = (_TRACKS - left) / float(top)
    pitch = (392 - 8) / max(1, len(rows))
    thick = min(11, pitch * 0.6)
    for i, (row, label) in enumerate(zip(rows, labels, strict=True)):
        middle = 4 + pitch * (i + 0.5)
        shown = row.shown if row.value is None else f"{row.shown} / {number_text(row.max)}"
        group, base = SubElement(canvas, "g"), middle + _TEXT * 0.36
        SubElement(group, "title").text = f"{label}: {shown} {row.criteria}".rstrip()
        _put(group, "text", _cut(label, names), x=names, y=base, text_anchor="end", fill=palette["ink"])
        for length, fill in ((row.max, "track"), (row.value, "accent")):
            if length:
                bar = _put(group, "rect", x=left, y=middle - thick / 2, width=float(length) * unit)
                bar.attrib |= {"height": f"{thick:.1f}", "fill": palette[fill], "stroke": palette["grid"]}
        ink = palette["ink"] if row.value else palette["quiet"]
        _put(group, "text", shown, x=_TRACKS + 12, y=base, fill=ink)
        if row.criteria:
            room = 560 - _TRACKS - 70
            _put(group, "text", _cut(row.criteria, room), x=_TRACKS + 66, y=base, fill=palette["quiet"])


def _width(text: str) -> float:
    """Estimate how wide a text is: Chinese letters are square, others are half as wide on average."""
    return sum(_TEXT if _is_square(c) else _TEXT * 0.52 for c in text)


def _wrapped(text: str, room: float) -> list[str]:
    """Break a name into lines: English at spaces, Chinese anywhere."""
    lines = [""]
    for word in _words(text):
        if lines[-1] and _width((lines[-1] + word).rstrip()) > room:
            lines.append("")
        lines[-1] += word
    return [line.rstrip() for line in lines]


def _words(text: str) -> Iterator[str]:
    for square, letters in groupby(text, _is_square):
        run = "".join(letters)
        yield from run if square else re.findall(r"\S+\s*", run)


def _is_square(character: str) -> bool:
    return ord(character) > 0x2E7F


def _cut(text: str, room: float) -> str:
    """Shorten a text that does not fit; the table beside the chart has the whole."""
    if _width(text) <= room:
        return text
    while text and _width(text + "…") > room:
        text = text[:-1]
    return text + "…"
