"""The result's document: its shape as the published schema has it, and the edition an operator may see."""

from typing import Any, Literal, TypedDict

from zhiping.domain.agreement import Agreement
from zhiping.domain.consensus import Why
from zhiping.domain.evaluation import Kind, Reason
from zhiping.domain.exact import Number
from zhiping.domain.grading import Ceiling, Flip, Margin
from zhiping.domain.panel import Check
from zhiping.domain.path import PathOut
from zhiping.domain.policy import PolicyOut
from zhiping.domain.readings import Reading
from zhiping.domain.rubric import Channel
from zhiping.domain.transparency.canonical import Day

SCHEMA = "zhiping/result/1"


class ScoreNumbers(TypedDict):
    """Base, bonus, and both together, with the number that was graded; null while points are open."""

    base: Number | None
    bonus: Number | None
    total: Number | None
    graded: Number | None


class MarkOut(TypedDict):
    """One member's mark. `level` is the position of its level in the rubric, null for an unearned bonus."""

    expert_id: str
    points: Number
    level: int | None
    reason: str
    advice: str
    note: str
    no_level: bool


class CriterionOut(TypedDict):
    """A criterion's marks and what the panel made of them.

    `agreed`: the panel's official points, exact (the mean where the policy says mean), null while open.
    `level`: position of the level the official points belong to; null when open or in none of them.
    `proposal`: the median, offered for deliberation where disputed. `lost`: max − agreed, null for a bonus.
    """

    id: str
    max: Number
    bonus: bool
    marks: list[MarkOut]
    disputed: bool
    proposal: Number | None
    agreed: Number | None
    agreed_reason: str
    dissent: str
    level: int | None
    lost: Number | None
    reasons: list[str]
    advice: list[str]
    notes: list[str]


class Words(TypedDict):
    """A text in both languages, Chinese where there is no English."""

    zh: str
    en: str


class ScoreOut(TypedDict):
    """An indicator's or dimension's points; `score` null while one of its criteria is open."""

    id: str
    name: Words
    max: Number
    score: Number | None
    shown: str | None
    bonus: bool


class Finding(TypedDict):
    """A lost point as a problem of the report: where, how much, why, and what is advised."""

    id: str
    lost: Number
    reasons: list[str]
    advice: list[str]


class SheetOut(TypedDict):
    """Whose sheet, and the hash of what was handed in."""

    expert_id: str
    name: str
    date: str
    sha256: str
    base: Number
    bonus: Number
    total: Number


class Open(TypedDict):
    """A criterion that waits for deliberation. `why`: "differ" or "no_level"."""

    id: str
    why: Why


class Note(TypedDict):
    """A remark on the result: first_evaluation, wording, double_evidence, no_level."""

    code: Literal["first_evaluation", "wording", "double_evidence", "no_level"]
    data: dict[str, Any]


class PlatformOut(TypedDict):
    """The platform, as evaluation.toml or its sheets name it."""

    name: str
    operator: str
    region: str
    address: str
    sites: list[str]


class VisitOut(TypedDict):
    """The visit's days and the sites sampled."""

    start: Day | None
    end: Day | None
    sites: list[str]


class BandOut(TypedDict):
    """A grade and its lower bound."""

    grade: str
    lower: Number


class RubricOut(TypedDict):
    """Which table was scored."""

    id: str
    version: str
    title: Words
    scale_sha256: str
    wording_sha256: str
    base_max: Number
    bonus_max: Number
    bands: list[BandOut]


class Subject(TypedDict):
    """What was evaluated, by which table and rules."""

    platform: PlatformOut
    kind: Kind
    reason: Reason
    period: list[Day] | None
    channel: Channel
    visit: VisitOut
    rubric: RubricOut
    policy: PolicyOut
    guidance_sha256: str | None


class Verdict(TypedDict):
    """The score and what follows from it; all null while points are open or the panel is refused."""

    score: ScoreNumbers
    shown: ScoreNumbers
    grade: str | None
    margin: Margin | None
    flip: Flip | None
    path: PathOut | None


class Result(Subject, Verdict):
    """Everything an evaluation came to; the published schema is documents/files/result.schema.json."""

    schema: str
    generator: str
    status: Literal["concluded", "open", "refused"]
    sheets: list[SheetOut]
    checks: list[Check]
    open: list[Open]
    dimensions: list[ScoreOut]
    indicators: list[ScoreOut]
    criteria: list[CriterionOut]
    readings: list[Reading]
    ceiling: list[Ceiling]
    agreement: Agreement
    findings: list[Finding]
    notes: list[Note]
    replaced_characters: list[str]


def for_operator(result: Result) -> Result:
    """Return what the operator may see: no single member's marks, totals, dissent or severity.

    The proposal is the median of single marks and the flip set is made of them. They are left out, so their
    lists are empty, their texts "" or null, and the edition can still be read by the schema.
    """
    criteria: list[CriterionOut] = [
        {**c, "marks": [], "proposal": None, "dissent": ""} for c in result["criteria"]
    ]
    agreement: Agreement = {**result["agreement"], "severity": []}
    return {**result, "sheets": [], "criteria": criteria, "agreement": agreement, "flip": None}
