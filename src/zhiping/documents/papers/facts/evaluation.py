"""The facts of an evaluation and its result as texts, under the names that templates use.

The shape is always the same. A fact that is not stated is a `Blank`: it prints as a line to write on and
counts as false, so that a template can leave a sentence out. In rows of lists it is an empty text.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from zhiping.domain import dates, schedule
from zhiping.domain.evaluation import Evaluation, Improved, Meeting, Recommendation, dates_of
from zhiping.domain.exact import number_text
from zhiping.domain.letters import LETTERS, Letter
from zhiping.domain.panel import Expert, distinct_names, with_distinct_names
from zhiping.domain.result_document import CriterionOut, Result, SheetOut
from zhiping.domain.rubric import Criterion, Dimension, Indicator, Rubric
from zhiping.domain.schedule import Due
from zhiping.holidays import china
from zhiping.texts import findings, wording
from zhiping.texts.catalogue import say, translated

Facts = dict[str, Any]


class Blank(str):
    """A fact that is not stated: a line to write on; false in conditions."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return False


def facts(evaluation: Evaluation, rubric: Rubric, result: Result | None) -> Facts:
    """Return what every paper may say, the operator's included: no single member's marks, no severity."""
    seated = None if evaluation.panel is None else with_distinct_names(evaluation.panel)
    evaluation = replace(evaluation, panel=seated, substitutes=with_distinct_names(evaluation.substitutes))
    outcome = _result(evaluation, rubric, result)
    return {
        "blank": Blank(say("papers.blank")),
        "blank_date": Blank(say("papers.blank_date")),
        "papers": _papers(evaluation),
        "platform": _platform(evaluation),
        "evaluation": _evaluation(evaluation, rubric),
        "panel": _panel(evaluation, rubric),
        "draw": _draw(evaluation),
        "visit": _visit(evaluation),
        "rubric": _rubric(evaluation, rubric),
        "policy": _policy(evaluation),
        "report": _report(evaluation, outcome["findings"]),
        "result": outcome,
    }


def members_facts(evaluation: Evaluation, rubric: Rubric, result: Result | None) -> Facts:
    """Return the single members' marks, for the panel's own papers only.

    `members`: a row per sheet, or per seat before there are sheets; `marks`: a row per criterion with one
    point per member; `disputed`: those that went to deliberation; `found`: what members wrote, per criterion.
    """
    unknown = {"name": "", "base": "", "bonus": "", "total": ""}
    panel = with_distinct_names(evaluation.panel or ())
    seats = [{**unknown, "name": member.name} for member in panel] or [unknown] * 5
    members = _members(result["sheets"]) if result else seats
    outcome = {c["id"]: c for c in result["criteria"]} if result else {}
    names = [member["name"] for member in members]
    rows = [
        {**row, **_marks(outcome.get(row["id"]), names)} for row in wording.criterion_rows(rubric, result)
    ]
    return {
        "members": members,
        "marks": rows,
        "disputed": [row for row in rows if row["disputed"]],
        "found": findings.members_words(result, rubric, names) if result else [],
    }


def _members(sheets: Sequence[SheetOut]) -> list[wording.Row]:
    names = distinct_names((sheet["name"], sheet["expert_id"]) for sheet in sheets)
    return [
        {
            "name": name,
            "base": wording.points(sheet["base"]),
            "bonus": wording.points(sheet["bonus"]),
            "total": wording.points(sheet["total"]),
        }
        for name, sheet in zip(names, sheets, strict=True)
    ]


def _marks(found: CriterionOut | None, names: Sequence[str]) -> Facts:
    """Return one criterion's marks; blank before there is a result or where the panel filled one table."""
    points = [wording.points(mark["points"]) for mark in found["marks"]] if found else []
    who = [say("papers.member_mark", name=n, points=p) for n, p in zip(names, points, strict=False)]
    return {
        "points": points or [""] * len(names),
        "who": say("wording.comma").join(who),
        "proposal": wording.points(found["proposal"]) if found else "",
        "agreed_reason": found["agreed_reason"] if found else "",
        "dissent": found["dissent"] if found else "",
        "disputed": bool(found and found["disputed"]),
    }


