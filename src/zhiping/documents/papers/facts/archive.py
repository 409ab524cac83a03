"""Facts of the papers for filing: the documents an evaluation leaves, as a list of filed documents has them.

The columns are those of DA/T 22-2015, 5.5: number, author, title, date.
"""

from zhiping.documents.papers.facts.evaluation import Facts, letter
from zhiping.documents.papers.word.stages import STAGES, of_stage
from zhiping.domain.evaluation import Evaluation
from zhiping.domain.letters import LETTERS, Letter
from zhiping.domain.result_document import Result
from zhiping.texts import wording
from zhiping.texts.catalogue import say

_OPERATORS = frozenset({"self_report", "improvement_plan", "improvement_report", "extension"})


def archive_facts(about: Evaluation, result: Result | None, organiser: str) -> Facts:
    """Return the year of filing, how long the record is kept, and its documents in the order they arise."""
    day = about.report.date or about.visit.end or about.visit.start
    return {
        "year": str(day.year) if day else "",
        "retention": wording.retention_text(about.policy.retention),
        "files": [
            {"no": str(no), **_file(name, about), "by": _author(stage, name, about, organiser)}
            for no, (stage, name) in enumerate(_filed(about, result), 1)
        ],
    }


def _filed(about: Evaluation, result: Result | None) -> list[tuple[str, str]]:
    stages = [stage for stage in STAGES if stage != "archive"]
    return [(stage, name) for stage in stages for name in of_stage(stage, about, result)]


def _file(name: str, about: Evaluation) -> Facts:
    own = Letter(about.report.number, about.report.date) if name == "report" else Letter()
    own = letter(name, about) if name in LETTERS else own
    title = say("papers.filed_title", platform=about.platform.name, title=say(f"papers.titles.{name}"))
    return {"title": title, "number": own.number, "date": own.date.strftime("%Y%m%d") if own.date else ""}


def _author(stage: str, name: str, about: Evaluation, organiser: str) -> str:
    if name in _OPERATORS:
        return about.platform.operator
    return say("papers.panel") if stage == "visit" else organiser
