"""What the report says, as plain data for its template: every text is ready, null is a fact nobody stated."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, cast

from zhiping.documents import charts, fonts, result_file, wording
from zhiping.documents.papers.context import Blank, Facts, facts
from zhiping.documents.texts import area, sayer
from zhiping.domain.evaluation import Evaluation
from zhiping.domain.grading import Change, band
from zhiping.domain.panel import called
from zhiping.domain.result import Result, for_operator
from zhiping.domain.rubric import Criterion, Rubric
from zhiping.domain.transparency import number_text

_LONG_WORD = re.compile(r"[!-~]{24,}")  # one that may be wider than its column
_FINGERPRINT = 20  # hexadecimal digits


def contents(result: Result, rubric: Rubric, evaluation: Evaluation, record: bytes, language: str) -> Facts:
    """Return the report's contents; `record`: the whole result.json, whose hash names it."""
    known = facts(evaluation, rubric, result, language)
    title = sayer(language)("report.title", platform=evaluation.platform.name)
    digest = hashlib.sha256(record).hexdigest()
    found = {
        **known,
        "label": area(language, "report")["label"],
        "language": language,
        "draft": result["status"] == "open",
        "title": title,
        "running": _cut(title, 48),
        "number": _cut(evaluation.report.number, 20),
        "fingerprint": " ".join(re.findall("....", digest[:_FINGERPRINT])),
        "deadline": _deadline(known, language),
        "bar": _bar(result, rubric, language),
        "table": _table(known, rubric),
        "open": _open(result, rubric, language),
        "flip": _flip(result, rubric, language),
        "deliberation": _deliberation(result, rubric, language),
        "hashes": _hashes(result, digest, language),
    }
    lacking = fonts.missing("".join(_texts(found)))
    replaced = sorted({*result["replaced_characters"], *(f"U+{ord(c):04X}" for c in lacking)})
    fit = cast("Facts", _fit(found, fonts.substitutes(lacking)))
    return fit | {"replaced": replaced, "charts": _charts(result, language)}


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - any tree of plain data
    """Yield every text of plain data."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, str):
            yield found
        elif isinstance(found, dict):
            waiting += found.values()
        elif isinstance(found, list | tuple):
            waiting += found


def _fit(value: Any, substitutes: Mapping[int, str]) -> Any:  # noqa: ANN401 - any tree of plain data
    """Return the data fit for print: blanks are null, long words may break, every glyph is there."""
    if isinstance(value, dict):
        return {k: _fit(v, substitutes) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_fit(item, substitutes) for item in value]
    if isinstance(value, str):
        if isinstance(value, Blank) or not value.strip():
            return None
        return _LONG_WORD.sub(_breakable, value.translate(substitutes) if substitutes else value)
    return value


def _breakable(word: re.Match[str]) -> str:
    return "\u200b".join(re.findall(".{1,8}", word[0]))


def _cut(text: str, most: int) -> str:
    """Shorten a text for the head or foot of every page."""
    return text if len(text) <= most else text[: most - 1] + "…"


def _charts(result: Result, language: str) -> dict[str, Facts] | None:
    """Return the charts with their captions and words; null while a criterion is open."""
    if result["status"] != "concluded":
        return None
    drawn = {"radar": (122, charts.radar(result, language)), "losses": (140, charts.losses(result, language))}
    return {
        name: {"svg": chart.svg, "width": millimetres, "caption": chart.title, "alt": chart.words}
        for name, (millimetres, chart) in drawn.items()
    }


def _deadline(known: Facts, language: str) -> str:
    """Say by when the operator improves; "" while there is no grade or nothing to improve."""
    found = known["result"]
    if not (found["deadline"] and found["findings"]):
        return ""
    operator = known["platform"]["operator"] or sayer(language)("report.label.operator")
    return sayer(language)(
        "report.deadline", operator=operator, deadline=found["deadline"], word=found["word"]
    )


def _bar(result: Result, rubric: Rubric, language: str) -> Facts | None:
    """Return the graded score against the bounds, as shares of all points; null while open."""
    graded, full = result["score"]["graded"], rubric.base_max + rubric.bonus_max
    if graded is None:
        return None
    say = sayer(language)
    bounds = [
        {
            "share": float(band.lower / full),
            "text": say("report.alt.bound", name=band.name[language], lower=number_text(band.lower)),
        }
        for band in reversed(rubric.bands)
        if band.lower > 0
    ]
    shown = result["shown"]["graded"]
    texts = say("wording.comma").join(str(bound["text"]) for bound in bounds)
    return {
        "share": float(Fraction(graded) / full),
        "shown": shown,
        "bounds": bounds,
        "alt": say("report.alt.bar", score=shown, bounds=texts),
    }


def _table(known: Facts, rubric: Rubric) -> list[Facts]:
    """Return the scored table: dimensions with their indicators, these with their criteria (Table A.1)."""
    found = known["result"]
    rows = {row["id"]: row for row in found["criteria"]}
    parts = {row["id"]: row for row in found["indicators"]}
    return [
        {
            **row,
            "indicators": [
                {**parts[indicator.id], "criteria": [_grounds(rows[c.id], c) for c in indicator.criteria]}
                for indicator in dimension.indicators
            ],
        }
        for row, dimension in zip(found["dimensions"], rubric.dimensions, strict=True)
    ]


def _grounds(row: wording.Row, criterion: Criterion) -> wording.Row:
    """Name beside an earned bonus the media or the honour, which may stand in the note."""
    return {**row, "reason": row["reason"] or row["note"]} if criterion.bonus else row


def _open(result: Result, rubric: Rubric, language: str) -> list[wording.Row]:
    """Return the criteria that wait for deliberation."""
    home, say = wording.indicator_names(rubric, language), sayer(language)
    return [
        {
            "id": point["id"],
            "indicator": home[point["id"]],
            "text": rubric.criteria[point["id"]].text[language],
            "why": say(f"report.open.{point['why']}"),
        }
        for point in result["open"]
    ]


def _flip(result: Result, rubric: Rubric, language: str) -> list[str]:
    """Say how few criteria would have to change to give another grade.

    Which criteria and marks they are would tell single members' marks to the operator, who gets the report.
    """
    flip, say = result["flip"], sayer(language)
    if flip is None or result["policy"]["method"] == "panel":
        return []
    grades = [b.grade for b in rubric.bands]
    at = grades.index(str(result["grade"]))
    texts = []
    for way, changes, possible in (("up", flip["up"], at > 0), ("down", flip["down"], at < len(grades) - 1)):
        if not possible:
            continue
        target = _flipped(result, rubric, changes) if changes else grades[at - 1]
        texts.append(
            say(
                f"report.flip.{way}" if changes else f"report.flip.no_{way}",
                own=wording.grade_name(rubric, result["grade"], language),
                grade=wording.grade_name(rubric, target, language),
                count=len(changes or ()),
            )
        )
    return texts


def _flipped(result: Result, rubric: Rubric, changes: Sequence[Change]) -> str:
    """Return the grade a flip set leads to."""
    moved = sum((Fraction(c["to"]) - Fraction(c["points"]) for c in changes), Fraction(0))
    return band(rubric.bands, Fraction(result["score"]["graded"] or 0) + moved).grade


def _deliberation(result: Result, rubric: Rubric, language: str) -> Facts:
    """Return what the panel settled together, with reasons, without single members' marks.

    That there is a dissent is said; its text often names a mark and stays in the panel's minutes.
    """
    home, say = wording.indicator_names(rubric, language), sayer(language)
    rows = [
        {
            "id": c["id"],
            "indicator": home[c["id"]],
            "agreed": wording.points(c["agreed"]),
            "reason": c["agreed_reason"],
            "dissent": say("report.dissented") if c["dissent"] else "",
        }
        for c in result["criteria"]
        if c["agreed_reason"] or c["dissent"]
    ]
    settled = "open" if result["open"] else result["policy"]["method"]
    return {"rows": rows, "none": say(f"report.settled.{settled}")}


def _hashes(result: Result, digest: str, language: str) -> list[wording.Row]:
    """Return what was computed from what: file by file its SHA-256."""
    say, table = sayer(language), result["rubric"]
    names = called((sheet["name"], sheet["expert_id"]) for sheet in result["sheets"])
    rows = [
        (say("report.hash.result"), digest),
        (say("report.hash.embedded"), hashlib.sha256(result_file.dumps(for_operator(result))).hexdigest()),
        (say("report.hash.scale"), table["scale_sha256"]),
        (say("report.hash.wording"), table["wording_sha256"]),
        (say("report.hash.guidance"), result["guidance_sha256"] or ""),
        *(
            (say("report.hash.sheet", name=name), sheet["sha256"])
            for name, sheet in zip(names, result["sheets"], strict=True)
        ),
    ]
    return [{"name": name, "sha256": " ".join(re.findall(".{1,16}", value))} for name, value in rows]
