"""A result in words: what the report and the papers say in the same way, PDF and Word alike.

The texts are in the catalogue's room `wording`. Every function gets plain data and returns
texts or rows of texts; a fact that is not stated becomes an empty text.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from typing import Any

from zhiping.domain.evaluation import Evaluation
from zhiping.domain.exact import number_text
from zhiping.domain.grading import shown
from zhiping.domain.result_document import Result
from zhiping.domain.rubric import Criterion, Level, Rubric
from zhiping.domain.schedule import Due
from zhiping.texts.catalogue import say, translated

Row = dict[str, str]
FIRM_AGREEMENT = 5  # members below which α is given without a verdict
MOST = 3  # indicators named as those that lost most


def date_text(day: dt.date | str | None) -> str:
    """Write a day in full ("2025年9月1日", "1 September 2025"); an ISO text is read first."""
    if not day:
        return ""
    found = dt.date.fromisoformat(day) if isinstance(day, str) else day
    month = say("wording.months").split()[found.month - 1]
    return say("wording.date", year=found.year, month=month, day=found.day)


def dated(text: str) -> str:
    """Write the days of a text in full and its hours without a leading zero: "2025年9月10日 9:00"."""

    def day(found: re.Match[str]) -> str:
        with suppress(ValueError):
            return date_text(found[0])
        return found[0]  # no day of the calendar

    return re.sub(r"\b0(?=\d:[0-5]\d\b)", "", re.sub(r"\b\d{4}-\d\d-\d\d\b", day, text))


def span_text(start: dt.date | str | None, end: dt.date | str | None) -> str:
    """Write a span of days; a single day without a dash."""
    first, last = date_text(start), date_text(end)
    if first and last and first != last:
        return say("wording.span", start=first, end=last)
    return first or last


_STANDARD = re.compile(r"((?:GB|DB\d*|T|[A-Z]{2})(?:/[A-Z]+)?[ 　]?[\d.]+[-—–]\d{4})[ 　]*(\S.*)")


def titled(basis: str) -> str:
    """Write a basis as the language does: a title in 《》, a standard's number behind it in brackets.

    One that has 《》, or the number of an official document (〔2025〕6号), is kept as written.
    """
    if "《" in basis or re.search(r"[〔\[（(]\d{4}[〕\]）)].*号", basis):
        return basis
    standard = _STANDARD.fullmatch(basis)
    if standard:
        return say("wording.titled_standard", number=standard[1], title=standard[2])
    return say("wording.titled", title=basis)


def due_text(due: Due | None) -> str:
    """Write the last day of a period ("至2026年7月14日"), provisional while its holidays are unpublished."""
    if due is None:
        return ""
    kind = "provisional" if due.provisional else "known"
    return say(f"wording.due.{kind}", date=date_text(due.date))


def points(number: str | None) -> str:
    """Write points for a reader, without zeros at the end; cut to two decimals if they have no end."""
    if number is None:
        return ""
    return number_text(Fraction(shown(Fraction(number)) if "/" in number else number))


def lost(criterion: Mapping[str, Any]) -> str:
    """Write the points a criterion lost: what its printed points leave of the maximum; "" for a bonus."""
    if criterion.get("lost") is None:
        return ""
    return points(number_text(Fraction(criterion["max"]) - Fraction(criterion["shown"])))


def joined(texts: Iterable[str]) -> str:
    """Join sentences into one: only the last keeps its full stop. One that another contains is left out."""
    given = list({bare(text): text for text in texts}.items())
    whole = [text for own, text in given if not any(own != other and own in other for other, _ in given)]
    *first, last = whole or [""]
    return say("wording.semicolon").join([*map(bare, first), last])


def bare(text: str) -> str:
    """Return a sentence without the stop at its end."""
    return text.rstrip("。；;. ")


def percent(number: str | None) -> str:
    """Write an exact share as a percentage with one decimal, rounded half up."""
    if number is None:
        return ""
    tenths = int(Fraction(number) * 1000 + Fraction(1, 2))
    return f"{tenths // 10}.{tenths % 10}%"


def level_text(level: Level, step: Fraction | None = None) -> str:
    """Write a level with its points: "2 分：……", "0～1 分：……", "0～1.5 分（以 0.5 分为一档）：……".

    `step`: the policy's, inside ranges that bring none of their own; whole steps go without saying.
    """
    text = translated(level.text)
    low, high = number_text(level.low), number_text(level.high)
    own = level.step or step
    if level.exact:
        return say("wording.level.exact", mark=high, text=text)
    if own is None or own == 1:
        return say("wording.level.range", low=low, high=high, text=text)
    return say("wording.level.stepped", low=low, high=high, step=number_text(own), text=text)


def grade_name(rubric: Rubric, grade: str | None) -> str:
    """Return a grade's printed name; "" while there is none."""
    return next((translated(band.name) for band in rubric.bands if band.grade == grade), "")