def _or_blank(value: str, kind: str = "blank") -> str:
    return value or Blank(say(f"papers.{kind}"))


def _platform(about: Evaluation) -> Facts:
    platform = about.platform
    texts = {
        name: _or_blank(getattr(platform, name))
        for name in ("name", "operator", "region", "address", "url", "contact")
    }
    return {
        **texts,
        "channel": say(f"wording.channel.{platform.channel}"),
        "sites": list(platform.sites),
        "sites_text": _or_blank(say("wording.comma").join(platform.sites)),
        "service_start": _or_blank(wording.date_text(platform.service_start), "blank_date"),
    }


def _basis(basis: str, rubric: Rubric) -> str:
    """Write a basis with title marks; the standard of the table has its number where the rubric knows it."""
    titled = wording.titled(basis)
    if rubric.number and titled == wording.titled(say("papers.basis")):
        return say("papers.basis_number", basis=titled, number=rubric.number)
    return titled


def _evaluation(about: Evaluation, rubric: Rubric) -> Facts:
    own = about.kind == "self"
    period = wording.span_text(*about.period) if about.period else ""
    return {
        "own": own,
        "kind": say(f"wording.kind.{about.kind}"),
        "reason": say(f"wording.reason.{about.reason}"),
        "purpose": _or_blank(about.purpose.rstrip("。.")),  # sentences are built with it
        "authority": _or_blank(about.authority),
        "organiser": _or_blank(about.platform.operator if own else about.authority),
        "programme": _or_blank(about.programme),
        "basis": [_basis(basis, rubric) for basis in about.basis or (say("papers.basis"),)],
        "period": _or_blank(period, "blank_span"),
        "number": Blank(say("papers.blank_number")),
        "date": Blank(say("papers.blank_date")),
    }


def _papers(about: Evaluation) -> Facts:
    """Return what the office's letters say besides the evaluation."""
    letters = about.papers
    days = ("contact_due", "self_report_due", "materials_due", "plan_due")
    return {
        **{name: _or_blank(getattr(letters, name)) for name in ("contact", "phone", "email", "address")},
        **{name: _or_blank(wording.date_text(getattr(letters, name)), "blank_date") for name in days},
        "publicity_days": _or_blank(str(letters.publicity_days or "")),
        "copy_to": say("wording.comma").join(letters.copy_to),
        "printed_by": letters.printed_by,
        "printed": Blank(say("papers.blank_date")),
    }


def of_paper(name: str, known: Facts, about: Evaluation) -> Facts:
    """Return the facts of one paper: those of all with its own number and dates, where it is a letter."""
    if name not in LETTERS:
        return known
    own = letter(name, about)
    dated = {
        "number": _or_blank(own.number, "blank_number"),
        "date": _or_blank(wording.date_text(own.date), "blank_date"),
    }
    printed = _or_blank(wording.date_text(own.printed), "blank_date")
    return {
        **known,
        "evaluation": {**known["evaluation"], **dated},
        "papers": {**known["papers"], "printed": printed},
    }


def letter(name: str, about: Evaluation) -> Letter:
    """Return the number and the dates a letter goes out with, in full."""
    own = about.papers.own.get(name, Letter())
    number = about.papers.number.replace("{n}", own.number) if own.number.isdigit() else own.number
    day = own.date or _common_date(name, about)
    return Letter(number, day, own.printed or day)


def _common_date(name: str, about: Evaluation) -> dt.date | None:
    """Return the date of all letters, None where this one cannot have it: before the visit, or after it."""
    when = LETTERS[name]
    wrong = [p for p in dates.problems({**dates_of(about), when: about.papers.date}) if p.where == (when,)]
    return None if wrong else about.papers.date


