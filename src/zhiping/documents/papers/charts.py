"""The charts of a result as SVG: the score among the grades, shares and losses by indicator, changes.

One source for screen, PDF and Word. Colours come from a palette and never carry meaning alone: every value
is printed beside its mark, and each chart has a description in words for those who do not see it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeGuard, cast
from xml.etree.ElementTree import Element, SubElement, tostring

from zhiping.documents.papers import fonts
from zhiping.domain.evaluation import Evaluation
from zhiping.domain.exact import number_text
from zhiping.domain.grading import shown
from zhiping.domain.region import Region
from zhiping.domain.result_document import Result, ScoreOut
from zhiping.domain.rubric import Rubric
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
_WIDE, _HIGH, _BAND = 560, 296, 96  # of every chart, of one with a row per indicator, of the band
_NAMES, _TRACKS = 240, 400  # of the bars: most room for names, right end of the longest track


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart: its SVG, its title, and what it shows in words (the alternative text)."""

    svg: str
    title: str
    words: str


@dataclass(frozen=True, slots=True)
class _Tick:
    """A score on the line of scores, and its label."""

    value: Fraction
    text: str


@dataclass(frozen=True, slots=True)
class _Row:
    """An indicator to draw: `value` its share earned or points lost, `shown` the same as text."""

    id: str
    name: str
    value: Fraction | None  # None while open
    shown: str
    max: Fraction
    criteria: str = ""


def drawn(result: Result, rubric: Rubric, about: Evaluation, palette: Palette = PRINT) -> dict[str, Chart]:
    """Return the charts of a concluded result by name; `changes` only where there is something to compare."""
    before, region = about.previous if _scored(about.previous) else None, about.region
    compared = {"changes": changes(result, before, region, palette)} if before or region else {}
    return {
        "band": band(result, rubric, before, region, palette),
        "shares": shares(result, before, palette),
        "losses": losses(result, palette),
        **compared,
    }


def band(
    result: Result,
    rubric: Rubric,
    before: Result | None = None,
    region: Region | None = None,
    palette: Palette = PRINT,
) -> Chart:
    """Return the graded score on a line from the least bound shown to all points, with bounds and ticks."""
    bounds = [
        _Tick(b.lower, say("charts.band.bound", name=translated(b.name), lower=number_text(b.lower)))
        for b in rubric.bands
        if b.lower > 0
    ]
    scores = [("now", result["score"]["graded"])]
    scores += [("last", before["score"]["graded"])] if before else []
    scores += [("region", number_text(region.graded))] if region else []
    ticks = [
        _Tick(Fraction(score), say(f"charts.band.{name}", score=shown(Fraction(score))))
        for name, score in scores
        if score is not None
    ]
    scores_text, bounds_text = (say("wording.comma").join(t.text for t in row) for row in (ticks, bounds))
    words = say("charts.band.words", scores=scores_text, bounds=bounds_text)
    canvas = _canvas("band", (_WIDE, _BAND), say("charts.band.title"), words)
    _draw_band(canvas, ticks, bounds, rubric.base_max + rubric.bonus_max, palette)
    return _finished(canvas)


def shares(result: Result, before: Result | None = None, palette: Palette = PRINT) -> Chart:
    """Return the share of its points each indicator earned, the lowest first, the bonus left out.

    An indicator that is still open has no solid part, comes last and is labelled as open.
    """
    rows = sorted(_base(result), key=lambda row: 2 if row.value is None else row.value)
    shares = say("wording.comma").join(say("charts.share", name=r.name, share=r.shown) for r in rows)
    words = say("charts.shares.words", shares=shares)
    title = say("charts.shares.title_last" if _scored(before) else "charts.shares.title")
    canvas = _canvas("shares", (_WIDE, _HIGH), title, words)
    _draw_shares(canvas, rows, _shares_of(before), palette)
    return _finished(canvas)


def changes(
    result: Result, before: Result | None, region: Region | None = None, palette: Palette = PRINT
) -> Chart:
    """Return each indicator's share last time and now, in table order, and the region's mean."""
    last = _shares_of(before)
    mean = {}
    if region:
        mean = {r.id: region.indicators[r.id] / r.max for r in _base(result) if r.id in region.indicators}
    rows = [_moved(row, last, mean) for row in _base(result)]
    moves = say("wording.comma").join(say("charts.share", name=r.name, share=r.shown) for r in rows)
    kind = "both" if last and mean else "last" if last else "region"
    words = say("charts.changes.words", moves=moves)
    canvas = _canvas("changes", (_WIDE, _HIGH), say(f"charts.changes.{kind}"), words)
    _draw_changes(canvas, rows, last, mean, palette)
    return _finished(canvas)


