"""The one place where a result is put together: marks in, everything anybody may want to know out."""

from typing import Any, Literal, TypedDict

Number = str  # an exact number as text: "89.5" or "268/3"; `Fraction(number)` reads both
SCHEMA = "zhiping/result/1"


class NumberTriple(TypedDict):
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
    `level`: position of the level the official points belong to; null when open, a mean, or an unearned bonus.
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


class ScoreOut(TypedDict):
    """An indicator's or dimension's points; `score` null while one of its criteria is open."""

    id: str
    name: dict[str, str]
    max: Number
    score: Number | None
    shown: str | None
    bonus: bool


class CheckOut(TypedDict):
    """One check of the panel."""

    code: str
    state: Literal["pass", "fail", "not_shown"]
    data: dict[str, Any]


class Reading(TypedDict):
    """The grade under one reading of the marks; undefined ones are null and carry why."""

    method: Literal["consensus", "mean", "item_medians", "median_of_totals"]
    bonus: bool
    score: Number | None
    shown: str | None
    grade: str | None
    why: str | None  # "open", "no_single_marks", "even_panel"
    official: bool


class Change(TypedDict):
    """One changed mark of a flip set: the criterion, its official points and the mark a member gave."""

    id: str
    points: Number
    to: Number


class Flip(TypedDict):
    """Fewest changed criteria that would give another grade; null where impossible."""

    up: list[Change] | None
    down: list[Change] | None


class Ceiling(TypedDict):
    """The most a platform of this channel could earn under one reading of the table."""

    channel: str
    reading: Literal["lenient", "strict"]
    base: Number
    total: Number
    grade: str
    capped: list[dict[str, str]]  # [{"id", "max"}]


class Margin(TypedDict):
    """Points to the next better bound, and above the own bound; null at the ends."""

    to_next: Number | None
    next_grade: str | None
    above_own: Number | None


class Severity(TypedDict):
    """How strict a member is beside the others: negative is stricter; descriptive only."""

    expert_id: str
    share: Number
    points: Number


class Agreement(TypedDict):
    """How far the members' marks agree; all null where there are no single marks.

    `alpha`: Krippendorff's α, exact, null when nobody's marks vary. `unanimous`: share of base criteria on
    which all agree. `mean_range`: mean distance of highest and lowest mark, in points.
    """

    alpha: Number | None
    unanimous: Number | None
    mean_range: Number | None
    severity: list[Severity]


class PathStep(TypedDict):
    """One criterion to improve."""

    id: str
    points: Number  # now
    to: Number
    gain: Number
    effort: Number
    cliff: bool


class PathOut(TypedDict):
    """The cheapest way to a grade; `steps` null when unreachable, then `short` says by how much."""

    to: str
    bound: Number
    steps: list[PathStep] | None
    effort: Number | None
    reaches: Number | None
    short: Number | None


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
    """A criterion that waits for deliberation. `why`: "differ", "no_level", "no_reason", "dissent_only"."""

    id: str
    why: str


class Result(TypedDict):
    """Everything an evaluation came to; the published schema is documents/result.schema.json."""

    schema: str
    generator: str
    status: Literal["concluded", "open", "refused"]
    platform: dict[str, Any]  # name, operator, region, address, sites
    kind: str
    reason: str
    period: list[str] | None
    channel: str
    visit: dict[str, Any]  # start, end, sites
    rubric: dict[str, Any]  # id, version, title, scale_sha256, wording_sha256, base_max, bonus_max, bands
    policy: dict[str, Any]
    guidance_sha256: str | None
    sheets: list[SheetOut]
    checks: list[CheckOut]
    open: list[Open]
    score: NumberTriple
    shown: NumberTriple
    grade: str | None
    dimensions: list[ScoreOut]
    indicators: list[ScoreOut]
    criteria: list[CriterionOut]
    readings: list[Reading]
    margin: Margin | None
    flip: Flip | None
    ceiling: list[Ceiling]
    agreement: Agreement
    path: PathOut | None
    findings: list[Finding]
    notes: list[
        dict[str, Any]
    ]  # {"code", "data"}: first evaluation and 16.1, differing wording, double evidence
    replaced_characters: list[str]
