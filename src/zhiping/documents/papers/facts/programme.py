"""Facts of the letters about all evaluations of a programme: a row for each platform, what is common."""

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

from zhiping.documents.papers.facts.evaluation import Facts, facts, of_paper
from zhiping.domain.evaluation import Evaluation
from zhiping.domain.result_document import Result
from zhiping.domain.rubric import Rubric
from zhiping.texts import wording
from zhiping.texts.catalogue import say, translated


def programme_facts(name: str, about: Evaluation, rubric: Rubric, results: Sequence[Result]) -> Facts:
    """Return the facts of a letter about several results; `name`: the letter whose number it has."""
    known = of_paper(name, facts(about, rubric, None), about)
    return {**known, "programme": _programme(results, rubric)}


def _programme(results: Sequence[Result], rubric: Rubric) -> Facts:
    counts = Counter(wording.grade_name(rubric, result["grade"]) for result in results)
    grades = [translated(band.name) for band in rubric.bands]
    parts = [say("papers.of_grade", grade=name, count=counts[name]) for name in grades if counts[name]]
    years = {result["period"][1][:4] for result in results if result["period"]}
    return {
        "year": years.pop() if len(years) == 1 else "",
        "count": str(len(results)),
        "grades": say("wording.comma").join(parts),
        "failed": say("wording.comma").join(
            result["platform"]["name"] for result in results if result["grade"] == rubric.bands[-1].grade
        ),
        "common": _common(results, rubric),
        "rows": [{"no": str(no), **wording.platform_row(r, rubric)} for no, r in enumerate(results, 1)],
    }


def _common(results: Sequence[Result], rubric: Rubric) -> str:
    """Name the indicators in which at least half of the platforms lost points, the most frequent first."""
    parts = [part for result in results for part in result["indicators"] if not part["bonus"]]
    lost = Counter(part["id"] for part in parts if Fraction(part["score"] or 0) < Fraction(part["max"]))
    often = sorted(
        (i for i in rubric.indicators if 2 * lost[i.id] >= len(results)), key=lambda i: -lost[i.id]
    )
    named = [
        say("papers.lost_in", indicator=translated(i.name), count=lost[i.id]) for i in often if lost[i.id]
    ]
    return say("wording.comma").join(named)