def losses(result: Result, palette: Palette = PRINT) -> Chart:
    """Return the points each indicator lost of its maximum, in table order, with the criteria that lost them.

    An indicator that is still open has no bar and is labelled as open; the bonus loses nothing.
    """
    rows = [_loss(row, result) for row in result["indicators"] if not row["bonus"]]
    losses = [say("charts.loss", name=r.name, lost=r.shown, criteria=r.criteria) for r in rows if r.value]
    words = say("charts.losses.words", losses=say("wording.comma").join(losses) or say("charts.no_loss"))
    canvas = _canvas("losses", (_WIDE, _HIGH), say("charts.losses.title"), words)
    _draw_losses(canvas, rows, palette)
    return _finished(canvas)


def means(
    name: str, title: str, rows: Sequence[tuple[str, str, Fraction]], palette: Palette = PRINT
) -> Chart:
    """Return shares as tracks of one length, in the order given, the rest of each solid at its end.

    `rows`: id, name, share; `name`: the chart's.
    """
    found = [
        _Row(i, fonts.replaced(text), share, _cut_percent(share), Fraction(1)) for i, text, share in rows
    ]
    shares = say("wording.comma").join(
        say("charts.share", name=f"{r.id} {r.name}".strip(), share=r.shown) for r in found
    )
    high = min(_HIGH, 12 + 22 * len(found))
    canvas = _canvas(name, (_WIDE, high), title, say("charts.means", shares=shares))
    _draw_shares(canvas, found, {}, palette)
    return _finished(canvas)


def _cut_percent(share: Fraction) -> str:
    """Write a mean as a percentage with two decimals, cut as every score that is shown."""
    return f"{shown(share * 100)}%"


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


def _scored(result: Result | None) -> TypeGuard[Result]:
    return result is not None and result["score"]["graded"] is not None


def _base(result: Result) -> list[_Row]:
    """Return the share each indicator of the base score earned."""
    return [_share(row) for row in result["indicators"] if not row["bonus"]]


def _share(row: ScoreOut) -> _Row:
    top = Fraction(row["max"])
    share = None if row["score"] is None else Fraction(row["score"]) / top
    return _Row(row["id"], _name(row), share, _percent(share), top)


def _percent(share: Fraction | None) -> str:
    return say("charts.open") if share is None else wording.percent(number_text(share))


def _shares_of(result: Result | None) -> dict[str, Fraction]:
    rows = _base(result) if result else ()
    return {row.id: row.value for row in rows if row.value is not None}


def _moved(row: _Row, last: Mapping[str, Fraction], mean: Mapping[str, Fraction]) -> _Row:
    """Write beside a share what it was, and the region's mean."""
    then, beside = last.get(row.id), mean.get(row.id)
    shown = row.shown if then is None else f"{_percent(then)} → {row.shown}"
    if beside is not None:
        shown = say("charts.changes.beside", shown=shown, mean=_percent(beside))
    return replace(row, shown=shown)


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


def _draw_band(
    canvas: Element, ticks: Sequence[_Tick], bounds: Sequence[_Tick], full: Fraction, palette: Palette
) -> None:
    """Draw the line up to the first tick solid, the bounds with their names below, the ticks above.

    The line begins a little below what is on it: points between 0 and the lowest bound do not matter.
    """
    least = Fraction(max(0, int(min(tick.value for tick in (*ticks, *bounds))) - 10))
    top, thick = 52, 16

    def at(value: Fraction) -> float:
        return 6 + (_WIDE - 12) * float((value - least) / (full - least))

    for end, fill in ((full, "track"), (ticks[0].value, "accent")):
        bar = _put(canvas, "rect", x=6, y=top, width=at(end) - 6)
        bar.attrib |= {"height": str(thick), "fill": palette[fill], "stroke": palette["grid"]}
    below = top + thick + 18
    for value, anchor in ((least, "start"), (full, "end")):
        text = number_text(value)
        _put(canvas, "text", text, x=at(value), y=below, text_anchor=anchor, fill=palette["quiet"])
    for bound in bounds:
        x = at(bound.value)
        _put(canvas, "line", x1=x, x2=x, y1=top - 4, y2=below - 12, stroke=palette["ink"])
        _put(canvas, "text", bound.text, x=x, y=below, text_anchor="middle", fill=palette["ink"])
    for row, tick in enumerate(sorted(ticks, key=lambda tick: tick.value)):
        x, half, y = at(tick.value), _width(tick.text) / 2, 10 + 13 * row  # near scores stay apart
        middle = min(max(x, 6 + half), _WIDE - 6 - half)
        _put(canvas, "text", tick.text, x=middle, y=y, text_anchor="middle", fill=palette["ink"])
        _put(canvas, "line", x1=x, x2=x, y1=y + 3, y2=top, stroke=palette["ink"], stroke_width="1.5")


