"""What papers can say: the facts of an evaluation and its result as texts, under the names templates use.

The shape is always the same. A fact nobody stated is a `Blank`: it prints as a line to write on and counts
as false, so that a template can leave a sentence out. In rows of lists it is an empty text.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from zhiping.domain import schedule
from zhiping.domain.evaluation import Evaluation, Meeting
from zhiping.domain.exact import number_text
from zhiping.domain.panel import Expert, distinct_names, with_distinct_names
from zhiping.domain.result_document import CriterionOut, Result, SheetOut
from zhiping.domain.rubric import Criterion, Dimension, Indicator, Rubric
from zhiping.holidays import china
from zhiping.texts import wording
from zhiping.texts.catalogue import Say, sayer

Facts = dict[str, Any]


class Blank(str):
    """A fact nobody stated: a line to write on; false in conditions."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return False


def facts(evaluation: Evaluation, rubric: Rubric, result: Result | None, language: str) -> Facts:
    """Return what every paper may say, the operator's included: no single member's marks, no severity."""
    say = sayer(language)
    seated = None if evaluation.panel is None else with_distinct_names(evaluation.panel)
    evaluation = replace(evaluation, panel=seated, substitutes=with_distinct_names(evaluation.substitutes))
    return {
        "blank": Blank(say("papers.blank")),
        "platform": _platform(evaluation, say, language),
        "evaluation": _evaluation(evaluation, say, language),
        "panel": _panel(evaluation, rubric, say, language),
        "draw": _draw(evaluation, say),
        "visit": _visit(evaluation, say, language),
        "rubric": _rubric(evaluation, rubric, language),
        "policy": _policy(evaluation, say, language),
        "report": _report(evaluation, say, language),
        "result": _result(evaluation, rubric, result, say, language),
    }


def members_facts(evaluation: Evaluation, rubric: Rubric, result: Result | None, language: str) -> Facts:
    """Return the single members' marks, for the panel's own papers only.

    `members`: a row per sheet, or per seat before there are sheets; `marks`: a row per criterion with one
    point per member; `disputed`: those that went to deliberation.
    """
    unknown = {"name": "", "base": "", "bonus": "", "total": ""}
    panel = with_distinct_names(evaluation.panel or ())
    seats = [{**unknown, "name": member.name} for member in panel] or [unknown] * 5
    members = _members(result["sheets"]) if result else seats
    outcome = {c["id"]: c for c in result["criteria"]} if result else {}
    names = [member["name"] for member in members]
    rows = [
        {**row, **_marks(outcome.get(row["id"]), names, sayer(language))}
        for row in wording.criterion_rows(rubric, language, result)
    ]
    return {"members": members, "marks": rows, "disputed": [row for row in rows if row["disputed"]]}


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


def _marks(found: CriterionOut | None, names: Sequence[str], say: Say) -> Facts:
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


def _or_blank(say: Say, value: str, kind: str = "blank") -> str:
    return value or Blank(say(f"papers.{kind}"))


def _platform(about: Evaluation, say: Say, language: str) -> Facts:
    platform = about.platform
    texts = {
        name: _or_blank(say, getattr(platform, name))
        for name in ("name", "operator", "region", "address", "url", "contact")
    }
    return {
        **texts,
        "channel": say(f"wording.channel.{platform.channel}"),
        "sites": list(platform.sites),
        "sites_text": _or_blank(say, say("wording.comma").join(platform.sites)),
        "service_start": _or_blank(say, wording.date_text(language, platform.service_start), "blank_date"),
    }


def _evaluation(about: Evaluation, say: Say, language: str) -> Facts:
    own = about.kind == "self"
    period = wording.span_text(language, *about.period) if about.period else ""
    return {
        "own": own,
        "kind": say(f"wording.kind.{about.kind}"),
        "reason": say(f"wording.reason.{about.reason}"),
        "purpose": _or_blank(say, about.purpose.rstrip("。.")),  # sentences are built with it
        "authority": _or_blank(say, about.authority),
        "organiser": _or_blank(say, about.platform.operator if own else about.authority),
        "programme": _or_blank(say, about.programme),
        "basis": list(about.basis) or [say("papers.basis")],
        "period": _or_blank(say, period, "blank_span"),
        "number": Blank(say("papers.blank_number")),
        "date": Blank(say("papers.blank_date")),
    }


def _panel(about: Evaluation, rubric: Rubric, say: Say, language: str) -> Facts:
    members = [_expert(no, e, rubric, say, language) for no, e in enumerate(about.panel or (), 1)]
    leads = [e.name for e in about.panel or () if e.seat == "lead"]
    rest = [e.name for e in about.panel or () if e.seat != "lead"]
    comma = say("wording.comma")
    empty = _expert(1, Expert("", "", seat=""), rubric, say, language)
    return {
        "size": _or_blank(say, str(len(members) or "")),
        "members": members,
        "or_one": members or [empty],  # for papers with a page per member
        "lead": _or_blank(say, comma.join(leads)),
        "others": _or_blank(say, comma.join(rest)),
        "secretary": _or_blank(say, about.secretary),
        "substitutes": [_expert(no, e, rubric, say, language) for no, e in enumerate(about.substitutes, 1)],
    }


