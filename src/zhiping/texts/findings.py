"""Findings as texts: the one fact each rests on, its evidence, and the operator's answer."""

import re
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

from zhiping.domain.evaluation import Evaluation, FactCheck
from zhiping.domain.identity import folded
from zhiping.domain.result_document import CriterionOut, Result
from zhiping.domain.rubric import Criterion, Rubric
from zhiping.texts import wording
from zhiping.texts.catalogue import say, translated

# A level with such words ("none, or parts of it", "not fully") covers several facts, or none in particular;
# "does not provide" is a fact.
_COVERS_SEVERAL = re.compile("或|部分|缺|按|异常|(?<!拿)不(?!能(?:提供|开展))")
_PAGES = re.compile(r"[\d ,，、~～–—-]+")  # numbers alone, without a word for page


def rows(result: Result, rubric: Rubric, about: Evaluation) -> list[wording.Row]:
    """Return the findings with fact, evidence and the operator's answer.

    Where only members' words differ and the panel states no fact, they are joined; `unstated` names these.
    A finding without advice has the recommendations that name it.
    """
    return [
        {
            **row,
            "fact": (checked := _checked(about, row["id"])).fact or row["reason"],
            "advice": row["advice"] or _recommended(about, row["id"]),
            "evidence": evidence(about, row["id"]),
            "answer": say(f"wording.answer.{checked.answer}") if checked.answer else "",
            "reply": checked.reply,
        }
        for row in wording.finding_rows(result, rubric)
    ]


def objected(about: Evaluation, criterion: str) -> bool:
    """Whether the operator objects to what the panel states about a criterion."""
    return _checked(about, criterion).answer == "objected"


def recommended_besides(found: Sequence[wording.Row], about: Evaluation) -> list[str]:
    """Return the recommendations that are not the advice of a finding."""
    texts = [one.what for one in about.report.recommendations]
    return [text for text in texts if not any(wording.bare(text) in row["advice"] for row in found)]


def to_confirm(result: Result, rubric: Rubric, about: Evaluation) -> list[wording.Row]:
    """Return a fact per criterion that lost points, for the operator to confirm: no marks, names or counts.

    Keys: `no id indicator title fact`. The fact is blank where only the panel can say which of several holds.
    """
    home = wording.indicator_names(rubric)
    return [
        {
            "no": str(no),
            "id": found["id"],
            "indicator": home[found["id"]],
            "title": translated(rubric.criteria[found["id"]].title),
            "fact": _checked(about, found["id"]).fact or _closed(rubric.criteria[found["id"]], found),
        }
        for no, found in enumerate(_lost(result), 1)
    ]


def put(rubric: Rubric, about: Evaluation) -> list[wording.Row]:
    """Return the facts that the panel puts to the operator, in table order, with the keys of `to_confirm`."""
    home = wording.indicator_names(rubric)
    named = [c for c in rubric.criteria.values() if _checked(about, c.id).fact]
    return [
        {
            "no": str(no),
            "id": criterion.id,
            "indicator": home[criterion.id],
            "title": translated(criterion.title),
            "fact": _checked(about, criterion.id).fact,
        }
        for no, criterion in enumerate(named, 1)
    ]


def members_words(result: Result, rubric: Rubric, names: Sequence[str]) -> list[wording.Row]:
    """Return what members wrote about a criterion that lost points: `id title given`; for the panel."""
    return [
        {
            "id": found["id"],
            "title": translated(rubric.criteria[found["id"]].title),
            "given": "\n".join(by_member(found, names)),
        }
        for found in _lost(result)
    ]


def by_member(found: CriterionOut, names: Sequence[str]) -> Iterator[str]:
    """Yield the words of each member, the same words once; a mark that fits no printed level is labelled."""
    who: dict[tuple[str, bool], list[str]] = {}
    for name, mark in zip(names, found["marks"], strict=False):
        if mark["reason"] or mark["no_level"]:
            who.setdefault((mark["reason"], mark["no_level"]), []).append(name)
    for (reason, no_level), same in who.items():
        key = "no_level" if no_level else "member_reason"
        yield say(f"tables.deliberation.{key}", name=say("wording.comma").join(same), reason=reason)


def unstated(result: Result, rubric: Rubric, about: Evaluation) -> list[str]:
    """Return id and title of each criterion whose fact the panel must still state.

    Members wrote different reasons, or only a level's wording that covers several facts.
    """
    return [
        say("papers.indicator", id=found["id"], name=translated(criterion.title))
        for found in _lost(result)
        if not _checked(about, (criterion := rubric.criteria[found["id"]]).id).fact
        and is_open(criterion, _agreed(criterion, found))
    ]


def _checked(about: Evaluation, criterion: str) -> FactCheck:
    return about.findings.get(criterion, FactCheck())


def _lost(result: Result) -> list[CriterionOut]:
    """Return the criteria that lost points; before deliberation, those where any member deducted some."""
    return [found for found in result["criteria"] if not found["bonus"] and _has_lost(found)]


def _has_lost(found: CriterionOut) -> bool:
    if found["lost"] is not None:
        return found["lost"] != "0"
    return any(Fraction(mark["points"]) < Fraction(found["max"]) for mark in found["marks"])


def _agreed(criterion: Criterion, found: CriterionOut) -> str:
    """Return the panel's reason, else what all members who deducted wrote alike; "" where they differ."""
    alike = [found["agreed_reason"]] if found["agreed_reason"] else _reasons(found)
    return wording.reason(criterion, alike) if len(alike) == 1 else ""


def _closed(criterion: Criterion, found: CriterionOut) -> str:
    """Return what all agree on where it is one fact; "" where the panel must still state it."""
    return "" if is_open(criterion, agreed := _agreed(criterion, found)) else agreed


def _reasons(found: CriterionOut) -> list[str]:
    """Return the distinct reasons of members who deducted; a mark without level only has a note on the table.

    A panel that filled one table has no single marks.
    """
    given = [
        mark["reason"]
        for mark in found["marks"]
        if mark["reason"] and not mark["no_level"] and Fraction(mark["points"]) < Fraction(found["max"])
    ]
    return distinct(given if found["marks"] else found["reasons"])


def distinct(texts: Iterable[str]) -> list[str]:
    """Return the texts that differ in more than width, case or a stop at the end, in the order of texts."""
    return sorted({wording.bare(folded(text)): text for text in sorted(texts)}.values())


def proposed(criterion: Criterion, reasons: Sequence[str]) -> str:
    """Return the fact that the distinct reasons of members give; "" where the panel must still state it."""
    fact = wording.reason(criterion, reasons) if len(reasons) == 1 else ""
    return "" if is_open(criterion, fact) else fact


def is_open(criterion: Criterion, fact: str) -> bool:
    """Whether a fact is not stated yet: blank, or a level's wording that covers several facts."""
    levels = [level.text.zh for level in criterion.levels if fact == translated(level.text)]
    return not fact or any(map(_COVERS_SEVERAL.search, levels))


def _recommended(about: Evaluation, criterion: str) -> str:
    return wording.joined(one.what for one in about.report.recommendations if criterion in one.findings)


def evidence(about: Evaluation, criterion: str) -> str:
    """Name the documents seen for a criterion, each with its number and page."""
    texts = []
    for seen in about.visit.seen:
        if criterion in seen.criteria:
            page = say("wording.evidence_page", page=seen.page) if _PAGES.fullmatch(seen.page) else seen.page
            detail = say("wording.comma").join(filter(None, (seen.number, page)))
            texts.append(seen.title + (say("wording.evidence_detail", detail=detail) if detail else ""))
    return say("wording.semicolon").join(texts)
