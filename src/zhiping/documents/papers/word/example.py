"""Trying an owner's template on an evaluation that has a bit of everything, before it is put to use."""

import datetime as dt
from pathlib import Path

from zhiping.documents.files import rubric_file
from zhiping.documents.papers.facts.archive import archive_facts
from zhiping.documents.papers.facts.evaluation import facts, members_facts, of_paper
from zhiping.documents.papers.word.papers import render, title
from zhiping.domain.draw import Record, Row
from zhiping.domain.evaluation import (
    Appointment,
    Evaluation,
    Interview,
    Meeting,
    Platform,
    Seen,
    Visit,
)
from zhiping.domain.letters import Letters
from zhiping.domain.panel import Expert, Training

DAY = dt.date(2026, 6, 10)
NAMES = ("甲", "乙", "丙", "丁")


def try_template(name: str, content: bytes, folder: Path) -> None:
    """Fill an owner's template of a paper with an example; raise Invalid with every fault found."""
    (folder / f"{title(name)}.docx").write_bytes(content)
    rubric = rubric_file.bundled()
    about = _example(tuple(i.id for i in rubric.indicators))
    known = of_paper(name, facts(about, rubric, None), about) | members_facts(about, rubric, None)
    filed = {"archive": archive_facts(about, None, about.authority)}
    render(name, known | filed, templates=folder)


def _example(indicators: tuple[str, ...]) -> Evaluation:
    experts = [
        Expert(
            id=one, name=one, organisation=one, title=one, experience=one, declared=DAY, conflicts=(one,),
            seat="lead" if one == "甲" else "member", training=(Training(DAY, None, one),), duties=indicators,
            checks=indicators,
        )
        for one in NAMES
    ]  # fmt: skip
    meeting = Meeting("09:00", "甲", "甲", NAMES, "甲")
    return Evaluation(
        platform=Platform("甲", "乙", "both", "甲", "甲", NAMES, "https://example.org", "甲", DAY),
        purpose="甲", authority="甲", programme="甲", basis=NAMES, period=(DAY, DAY),
        panel=tuple(experts[:3]), substitutes=tuple(experts[3:]), secretary="甲",
        visit=Visit(
            DAY, DAY, "甲", NAMES, (Appointment("09:00", "甲", "甲", "甲"),), meeting, meeting,
            (Seen("甲", "1", "2025", "1", ("3.1",)),), (Interview("甲", "甲", "甲"),),
        ),
        papers=Letters("{n}", DAY, "甲", "1", "a@example.org", "甲", NAMES, "甲", DAY, DAY, DAY, DAY, 5),
        draw=_draw(), drawn="2026-06-01 09:00", checkpoint="1 · 0000",
    )  # fmt: skip


def _draw() -> Record:
    row = Row(
        order=1, name="甲", employer="甲", title="甲", standing="passed", reasons=["complete"],
        steps_in_for=["甲"], hash="0" * 64,
    )  # fmt: skip
    return Record(
        pool=1, fit=1, seats=3, substitutes=1, commitment="0" * 64, seed="0" * 64, words="甲",
        conditions=[("title", {})], rows=[row], left=0, unfit={},
    )  # fmt: skip