def policy_rows(policy: Mapping[str, Any]) -> list[Row]:
    """Return the rulings as `{"point", "ruling"}`, the fixed ones included."""

    def row(name: str, ruling: str | None = None, **data: Any) -> Row:  # noqa: ANN401 - what the text needs
        key = f"wording.policy.{name}"
        return {"point": say(f"{key}.point"), "ruling": say(f"{key}.{ruling or 'ruling'}", **data)}

    return [
        row("method", str(policy["method"])),
        row("bands"),
        row("display"),
        row("bonus", "counts" if policy["bonus_counts"] else "apart"),
        row("step", step=policy["step"]),
        row("clock", str(policy["clock"])),
        row("trigger", days=policy["trigger_days"]),
        row("draft", "none") if policy["draft_days"] is None else row("draft", days=policy["draft_days"]),
        row("review", days=policy["review_days"]),
        row("deadline", rectify=policy["rectify_days"], improve=policy["improve_days"]),
        {"point": say("wording.policy.retention.point"), "ruling": retention_text(str(policy["retention"]))},
    ]


def retention_text(retention: str) -> str:
    """Write how long the record of an evaluation is kept."""
    if retention == "permanent":
        return say("wording.policy.retention.permanent")
    return say("wording.policy.retention.ruling", years=retention)