def _draw_shares(
    canvas: Element, rows: Sequence[_Row], before: Mapping[str, Fraction], palette: Palette
) -> None:
    """Draw a track per indicator, all of one length: the share lost is solid at its end, the last a tick."""
    for row, place in _tracks(canvas, rows, palette):
        width = _TRACKS - place.left
        _bar(place, place.left, width, palette["track"], palette)
        if row.value is not None and row.value < 1:
            lost = width * float(1 - row.value)
            _bar(place, _TRACKS - lost, lost, palette["accent"], palette)
        if row.id in before:
            _tick(place, before[row.id], palette["ink"])
        _put(place.group, "text", row.shown, x=_TRACKS + 12, y=place.base, fill=palette["ink"])


def _draw_changes(
    canvas: Element,
    rows: Sequence[_Row],
    before: Mapping[str, Fraction],
    mean: Mapping[str, Fraction],
    palette: Palette,
) -> None:
    """Draw a line per indicator from its last share, a ring, to this one, a dot; the region's mean a tick."""
    for row, place in _tracks(canvas, rows, palette):
        y = place.middle
        _put(place.group, "line", x1=place.left, x2=_TRACKS, y1=y, y2=y, stroke=palette["grid"])
        if row.id in mean:
            _tick(place, mean[row.id], palette["quiet"])
        now = place.at(row.value or Fraction(0))
        if row.id in before:
            then = place.at(before[row.id])
            line = _put(place.group, "line", x1=then, x2=now, y1=y, y2=y, stroke=palette["accent"])
            line.set("stroke-width", "3")
            _put(place.group, "circle", cx=then, cy=y, r=4, fill=palette["track"], stroke=palette["ink"])
        _put(place.group, "circle", cx=now, cy=y, r=4, fill=palette["accent"])
        _put(place.group, "text", row.shown, x=_TRACKS + 12, y=place.base, fill=palette["ink"])


def _draw_losses(canvas: Element, rows: Sequence[_Row], palette: Palette) -> None:
    """Draw a track per indicator as long as its maximum, the lost points filled from the left."""
    top = max((row.max for row in rows), default=Fraction(1))
    for row, place in _tracks(canvas, rows, palette):
        unit = (_TRACKS - place.left) / float(top)
        for length, fill in ((row.max, "track"), (row.value, "accent")):
            if length:
                _bar(place, place.left, float(length) * unit, palette[fill], palette)
        shown = row.shown if row.value is None else f"{row.shown} / {number_text(row.max)}"
        ink = palette["ink"] if row.value else palette["quiet"]
        _put(place.group, "text", shown, x=_TRACKS + 12, y=place.base, fill=ink)
        if row.criteria:
            room = _WIDE - _TRACKS - 70
            _put(place.group, "text", _cut(row.criteria, room), x=_TRACKS + 66, y=place.base,
                 fill=palette["quiet"])  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Track:
    """The place of a row: its group, left end and middle of its track, thickness, base line of its text."""

    group: Element
    left: float
    middle: float
    thick: float
    base: float

    def at(self, share: Fraction) -> float:
        """Return where a share of the track ends."""
        return self.left + (_TRACKS - self.left) * float(share)


def _tracks(canvas: Element, rows: Sequence[_Row], palette: Palette) -> Iterator[tuple[_Row, _Track]]:
    """Write the name of each row at the left, and return where the rest of it goes."""
    labels = [f"{row.id} {row.name}" for row in rows]
    names = min(_NAMES, max((_width(label) for label in labels), default=0)) + 4
    pitch = (float(canvas.get("height", _HIGH)) - 8) / max(1, len(rows))
    thick = min(10, pitch * 0.6)
    for i, (row, label) in enumerate(zip(rows, labels, strict=True)):
        middle = 4 + pitch * (i + 0.5)
        group, base = SubElement(canvas, "g"), middle + _TEXT * 0.36
        SubElement(group, "title").text = f"{label}: {row.shown} {row.criteria}".rstrip()
        _put(group, "text", _cut(label, names), x=names, y=base, text_anchor="end", fill=palette["ink"])
        yield row, _Track(group, names + 10, middle, thick, base)


def _bar(place: _Track, x: float, width: float, fill: str, palette: Palette) -> None:
    bar = _put(place.group, "rect", x=x, y=place.middle - place.thick / 2, width=width)
    bar.attrib |= {"height": f"{place.thick:.1f}", "fill": fill, "stroke": palette["grid"]}


def _tick(place: _Track, share: Fraction, stroke: str) -> None:
    x = place.at(share)
    line = _put(place.group, "line", x1=x, x2=x, y1=place.middle - 8, y2=place.middle + 8, stroke=stroke)
    line.set("stroke-width", "2")


def _width(text: str) -> float:
    """Estimate how wide a text is: Chinese letters are square, others are half as wide on average."""
    return sum(_TEXT if _is_square(c) else _TEXT * 0.52 for c in text)


def _is_square(character: str) -> bool:
    return ord(character) > 0x2E7F


def _cut(text: str, room: float) -> str:
    """Shorten a text that does not fit; the table beside the chart has the whole."""
    if _width(text) <= room:
        return text
    while text and _width(text + "…") > room:
        text = text[:-1]
    return text + "…"
