"""Facts of the report (8.3) beside those of every paper, for PDF and Word alike."""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

from zhiping.documents.files import result_file
from zhiping.documents.papers.facts.conclusions import conclusions
from zhiping.documents.papers.facts.evaluation import Facts, facts
from zhiping.domain.evaluation import Evaluation
from zhiping.domain.grading import Change, band
from zhiping.domain.panel import distinct_names
from zhiping.domain.result_document import Result, for_operator
from zhiping.domain.rubric import Criterion, Rubric
from zhiping.texts import wording
from zhiping.texts.catalogue import say, translated

_FINGERPRINT = 20  # hexadecimal digits


def report_facts(
    result: Result, rubric: Rubric, evaluation: Evaluation, data: bytes, stamp: str = ""
) -> Facts:
    """Return every paper's facts and the report's own.

    `data`: result.json as written; its hash identifies the report. `embedded` is the operator's edition of
    that file (8.4.1: the report goes to the operator). `stamp`: "open" or "comments" on a draft.
    """
    known = facts(evaluation, rubric, result)
    digest = hashlib.sha256(data).hexdigest()
    edition = result_file.dumps(for_operator(result))
    inside = hashlib.sha256(edition).hexdigest()
    return {
        **known,
        **conclusions(known, result, rubric, evaluation),
        "stamp": say(f"report.stamp.{stamp}") if stamp else "",
        "stamp_note": say(f"report.stamp.{stamp}_note") if stamp else "",
        "fingerprint": " ".join(re.findall("....", digest[:_FINGERPRINT])),
        "deadline": _deadline(known),
        "checked": _checked(known),
        "table": _table(known, rubric),
        "open": _open(result, rubric),
        "flip": flip_texts(result, rubric),
        "deliberation": _deliberation(result, rubric),
        "hashes": _hashes(result, digest, inside, evaluation.checkpoint),
        "replaced": result["replaced_characters"],
        "embedded": edition.decode(),
    }


def _deadline(known: Facts) -> str:
    """Say by when the operator improves; "" while there is no grade or nothing to improve."""
    found = known["result"]
    if not (found["deadline"] and found["findings"]):
        return ""
    operator = known["platform"]["operator"] or say("report.label.operator")
    return say(
        "report.deadline_by" if found["due"] else "report.deadline",
        operator=operator,
        deadline=found["deadline"],
        due=found["due"],
        word=found["word"],
    )


def _checked(known: Facts) -> str:
    """Say how many conditions of the panel were checked, and with what outcomes."""
    states = Counter(check["state"] for check in known["result"]["checks"])
    parts = [say("report.state_count", state=state, count=count) for state, count in states.items()]
    return say("report.checked", count=states.total(), states=say("wording.comma").join(parts))


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


def _open(result: Result, rubric: Rubric) -> list[wording.Row]:
    """Return the criteria that wait for deliberation."""
    home = wording.indicator_names(rubric)
    return [
        {
            "id": point["id"],
            "indicator": home[point["id"]],
            "text": translated(rubric.criteria[point["id"]].text),
            "why": say(f"report.open.{point['why']}"),
        }
        for point in result["open"]
    ]


def flip_texts(result: Result, rubric: Rubric) -> list[str]:
    """Say how few criteria would have to change to give another grade.

    Criteria and marks would reveal single members' marks to the operator, who gets the report.
    """
    flip = result["flip"]
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
                own=wording.grade_name(rubric, result["grade"]),
                grade=wording.grade_name(rubric, target),
                count=len(changes or ()),
            )
        )
    return texts


def _flipped(result: Result, rubric: Rubric, changes: Sequence[Change]) -> str:
    """Return the grade a flip set leads to."""
    moved = sum((Fraction(c["to"]) - Fraction(c["points"]) for c in changes), Fraction(0))
    return band(rubric.bands, Fraction(result["score"]["graded"] or 0) + moved).grade


def _deliberation(result: Result, rubric: Rubric) -> Facts:
    """Return what the panel settled together, with reasons, without single members' marks.

    Only the fact of a dissent is printed; its text often names a mark and stays in the panel's minutes.
    """
    home = wording.indicator_names(rubric)
    rows = [
        {
            "id": c["id"],
            "indicator": home[c["id"]],
            "agreed": wording.points(c["shown"]),
            "reason": c["agreed_reason"],
            "dissent": say("report.dissented") if c["dissent"] else "",
        }
        for c in result["criteria"]
        if c["agreed_reason"] or c["dissent"]
    ]
    settled = "open" if result["open"] else result["policy"]["method"]
    return {"rows": rows, "none": say(f"report.settled.{settled}")}


def _hashes(result: Result, digest: str, inside: str, checkpoint: str) -> list[wording.Row]:
    """Return what was computed from what: file by file its SHA-256, then the checkpoint of a server."""
    table = result["rubric"]
    names = distinct_names((sheet["name"], sheet["expert_id"]) for sheet in result["sheets"])
    rows = [
        (say("report.hash.result"), digest),
        (say("report.hash.embedded"), inside),
        (say("report.hash.scale"), table["scale_sha256"]),
        (say("report.hash.wording"), table["wording_sha256"]),
        (say("programmes.guidance.title"), result["guidance_sha256"] or ""),
        *(
            (say("report.hash.sheet", name=name), sheet["sha256"])
            for name, sheet in zip(names, result["sheets"], strict=True)
        ),
    ]
    hashes = [{"name": name, "sha256": " ".join(re.findall(".{1,16}", value))} for name, value in rows]
    if checkpoint:
        hashes.append({"name": say("report.hash.checkpoint"), "sha256": checkpoint})
    return hashes