def check_rows(checks: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Return the panel's checks as `{"name", "state", "detail"}`; `state` is the word, not the code."""
    rows = []
    for check in checks:
        data = check["data"]
        names = data.get("indicators") or data.get("experts") or ()
        text = f"wording.checks.{check['code']}.{check['state']}"
        if check["state"] == "not_shown" and not names and "indicators" not in data:
            text = "wording.nothing_stated"
        elif check["code"] == "lead" and not names:
            text = "wording.checks.lead.none"
        detail = say(text, who=say("wording.comma").join(names), members=data.get("members", ""))
        if unconfirmed := data.get("unconfirmed"):
            detail = say("wording.checks.declaration.unconfirmed", who=say("wording.comma").join(unconfirmed))
            if others := [name for name in names if name not in unconfirmed]:
                detail = say("wording.semicolon").join(
                    (say(text, who=say("wording.comma").join(others)), detail)
                )
        rows.append(
            {
                "name": say(f"wording.checks.{check['code']}.name"),
                "state": say(f"wording.state.{check['state']}"),
                "detail": detail,
            }
        )
    return rows


def draw_conditions(conditions: Iterable[tuple[str, Mapping[str, Any]]]) -> list[str]:
    """Return the conditions of a draw, (code, data) of `domain.draw`, one sentence each."""
    comma, found = say("wording.comma"), []
    for code, data in conditions:
        said = {name: comma.join(v) if isinstance(v, list) else v for name, v in data.items()}
        found.append(say(f"draw.conditions.{code}", **said))
    return found


def score_rows(result: Result, part: str) -> list[Row]:
    """Return `dimensions` or `indicators` as `{"id", "name", "max", "score", "share"}`."""
    rows: Sequence[Mapping[str, Any]] = result["dimensions"] if part == "dimensions" else result["indicators"]
    return [
        {
            "id": row["id"],
            "name": translated(row["name"]) or row["name"]["zh"],
            "max": points(row["max"]),
            "score": points(row["shown"]),
            "share": percent(number_text(Fraction(row["score"]) / Fraction(row["max"])))
            if row["score"] is not None
            else "",
        }
        for row in rows
    ]


def criterion_rows(rubric: Rubric, result: Result | None = None) -> list[Row]:
    """Return the table's criteria in order, with the panel's points and reasons where there is a result.

    Keys: `id dimension indicator focus title text max levels score lost reason advice note`. Single members'
    marks are not in it, so it may be shown to the operator.
    """
    outcome = {c["id"]: c for c in result["criteria"]} if result else {}
    step = Fraction(result["policy"]["step"]) if result else None
    rows = []
    for dimension in rubric.dimensions:
        for indicator in dimension.indicators:
            for c in indicator.criteria:
                found: Mapping[str, Any] = outcome.get(c.id, {})
                rows.append(
                    {
                        "id": c.id,
                        "dimension": translated(dimension.name),
                        "indicator": translated(indicator.name),
                        "focus": translated(indicator.focus),
                        "title": translated(c.title),
                        "text": translated(c.text),
                        "max": number_text(c.max),
                        "levels": "\n".join(level_text(level, step) for level in c.levels),
                        "score": points(found.get("shown")),
                        "lost": lost(found),
                        "reason": found.get("agreed_reason") or reason(c, found.get("reasons", ())),
                        "advice": joined(found.get("advice", ())),
                        "note": joined(found.get("notes", ())),
                    }
                )
    return rows


def reading_rows(result: Result, rubric: Rubric) -> list[Row]:
    """Return the readings as `{"method", "bonus", "score", "grade"}`; an undefined one has its reason."""
    own = {"consensus": "panel"} if result["policy"]["method"] == "panel" else {}
    return [
        {
            "method": say(f"wording.readings.{own.get(r['method'], r['method'])}")
            + (say("wording.official") if r["official"] else ""),
            "bonus": say("wording.with_bonus" if r["bonus"] else "wording.without_bonus"),
            "score": r["shown"] or say("wording.dash"),
            "grade": grade_name(rubric, r["grade"]) or say(f"wording.why.{r['why']}"),
        }
        for r in result["readings"]
    ]


def readings_text(result: Result, rubric: Rubric) -> str:
    """Say in how many of the defined readings each grade comes out."""
    grades = [r["grade"] for r in result["readings"] if r["grade"]]
    parts = [
        say("wording.reading_count", grade=translated(band.name), count=grades.count(band.grade))
        for band in rubric.bands
        if band.grade in grades
    ]
    return say("wording.readings_text", all=len(grades), parts=say("wording.semicolon").join(parts))


def margin_text(result: Result, rubric: Rubric) -> str:
    """Say how far the score is from the next bound and above its own; "" while open."""
    margin = result["margin"]
    if margin is None:
        return ""
    to_next, above_own = distances(result, rubric)
    parts = []
    if to_next is not None:
        name = grade_name(rubric, margin["next_grade"])
        parts.append(say("wording.to_next", points=points(number_text(to_next)), grade=name))
    if above_own is not None:
        name = grade_name(rubric, result["grade"])
        parts.append(say("wording.above_own", points=points(number_text(above_own)), grade=name))
    return say("wording.semicolon").join(parts)


def distances(result: Result, rubric: Rubric) -> tuple[Fraction | None, Fraction | None]:
    """Return how far the shown score is from the next bound and above its own; None where there is none."""
    margin = result["margin"]
    if margin is None:
        return None, None
    bounds, graded = {b.grade: b.lower for b in rubric.bands}, Fraction(result["shown"]["graded"] or 0)
    to_next = None if margin["next_grade"] is None else bounds[margin["next_grade"]] - graded
    above_own = None if margin["above_own"] is None else graded - bounds[str(result["grade"])]
    return to_next, above_own


def platform_row(result: Result, rubric: Rubric) -> Row:
    """Write a result as one row of a list of platforms."""
    platform, visit = result["platform"], result["visit"]
    to_next, above_own = distances(result, rubric)
    return {
        **{name: platform[name] for name in ("name", "operator", "region")},
        **{name: result["shown"][name] or "" for name in ("base", "bonus", "total")},
        "visit": span_text(visit["start"], visit["end"]),
        "grade": grade_name(rubric, result["grade"]),
        "to_next": "" if to_next is None else points(number_text(to_next)),
        "above_own": "" if above_own is None else points(number_text(above_own)),
        "findings": str(len(result["findings"])),
    }


def agreement_text(result: Result) -> str:
    """Say how far the members' marks agree, without naming anybody's; no verdict for small panels."""
    found = result["agreement"]
    if found["unanimous"] is None:
        return say("wording.no_single_marks")
    alpha = shown(Fraction(found["alpha"])) if found["alpha"] is not None else say("wording.undefined")
    text = say(
        "wording.agreement",
        alpha=alpha,
        unanimous=percent(found["unanimous"]),
        range=shown(Fraction(found["mean_range"] or 0)),
    )
    return text + (say("wording.small_panel") if len(result["sheets"]) < FIRM_AGREEMENT else "")


def ceiling_text(result: Result, rubric: Rubric) -> str:
    """Say the most a platform of this channel could earn; "" where the channel caps nothing."""
    parts = [
        say(
            "wording.ceiling",
            reading=say(f"wording.reading.{c['reading']}"),
            base=points(c["base"]),
            total=points(c["total"]),
            grade=grade_name(rubric, c["grade"]),
        )
        for c in result["ceiling"]
    ]
    if not parts:
        return ""
    channel = say(f"wording.channel.{result['channel']}")
    return say("wording.ceilings", channel=channel, parts=say("wording.semicolon").join(parts))


def overview(result: Result, rubric: Rubric, evaluation: Evaluation) -> list[str]:
    """Return the overall situation in paragraphs (8.3): the people's own words first, then the figures."""
    own = [p for p in evaluation.report.overview.splitlines() if p.strip()]
    if result["status"] == "refused":
        return [*own, say("wording.refused")]
    if result["grade"] is None:
        return [*own, say("wording.still_open", count=len(result["open"]))]
    band = next(b for b in rubric.bands if b.grade == result["grade"])
    figures = say(
        "wording.figures",
        **{k: v or "" for k, v in result["shown"].items()},
        grade=translated(band.name),
        meaning=translated(band.meaning),
    )
    shares = say("wording.comma").join(
        say("wording.share", **row)
        for row, part in zip(score_rows(result, "dimensions"), result["dimensions"], strict=True)
        if not part["bonus"]
    )
    return [*own, figures, say("wording.shares", shares=shares), losses_text(result, rubric)]


def losses_text(result: Result, rubric: Rubric) -> str:
    """Say how many points were lost on how many criteria, and where most."""
    findings = result["findings"]
    if not findings:
        return say("wording.no_losses")
    by_indicator: dict[str, Fraction] = {}
    home, outcome = indicator_names(rubric), {c["id"]: c for c in result["criteria"]}
    for finding in findings:
        name = home[finding["id"]]
        by_indicator[name] = by_indicator.get(name, Fraction(0)) + Fraction(lost(outcome[finding["id"]]))
    return say(
        "wording.losses",
        count=len(findings),
        lost=points(number_text(sum(by_indicator.values(), Fraction(0)))),
        where=_most_lost(sorted(by_indicator.items(), key=lambda item: -item[1])),
    )


def _most_lost(losses: Sequence[tuple[str, Fraction]]) -> str:
    """Name the indicators that lost most, at most MOST of them, each strictly ahead of all not named."""
    values = [value for _, value in losses]
    ahead = [n for n in range(1, MOST + 1) if n >= len(values) or values[n - 1] > values[n]]
    named = min(max(ahead, default=0), len(values))
    rest = values[named:]
    if not named:
        alike = values.count(values[0])
        key = "spread_alike" if alike == len(values) else "spread"
        return say(f"wording.lost.{key}", count=len(values), most=alike, each=points(number_text(values[0])))
    names = say("wording.comma").join(
        say("wording.lost.in", name=name, lost=points(number_text(value))) for name, value in losses[:named]
    )
    if not rest:
        return say("wording.lost.only", names=names)
    key = "rest_each" if rest[0] == rest[-1] else "rest"
    shared = points(number_text(rest[0] if key == "rest_each" else sum(rest, Fraction(0))))
    return say(f"wording.lost.{key}", names=names, count=len(rest), lost=shared)


def indicator_names(rubric: Rubric) -> dict[str, str]:
    """Return each criterion's indicator by name, by criterion id."""
    return {c.id: translated(i.name) for i in rubric.indicators for c in i.criteria}


def finding_rows(result: Result, rubric: Rubric) -> list[Row]:
    """Return what lost points as `{"no", "id", "indicator", "title", "text", "lost", "reason", "advice"}`."""
    home, outcome = indicator_names(rubric), {c["id"]: c for c in result["criteria"]}
    rows = []
    for no, finding in enumerate(result["findings"], 1):
        criterion = rubric.criteria[finding["id"]]
        rows.append(
            {
                "no": str(no),
                "id": finding["id"],
                "indicator": home[finding["id"]],
                "title": translated(criterion.title),
                "text": translated(criterion.text),
                "lost": lost(outcome[finding["id"]]),
                "reason": reason(criterion, finding["reasons"]),
                "advice": joined(finding["advice"]),
            }
        )
    return rows


def reason(criterion: Criterion, reasons: Iterable[str]) -> str:
    """Join the reasons of a criterion; one that is a level's wording is written in the reader's language."""
    levels = {
        words: translated(level.text)
        for level in criterion.levels
        for words in (level.text.zh, level.text.en)  # a form is filled in either language
    }
    return joined(levels.get(text, text) for text in reasons)


def note_texts(result: Result) -> list[str]:
    """Return the result's notes as sentences."""
    return [note_text(note["code"], note["data"]) for note in result["notes"]]


def note_text(code: str, data: Mapping[str, Any]) -> str:
    """Return a note as a sentence."""
    words = {key: listed(value) for key, value in data.items()}
    if "channel" in words:
        words["channel"] = say(f"wording.channel.{words['channel']}")
    return say(f"wording.notes.{code}", **words)


def listed(value: Any) -> str:  # noqa: ANN401 - a value of a result's data
    """Write a value, a list of values, or a person with organisations as running text."""
    if isinstance(value, Mapping):
        return say("wording.of", name=value["name"], what=listed(value["organisations"]))
    if isinstance(value, list | tuple):
        return say("wording.comma").join(map(listed, value))
    return str(value)