def _panel(about: Evaluation, rubric: Rubric) -> Facts:
    members = [_expert(no, e, rubric) for no, e in enumerate(about.panel or (), 1)]
    leads = [e.name for e in about.panel or () if e.seat == "lead"]
    rest = [e.name for e in about.panel or () if e.seat != "lead"]
    comma = say("wording.comma")
    empty = _expert(1, Expert("", "", seat=""), rubric)
    return {
        "size": _or_blank(str(len(members) or "")),
        "members": members,
        "or_one": members or [empty],  # for papers with a page per member
        "lead": _or_blank(comma.join(leads)),
        "others": _or_blank(comma.join(rest)),
        "secretary": _or_blank(about.secretary),
        "substitutes": [_expert(no, e, rubric) for no, e in enumerate(about.substitutes, 1)],
    }


_DRAWN = (
    "time",
    "pool",
    "fit",
    "seats",
    "substitutes",
    "conditions",
    "commitment",
    "seed",
    "words",
    "left",
    "checkpoint",
)


def _draw(about: Evaluation) -> Facts:
    """Return the draw of experts; `done` is false where none was made, and the paper is filled by hand."""
    record = about.draw
    if record is None:
        return {"done": False, "rows": [], **dict.fromkeys(_DRAWN, Blank(""))}
    return {
        "done": True,
        "time": wording.dated(about.drawn),
        "pool": str(record["pool"]),
        "fit": str(record["fit"]),
        "seats": str(record["seats"]),
        "substitutes": str(record["substitutes"]),
        "conditions": say("wording.semicolon").join(wording.draw_conditions(record["conditions"])),
        "commitment": record["commitment"],
        "checkpoint": _or_blank(about.checkpoint),
        "seed": record["seed"],
        "words": _or_blank(record["words"]),
        "left": str(record["left"]),
        "rows": [
            {
                "order": str(row["order"]),
                "name": row["name"],
                "employer": row["employer"],
                "title": row["title"],
                "standing": say(f"draw.standing.{row['standing']}"),
                "note": say("wording.comma").join(say(f"draw.reasons.{code}") for code in row["reasons"]),
            }
            for row in record["rows"]
        ],
    }


def _expert(no: int, expert: Expert, rubric: Rubric) -> Facts:
    names = {i.id: say("papers.indicator", id=i.id, name=translated(i.name)) for i in rubric.indicators}
    trained = [
        wording.date_text(t.date) + (say("papers.topic", topic=t.topic) if t.topic else "")
        for t in expert.training or ()
    ]
    return {
        "no": str(no),
        "id": expert.id,
        "name": expert.name,
        "name_line": _or_blank(expert.name),
        "organisation": expert.organisation,
        "organisation_line": _or_blank(expert.organisation),
        "title": expert.title or expert.equivalent_ability,
        "title_line": _or_blank(expert.title or expert.equivalent_ability),
        "seat": say(f"wording.seat.{expert.seat}") if expert.seat else "",
        "seat_line": _or_blank(say(f"wording.seat.{expert.seat}") if expert.seat else ""),
        "duties": say("wording.comma").join(names.get(i, i) for i in expert.duties),
        "checks": say("wording.comma").join(names.get(i, i) for i in expert.checks),
        "training": say("wording.semicolon").join(trained),
        "experience": expert.experience or "",
        "declared": _or_blank(wording.date_text(expert.declared), "blank_date")
        + (say("wording.to_confirm") if expert.unconfirmed else ""),
        "conflicts": say("wording.semicolon").join(expert.conflicts),
    }


