"""Findings as texts: the fact the panel states, its evidence, the operator's answer (8.3)."""

from collections.abc import Sequence
from fractions import Fraction

from zhiping.domain import identity
from zhiping.domain.evaluation import Evaluation, FactCheck
from zhiping.domain.result_document import CriterionOut, Result
from zhiping.domain.rubric import Rubric
from zhiping.texts import wording
from zhiping.texts.catalogue import say, translated


def stated(result: Result, rubric: Rubric, about: Evaluation) -> list[wording.Row]:
    """Return the findings, each with the fact the panel states, its evidence and the operator's answer."""
    return [
        {
            **row,
            "fact": (checked := about.findings.get(row["id"], FactCheck())).fact or row["reason"],
            "evidence": _evidence(about, row["id"]),
            "answer": say(f"wording.answer.{checked.answer}") if checked.answer else "",
            "reply": checked.reply,
        }
        for row in wording.finding_rows(result, rubric)
    ]


def _evidence(about: Evaluation, criterion: str) -> str:
    """Name the documents seen for a criterion, each with its number and page."""
    texts = []
    for seen in about.visit.seen:
        if criterion in seen.criteria:
            page = say("wording.evidence_page", page=seen.page) if seen.page else ""
            detail = say("wording.comma").join(filter(None, (seen.number, page)))
            texts.append(seen.title + (say("wording.evidence_detail", detail=detail) if detail else ""))
    return say("wording.semicolon").join(texts)


def confirmed(rubric: Rubric, result: Result | None, about: Evaluation) -> list[wording.Row]:
    """Return a fact per criterion that lost points, to confirm with the operator: no marks, names or counts.

    The fact is the one the panel states or agreed on, else what all members wrote alike; else it is blank,
    as only the panel can say which of several reasons holds.
    """
    home = wording.indicator_names(rubric)
    lost = [c for c in result["criteria"] if not c["bonus"] and _lost(c)] if result else []
    rows = []
    for no, found in enumerate(lost, 1):
        criterion = rubric.criteria[found["id"]]
        stated = about.findings.get(criterion.id, FactCheck()).fact or found["agreed_reason"]
        alike = _reasons(found) or found["reasons"]
        rows.append(
            {
                "no": str(no),
                "id": criterion.id,
                "indicator": home[criterion.id],
                "title": translated(criterion.title),
                "fact": stated or (wording.reason(criterion, alike) if len(alike) == 1 else ""),
            }
        )
    return rows


def _lost(criterion: CriterionOut) -> bool:
    """Whether points are lost; before deliberation, whether any member deducted some."""
    if criterion["lost"] is not None:
        return criterion["lost"] != "0"
    most = Fraction(criterion["max"])
    return any(Fraction(mark["points"]) < most for mark in criterion["marks"])


def _reasons(criterion: CriterionOut) -> list[str]:
    """Return the distinct reasons of members who deducted, whatever their full stops."""
    most = Fraction(criterion["max"])
    given = [m["reason"] for m in criterion["marks"] if m["reason"] and Fraction(m["points"]) < most]
    return list({identity.folded(text).rstrip("。.；;"): text for text in given}.values())


def written(rubric: Rubric, result: Result | None, names: Sequence[str]) -> list[wording.Row]:
    """Return what each member wrote about a criterion, for the panel to state one fact from."""
    rows = []
    for found in result["criteria"] if result else ():
        given = [
            say("papers.member_reason", name=name, reason=mark["reason"])
            for name, mark in zip(names, found["marks"], strict=False)
            if mark["reason"]
        ]
        if _lost(found) and not found["bonus"]:
            title = translated(rubric.criteria[found["id"]].title)
            rows.append({"id": found["id"], "title": title, "given": "\n".join(given)})
    return rows
