"""What a report concludes: strengths, findings in groups, measures, and how the platform has changed."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from zhiping.documents.files import result_file
from zhiping.documents.papers.facts.evaluation import Facts
from zhiping.domain.evaluation import Evaluation, Recommendation
from zhiping.domain.exact import number_text
from zhiping.domain.path import cheapest
from zhiping.domain.result_document import Result
from zhiping.domain.rubric import Rubric
from zhiping.texts import wording
from zhiping.texts.catalogue import say

GROUPS = ("urgent", "grade", "further")
MOST = 3  # strengths, weaknesses and measures on the page for the head of the authority


def conclusions(known: Facts, result: Result, rubric: Rubric, about: Evaluation) -> Facts:
    """Return the report's conclusions, from every paper's facts and the result."""
    groups = _groups(known, result, rubric, about)
    full, bonus = _full(known, rubric), _bonus(known, rubric)
    praised = [*about.report.highlights, *full, *bonus]
    measures = [_measure(one, known) for one in about.report.recommendations]
    worst = [row for group in groups for row in group["rows"]]
    return {
        "groups": groups,
        "highlights": [*about.report.highlights, *_joined(full), *bonus],
        "measures": measures,
        "comparison": _comparison(result, rubric, about),
        "summary": {
            "strengths": praised[:MOST],
            "weaknesses": [say("report.weakness", **row) for row in worst[:MOST]],
            "measures": measures[:MOST],
            "more": len(measures) > MOST,
            "firm": _firm(result, rubric),
        },
    }


# ── findings ───────────────────────────────────────────────────────────────────────────────────────────


def _groups(known: Facts, result: Result, rubric: Rubric, about: Evaluation) -> list[Facts]:
    """Return the findings by urgency, those that lost most first; groups without any are left out.

    What a platform of this channel cannot earn is neither urgent nor on the way to a grade.
    """
    rows = known["result"]["findings"]
    points, caps = result_file.points(result), _caps(result)
    steps = _steps(result, rubric, about, caps)
    beyond = {name for name, most in caps.items() if points.get(name, most) >= most}

    def group(name: str) -> str:
        lost_all = rubric.criteria[name].cliff and points.get(name) == 0
        if name in rubric.urgent or (lost_all and name not in beyond):
            return "urgent"
        return "grade" if name in steps else "further"

    def own(name: str) -> list[wording.Row]:
        found = [row for row in rows if group(row["id"]) == name]
        return sorted(found, key=lambda row: -Fraction(row["lost"]))

    return [
        {"name": say(f"report.groups.{name}.name"), "why": say(f"report.groups.{name}.why"), "rows": found}
        for name in GROUPS
        if (found := own(name))
    ]


def _caps(result: Result) -> dict[str, Fraction]:
    """Return the most a platform of this channel can earn, by criterion, in the lenient reading."""
    capped = (c["capped"] for c in result["ceiling"] if c["reading"] == "lenient")
    return {cap["id"]: Fraction(cap["max"]) for caps in capped for cap in caps}


def _steps(result: Result, rubric: Rubric, about: Evaluation, caps: Mapping[str, Fraction]) -> set[str]:
    """Return the criteria on the path to the next grade that is open to this channel."""
    if result["path"] is None:
        return set()
    target = next(band for band in rubric.bands if band.grade == result["path"]["to"])
    path = cheapest(rubric, result_file.points(result), target, about.policy, caps=caps)
    return {step["id"] for step in path["steps"] or ()}


# ── strengths and measures ─────────────────────────────────────────────────────────────────────────────


def _full(known: Facts, rubric: Rubric) -> list[str]:
    """Name the indicators with full marks, those of most points first."""
    bonus = {i.id for d in rubric.dimensions if d.bonus for i in d.indicators}
    full = [
        row
        for row in known["result"]["indicators"]
        if row["id"] not in bonus and row["score"] and row["score"] == row["max"]
    ]
    return [say("report.full", **row) for row in sorted(full, key=lambda row: -Fraction(row["max"]))]


def _joined(full: Sequence[str]) -> list[str]:
    return [say("report.all_full", count=len(full), names=say("wording.comma").join(full))] if full else []


def _bonus(known: Facts, rubric: Rubric) -> list[str]:
    """Name what earned a bonus, with the media or the honour."""
    return [
        say("report.earned", grounds=row["reason"] or row["note"], **row)
        for row in known["result"]["criteria"]
        if rubric.criteria[row["id"]].bonus and row["score"] not in ("", "0")
    ]


def _measure(one: Recommendation, known: Facts) -> wording.Row:
    """Return a recommendation as a row; where it names no one and no day, the operator and its deadline."""
    found = known["result"]
    within = found["due"] or (say("report.within", deadline=found["deadline"]) if found["deadline"] else "")
    return {
        "what": one.what,
        "who": one.who or str(known["platform"]["operator"]),
        "until": say("wording.due.known", date=wording.date_text(one.until)) if one.until else str(within),
        "check": one.check,
        "findings": say("wording.comma").join(one.findings),
    }


def _firm(result: Result, rubric: Rubric) -> str:
    """Say how firm the grade is: whether the open readings agree; "" while there is none."""
    if result["grade"] is None:
        return ""
    grades = {reading["grade"] for reading in result["readings"]} - {None}
    kind = "same" if len(grades) == 1 else "differ"
    return say(f"report.firm.{kind}", grade=wording.grade_name(rubric, result["grade"]))


# ── comparison ─────────────────────────────────────────────────────────────────────────────────────────


def _comparison(result: Result, rubric: Rubric, about: Evaluation) -> Facts | None:
    """Return the last evaluation and the region's mean beside this one; None without a score, or either."""
    before, region = about.previous, about.region
    if before is not None and before["grade"] is None:
        before = None
    if result["grade"] is None or (before is None and region is None):
        return None
    texts = []
    if before is not None:
        texts += [_change(before, result, rubric), *_findings_since(before, result, rubric)]
    if region is not None:
        mean = wording.points(number_text(region.graded))
        texts.append(say("report.comparison.region", count=region.platforms, score=mean))
    return {"texts": texts, "last": before is not None, "mean": region is not None}


def _change(before: Result, result: Result, rubric: Rubric) -> str:
    """Say what the score and the grade were, and what they are."""
    moved = Fraction(result["shown"]["graded"] or 0) - Fraction(before["shown"]["graded"] or 0)
    way = "up" if moved > 0 else "down" if moved < 0 else "same"
    return say(
        f"report.comparison.{way}",
        before=before["shown"]["graded"],
        grade_before=wording.grade_name(rubric, before["grade"]),
        now=result["shown"]["graded"],
        grade=wording.grade_name(rubric, result["grade"]),
        points=wording.points(number_text(abs(moved))),
    )


def _findings_since(before: Result, result: Result, rubric: Rubric) -> list[str]:
    """Say which old findings are closed, which came again, and which are new."""
    old, new = (list(_ids(one["findings"])) for one in (before, result))
    sets = {
        "closed": [name for name in old if name not in new],
        "again": [name for name in old if name in new],
        "fresh": [name for name in new if name not in old],
    }
    home = wording.indicator_names(rubric)
    return [
        say(
            f"report.comparison.{kind}",
            count=len(names),
            names=say("wording.comma").join(say("report.named", id=n, name=home[n]) for n in names),
        )
        for kind, names in sets.items()
        if names
    ]


def _ids(findings: Iterable[Mapping[str, object]]) -> Sequence[str]:
    return [str(finding["id"]) for finding in findings]