def _visit(about: Evaluation) -> Facts:
    visit, comma = about.visit, say("wording.comma")
    steps = [
        dict.fromkeys(("time", "where", "who"), "") | {"what": step}
        for step in say("papers.steps", marking=say(f"papers.marking.{about.policy.method}")).split("\n")
    ]
    planned = [
        {"time": wording.dated(a.time), "what": a.what, "where": a.where, "who": a.who}
        for a in visit.schedule
    ]
    return {
        "dates": _or_blank(wording.span_text(visit.start, visit.end), "blank_span"),
        "place": _or_blank(visit.place or about.platform.address),
        "sites": list(visit.sites),
        "sites_text": _or_blank(comma.join(visit.sites)),
        "schedule": planned or steps,
        "opening": _meeting(visit.opening),
        "closing": _meeting(visit.closing),
        "seen": [
            {
                "no": str(n),
                "title": s.title,
                "number": s.number,
                "date": wording.dated(s.date),
                "page": s.page,
                "criteria": comma.join(s.criteria),
            }
            for n, s in enumerate(visit.seen, 1)
        ],
        "interviews": [
            {"no": str(n), "person": i.person, "role": i.role, "topic": i.topic}
            for n, i in enumerate(visit.interviews, 1)
        ],
    }


def _meeting(meeting: Meeting) -> Facts:
    return {
        "time": wording.dated(meeting.time),
        "place": meeting.place,
        "chair": meeting.chair,
        "attendees": say("wording.comma").join(meeting.attendees),
        "notes": meeting.notes,
    }


def _rubric(about: Evaluation, rubric: Rubric) -> Facts:
    experts = about.panel or ()
    return {
        "id": rubric.id,
        "version": rubric.version,
        "title": translated(rubric.title),
        "source": wording.dated(translated(rubric.source)),
        "base_max": number_text(rubric.base_max),
        "bonus_max": number_text(rubric.bonus_max),
        "scale": rubric.scale_sha256,
        "wording": rubric.wording_sha256,
        "bands": [
            {"name": translated(b.name), "lower": number_text(b.lower), "meaning": translated(b.meaning)}
            for b in rubric.bands
        ],
        "lowest": translated(rubric.bands[-1].name),
        "indicators": [
            _indicator(i, translated(d.name), about, experts) for d in rubric.dimensions for i in d.indicators
        ],
    }


def _indicator(i: Indicator, dimension: str, about: Evaluation, experts: Sequence[Expert]) -> Facts:
    comma = say("wording.comma")
    return {
        "id": i.id,
        "name": translated(i.name),
        "dimension": dimension,
        "focus": translated(i.focus),
        "max": number_text(i.max),
        "lead": comma.join(e.name for e in experts if i.id in e.duties),
        "check": comma.join(e.name for e in experts if i.id in e.checks),
        "criteria": [_criterion(c, about) for c in i.criteria],
    }


def _criterion(c: Criterion, about: Evaluation) -> Facts:
    return {
        "id": c.id,
        "text": translated(c.text),
        "max": number_text(c.max),
        "levels": "\n".join(wording.level_text(level, about.policy.step) for level in c.levels),
        "guidance": about.guidance.get(c.id, ""),
    }


def _policy(about: Evaluation) -> Facts:
    policy, issued = about.policy, about.report.date
    review = schedule.review_due(policy, issued, china) if issued else None
    return {
        "rows": wording.policy_rows(policy.as_data()),
        "draft_days": str(policy.draft_days or "") or Blank(say("papers.blank")),
        "review_days": str(policy.review_days),
        "review_due": _or_blank(wording.due_text(review)),
        "rectify_days": str(policy.rectify_days),
        "improve_days": str(policy.improve_days),
    }


def _report(about: Evaluation, found: Sequence[wording.Row]) -> Facts:
    return {
        "number": _or_blank(about.report.number, "blank_number"),
        "date": _or_blank(wording.date_text(about.report.date), "blank_date"),
        "reviewer": _or_blank(about.report.reviewer),
        "signer": _or_blank(about.report.signer),
        "problems": list(about.report.problems),
        "recommendations": findings.recommended_besides(found, about),
    }