_DRAWN = ("time", "pool", "fit", "seats", "substitutes", "conditions", "commitment", "seed", "words", "left")


def _draw(about: Evaluation, say: Say) -> Facts:
    """Return the draw of experts; `done` is false where none was made, and the paper is filled by hand."""
    record = about.draw
    if record is None:
        return {"done": False, "rows": [], **dict.fromkeys(_DRAWN, Blank(""))}
    return {
        "done": True,
        "time": about.drawn,
        "pool": str(record["pool"]),
        "fit": str(record["fit"]),
        "seats": str(record["seats"]),
        "substitutes": str(record["substitutes"]),
        "conditions": say("wording.semicolon").join(wording.draw_conditions(record["conditions"], say)),
        "commitment": record["commitment"],
        "seed": record["seed"],
        "words": _or_blank(say, record["words"]),
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


def _expert(no: int, expert: Expert, rubric: Rubric, say: Say, language: str) -> Facts:
    names = {i.id: say("papers.indicator", id=i.id, name=i.name[language]) for i in rubric.indicators}
    trained = [
        wording.date_text(language, t.date) + (say("papers.topic", topic=t.topic) if t.topic else "")
        for t in expert.training or ()
    ]
    return {
        "no": str(no),
        "id": expert.id,
        "name": expert.name,
        "name_line": _or_blank(say, expert.name),
        "organisation": expert.organisation,
        "organisation_line": _or_blank(say, expert.organisation),
        "title": expert.title or expert.equivalent_ability,
        "title_line": _or_blank(say, expert.title or expert.equivalent_ability),
        "seat": say(f"wording.seat.{expert.seat}") if expert.seat else "",
        "seat_line": _or_blank(say, say(f"wording.seat.{expert.seat}") if expert.seat else ""),
        "duties": say("wording.comma").join(names.get(i, i) for i in expert.duties),
        "checks": say("wording.comma").join(names.get(i, i) for i in expert.checks),
        "training": say("wording.semicolon").join(trained),
        "experience": expert.experience or "",
        "declared": _or_blank(say, wording.date_text(language, expert.declared), "blank_date"),
        "conflicts": say("wording.semicolon").join(expert.conflicts),
    }


def _visit(about: Evaluation, say: Say, language: str) -> Facts:
    visit, comma = about.visit, say("wording.comma")
    steps = [
        dict.fromkeys(("time", "where", "who"), "") | {"what": step}
        for step in say("papers.steps", marking=say(f"papers.marking.{about.policy.method}")).split("\n")
    ]
    planned = [{"time": a.time, "what": a.what, "where": a.where, "who": a.who} for a in visit.schedule]
    return {
        "dates": _or_blank(say, wording.span_text(language, visit.start, visit.end), "blank_span"),
        "place": _or_blank(say, visit.place or about.platform.address),
        "sites": list(visit.sites),
        "sites_text": _or_blank(say, comma.join(visit.sites)),
        "schedule": planned or steps,
        "opening": _meeting(visit.opening, say),
        "closing": _meeting(visit.closing, say),
        "seen": [
            {
                "no": str(n),
                "title": s.title,
                "number": s.number,
                "date": s.date,
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


def _meeting(meeting: Meeting, say: Say) -> Facts:
    return {
        "time": meeting.time,
        "place": meeting.place,
        "chair": meeting.chair,
        "attendees": say("wording.comma").join(meeting.attendees),
        "notes": meeting.notes,
    }


def _rubric(about: Evaluation, rubric: Rubric, language: str) -> Facts:
    experts = about.panel or ()
    return {
        "id": rubric.id,
        "version": rubric.version,
        "title": rubric.title[language],
        "source": rubric.source[language],
        "base_max": number_text(rubric.base_max),
        "bonus_max": number_text(rubric.bonus_max),
        "scale": rubric.scale_sha256,
        "wording": rubric.wording_sha256,
        "bands": [
            {"name": b.name[language], "lower": number_text(b.lower), "meaning": b.meaning[language]}
            for b in rubric.bands
        ],
        "indicators": [
            _indicator(i, d.name[language], about, experts, language)
            for d in rubric.dimensions
            for i in d.indicators
        ],
    }


def _indicator(
    i: Indicator, dimension: str, about: Evaluation, experts: Sequence[Expert], language: str
) -> Facts:
    comma = sayer(language)("wording.comma")
    return {
        "id": i.id,
        "name": i.name[language],
        "dimension": dimension,
        "focus": i.focus[language],
        "max": number_text(i.max),
        "lead": comma.join(e.name for e in experts if i.id in e.duties),
        "check": comma.join(e.name for e in experts if i.id in e.checks),
        "criteria": [_criterion(c, about, language) for c in i.criteria],
    }


def _criterion(c: Criterion, about: Evaluation, language: str) -> Facts:
    return {
        "id": c.id,
        "text": c.text[language],
        "max": number_text(c.max),
        "levels": "\n".join(wording.level_text(language, level, about.policy.step) for level in c.levels),
        "guidance": about.guidance.get(c.id, ""),
    }


def _policy(about: Evaluation, say: Say, language: str) -> Facts:
    policy, issued = about.policy, about.report.date
    review = schedule.review_due(policy, issued, china) if issued else None
    return {
        "rows": wording.policy_rows(policy.as_data(), language),
        "draft_days": str(policy.draft_days or "") or Blank(say("papers.blank")),
        "review_days": str(policy.review_days),
        "review_due": _or_blank(say, wording.due_text(language, review)),
        "rectify_days": str(policy.rectify_days),
        "improve_days": str(policy.improve_days),
    }


def _report(about: Evaluation, say: Say, language: str) -> Facts:
    return {
        "number": _or_blank(say, about.report.number, "blank_number"),
        "date": _or_blank(say, wording.date_text(language, about.report.date), "blank_date"),
        "problems": list(about.report.problems),
        "recommendations": list(about.report.recommendations),
    }


def _result(about: Evaluation, rubric: Rubric, result: Result | None, say: Say, language: str) -> Facts:
    """Return the outcome; before there is one the same names, blank."""
    grade = result["grade"] if result else None
    failed = grade == rubric.bands[-1].grade
    word = "either" if grade is None else "rectify" if failed else "improve"
    issued = about.report.date
    due = schedule.improvement_due(about.policy, issued, grade, china) if issued and grade else None
    days = {"rectify": about.policy.rectify_days, "improve": about.policy.improve_days}.get(word)
    meanings = {band.grade: band.meaning[language] for band in rubric.bands}
    known = _reported(result, rubric, about, language) if result else _unreported(rubric, language)
    return {
        **known,
        "known": grade is not None,
        "failed": failed,
        "grade": _or_blank(say, wording.grade_name(rubric, grade, language)),
        "meaning": _or_blank(say, meanings.get(grade or "", "")),
        **{name: _or_blank(say, known[name]) for name in ("base", "bonus", "total", "graded")},
        "word": say(f"papers.word.{word}"),
        "deadline": _or_blank(say, say(f"papers.deadline.{word}", days=days) if days else ""),
        "due": _or_blank(say, wording.due_text(language, due)),
        "criteria": wording.criterion_rows(rubric, language, result),
        "facts": _confirmed(rubric, result, language),
    }


def _reported(result: Result, rubric: Rubric, about: Evaluation, language: str) -> Facts:
    return {
        **{name: result["shown"][name] or "" for name in ("base", "bonus", "total", "graded")},
        "dimensions": wording.score_rows(result, "dimensions", language),
        "indicators": wording.score_rows(result, "indicators", language),
        "findings": wording.finding_rows(result, rubric, language),
        "overview": wording.overview(result, rubric, about, language),
        "checks": wording.check_rows(result["checks"], language),
        "readings": wording.reading_rows(result, rubric, language),
        "readings_text": wording.readings_text(result, rubric, language),
        "margin": wording.margin_text(result, rubric, language),
        "agreement": wording.agreement_text(result, language),
        "ceiling": wording.ceiling_text(result, rubric, language),
        "notes": wording.note_texts(result, language),
    }


def _unreported(rubric: Rubric, language: str) -> Facts:
    texts = ("base", "bonus", "total", "graded", "readings_text", "margin", "agreement", "ceiling")
    return {
        **dict.fromkeys(texts, ""),
        **{name: [] for name in ("findings", "overview", "checks", "readings", "notes")},
        "dimensions": _unscored(rubric.dimensions, language),
        "indicators": _unscored(rubric.indicators, language),
    }


def _unscored(parts: Sequence[Dimension] | Sequence[Indicator], language: str) -> list[wording.Row]:
    return [
        {"id": p.id, "name": p.name[language], "max": number_text(p.max), "score": "", "share": ""}
        for p in parts
    ]


def _confirmed(rubric: Rubric, result: Result | None, language: str) -> list[wording.Row]:
    """Return the facts to confirm with the operator: what members found, without marks and names."""
    found = {c["id"]: _found(c) for c in result["criteria"]} if result else {}
    home = wording.indicator_names(rubric, language)
    stated = [(c.id, found[c.id]) for c in rubric.base if found.get(c.id)]
    return [
        {"no": str(no), "id": name, "indicator": home[name], "fact": wording.joined(reasons, language)}
        for no, (name, reasons) in enumerate(stated, 1)
    ]


def _found(criterion: CriterionOut) -> list[str]:
    """Return the distinct reasons members gave; none where the panel found nothing missing in the end."""
    if criterion["lost"] == "0":
        return []
    return (
        list(dict.fromkeys(mark["reason"] for mark in criterion["marks"] if mark["reason"]))
        or criterion["reasons"]
    )
