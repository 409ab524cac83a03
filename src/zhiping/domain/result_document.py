"""The result document: its types, which the JSON Schema is generated from, and the operator's edition."""

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
    """Base score, bonus, their total, and the score that is graded; null while points are open."""

    base: Number | None
    bonus: Number | None
    total: Number | None
    graded: Number | None


class MarkOut(TypedDict):
    """A member's mark. `level`: position of its level in the rubric, null for an unearned bonus."""

    expert_id: str
    points: Number
    level: int | None
    reason: str
    advice: str
    note: str
    no_level: bool


class CriterionOut(TypedDict):
    """A criterion with all its marks and the panel's mark.

    `agreed`: the panel's official points, exact (with method `mean` the mean), null while open.
    `shown`: the same as it is printed, with two decimals: the points of a table add up to their printed sum.
    `level`: position of the level of the official points, null while open or if they are in no level.
    `proposal`: the median, proposed for deliberation if disputed. `lost`: max − agreed, null for a bonus.
    """

    id: str
    max: Number
    bonus: bool
    marks: list[MarkOut]
    disputed: bool
    proposal: Number | None
    agreed: Number | None
    shown: Number | None
    agreed_reason: str
    dissent: str
    level: int | None
    lost: Number | None
    reasons: list[str]
    advice: list[str]
    notes: list[str]


class Words(TypedDict):
    """A text in both languages; `en` repeats the Chinese if there is no English."""

    zh: str
    en: str


class ScoreOut(TypedDict):
    """The points of an indicator or a dimension; `score` is null while one of its criteria is open."""

    id: str
    name: Words
    max: Number
    score: Number | None
    shown: str | None
    bonus: bool


class Finding(TypedDict):
    """A criterion that lost points, with the reasons and the advice for the report."""

    id: str
    lost: Number
    reasons: list[str]
    advice: list[str]


class SheetOut(TypedDict):
    """A sheet: its author, totals, and the hash of the marks handed in."""

    expert_id: str
    name: str
    date: str
    sha256: str
    base: Number
    bonus: Number
    total: Number


class Open(TypedDict):
    """A criterion waiting for deliberation. `why`: "differ" or "no_level"."""

    id: str
    why: Why


class Note(TypedDict):
    """A remark on the result, or on odd dates (`domain.dates`)."""

    code: Literal[
        "first_evaluation",
        "alike",
        "wording",
        "double_evidence",
        "no_level",
        "above_ceiling",
        "visit_in_period",
        "sheet_outside_visit",
        "seen_after_visit",
        "signed_in_outside_visit",
        "opening_outside_visit",
        "closing_outside_visit",
        "schedule_outside_visit",
        "amended",
    ]
    data: dict[str, Any]


class PlatformOut(TypedDict):
    """The platform, as named in evaluation.toml or in the sheets."""

    name: str
    operator: str
    region: str
    address: str
    sites: list[str]


class VisitOut(TypedDict):
    """The days of the visit and the sites sampled."""

    start: Day | None
    end: Day | None
    sites: list[str]


class BandOut(TypedDict):
    """A grade and its lower bound."""

    grade: str
    lower: Number


class RubricOut(TypedDict):
    """The rubric used for scoring."""

    id: str
    version: str
    title: Words
    scale_sha256: str
    wording_sha256: str
    base_max: Number
    bonus_max: Number
    bands: list[BandOut]


class Subject(TypedDict):
    """The subject of the evaluation, with the rubric and the policy applied."""

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
    """The score, grade and what derives from them; all null while points are open or the panel is refused."""

    score: ScoreNumbers
    shown: ScoreNumbers
    grade: str | None
    margin: Margin | None
    flip: Flip | None
    path: PathOut | None


class Result(Subject, Verdict):
    """The complete result of an evaluation; the published schema is documents/files/result.schema.json."""

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
    """Return the edition for the operator, without single members' marks, totals, dissent or severity.

    Proposal and flip set are removed too, because they are computed from single marks. Removed lists are
    empty and removed values "" or null, so that the edition remains valid against the schema.
    """
    criteria: list[CriterionOut] = [
        {**c, "marks": [], "proposal": None, "dissent": ""} for c in result["criteria"]
    ]
    agreement: Agreement = {**result["agreement"], "severity": []}
    return {**result, "sheets": [], "criteria": criteria, "agreement": agreement, "flip": None}


def for_everyone(result: Result) -> Result:
    """Return the public edition: the operator's without names of people and without what people wrote.

    Score, grade and the points of each criterion stay, so that the edition can be computed again.
    """
    shown = for_operator(result)
    criteria: list[CriterionOut] = [
        {**c, "agreed_reason": "", "reasons": [], "advice": [], "notes": []} for c in shown["criteria"]
    ]
    platform: PlatformOut = {**shown["platform"], "address": "", "sites": []}
    visit: VisitOut = {**shown["visit"], "sites": []}
    return {
        **shown, "platform": platform, "visit": visit, "criteria": criteria, "checks": [], "findings": [],
        "notes": [], "readings": [], "path": None,
        "agreement": {"alpha": None, "unanimous": None, "mean_range": None, "severity": []},
    }  # fmt: skip
