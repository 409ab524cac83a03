"""Which papers there are, by stage of an evaluation, and which of them one evaluation has."""

from collections.abc import Mapping

from zhiping.domain.evaluation import Evaluation
from zhiping.domain.result_document import Result

STAGES: Mapping[str, tuple[str, ...]] = {
    "prepare": (
        "notice",
        "plan",
        "draw",
        "panel",
        "invitation",
        "declaration",
        "recusal",
        "schedule",
        "materials",
        "self_report",
    ),
    "visit": (
        "sign_in",
        "opening",
        "closing",
        "inspection",
        "table",
        "summary",
        "deliberation",
        "fact_notes",
        "fact_check",
    ),
    "after": (
        "comments",
        "draft",
        "answer",
        "approval",
        "report",
        "receipt",
        "announcement",
        "publicity",
        "rectification",
        "improvement",
        "improvement_plan",
        "improvement_report",
        "extension",
        "recheck",
        "closure",
        "reevaluation",
    ),
    "archive": ("archive_index", "archive_note", "handover", "disposal"),
}
PROGRAMME = ("announcement_all", "publicity_all")  # one of each for all evaluations of a programme
PAPERS = tuple(name for names in STAGES.values() for name in names)
# What single members marked and wrote: for the panel and the authority only.
MEMBERS = frozenset({"summary", "deliberation", "fact_notes"})
REPORTS = frozenset({"draft", "report"})  # the report as sent for comments, and as issued
_COMMENTS = frozenset({"comments", "draft", "answer"})
_LED = _COMMENTS | {"draw", "announcement", "publicity"}  # an authority leads
_REMEDY = frozenset({"improvement_plan", "improvement_report", "extension", "recheck", "closure"})


def of_stage(stage: str, evaluation: Evaluation, result: Result | None) -> list[str]:
    """Return the papers of a stage that this evaluation has, in order; KeyError for an unknown stage.

    A self-evaluation has no draw, no letter for comments and no announcement; the policy and the outcome
    decide on the others. While there is no grade, both notices stand as forms.
    """
    left_out = set(_LED if evaluation.kind == "self" else ())
    if evaluation.policy.draft_days is None:
        left_out |= _COMMENTS
    if evaluation.policy.method == "panel":
        left_out |= MEMBERS
    elif evaluation.policy.method == "mean":
        left_out.add("deliberation")
    return [name for name in STAGES[stage] if name not in left_out | _left_out_by(result)]


def _left_out_by(result: Result | None) -> set[str]:
    if result is None or result["status"] == "refused":
        return {*REPORTS, "approval"}
    if result["grade"] is None:
        return set()
    failed = result["grade"] == result["rubric"]["bands"][-1]["grade"]
    notice = {"improvement"} if failed else {"rectification", "reevaluation"}
    return notice if result["findings"] else {"rectification", "improvement", "reevaluation", *_REMEDY}