def improvement_due(about: Evaluation, grade: str | None) -> Due | None:
    """Return the improvement deadline (8.4.2); None without a grade or a date of the report."""
    issued = about.report.date
    return schedule.improvement_due(about.policy, issued, grade, china) if issued and grade else None


def late_measures(about: Evaluation, grade: str | None) -> list[Recommendation]:
    """Return the recommendations with a day after the improvement deadline."""
    dated = [one for one in about.report.recommendations if one.until]
    due = improvement_due(about, grade) if dated else None
    return [one for one in dated if due and one.until and one.until > due.date]


def _result(about: Evaluation, rubric: Rubric, result: Result | None) -> Facts:
    """Return the outcome; before there is one the same names, blank."""
    grade = result["grade"] if result else None
    failed = grade == rubric.bands[-1].grade
    word = "either" if grade is None else "rectify" if failed else "improve"
    due = improvement_due(about, grade)
    days = {"rectify": about.policy.rectify_days, "improve": about.policy.improve_days}.get(word)
    meanings = {band.grade: translated(band.meaning) for band in rubric.bands}
    known = _reported(result, rubric, about) if result else _unreported(rubric)
    return {
        **known,
        "known": grade is not None,
        "failed": failed,
        "grade": _or_blank(wording.grade_name(rubric, grade)),
        "meaning": _or_blank(meanings.get(grade or "", "")),
        **{name: _or_blank(known[name]) for name in ("base", "bonus", "total", "graded")},
        "word": say(f"papers.word.{word}"),
        "deadline": _or_blank(say(f"papers.deadline.{word}", days=days) if days else ""),
        "due": _or_blank(wording.due_text(due)),
        "criteria": wording.criterion_rows(rubric, result),
        "facts": findings.to_confirm(result, rubric, about) if result else [],
    }


def _reported(result: Result, rubric: Rubric, about: Evaluation) -> Facts:
    stated = findings.rows(result, rubric, about)
    return {
        **{name: result["shown"][name] or "" for name in ("base", "bonus", "total", "graded")},
        "dimensions": wording.score_rows(result, "dimensions"),
        "indicators": wording.score_rows(result, "indicators"),
        "findings": [{**row, **_improved(about, row["id"])} for row in stated],
        "objections": [row for row in stated if findings.objected(about, row["id"])],
        "overview": wording.overview(result, rubric, about),
        "checks": wording.check_rows(result["checks"]),
        "readings": wording.reading_rows(result, rubric),
        "readings_text": wording.readings_text(result, rubric),
        "margin": wording.margin_text(result, rubric),
        "agreement": wording.agreement_text(result),
        "ceiling": wording.ceiling_text(result, rubric),
        "notes": wording.note_texts(result),
    }


def _improved(about: Evaluation, criterion: str) -> wording.Row:
    """Return what became of a finding; empty texts where its improvement is not opened."""
    one = about.improved.get(criterion, Improved())
    return {
        "measure": one.measure,
        "owner": one.owner,
        "until": wording.date_text(one.deadline),
        "outcome": one.outcome,
        "proof": one.proof,
        "done": wording.date_text(one.done),
        "verdict": one.verdict,
        "closed": one.verdict if one.verdict in ("accepted", "waived") else "",
        "checked": one.reason,
        "checked_by": one.by,
        "checked_on": wording.date_text(one.on),
    }


def _unreported(rubric: Rubric) -> Facts:
    texts = ("base", "bonus", "total", "graded", "readings_text", "margin", "agreement", "ceiling")
    return {
        **dict.fromkeys(texts, ""),
        **{name: [] for name in ("findings", "objections", "overview", "checks", "readings", "notes")},
        "dimensions": _unscored(rubric.dimensions),
        "indicators": _unscored(rubric.indicators),
    }


def _unscored(parts: Sequence[Dimension] | Sequence[Indicator]) -> list[wording.Row]:
    return [
        {"id": p.id, "name": translated(p.name), "max": number_text(p.max), "score": "", "share": ""}
        for p in parts
    ]
