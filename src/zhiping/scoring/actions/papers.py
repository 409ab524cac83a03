"""Make the papers that follow a result."""

from zhiping.evaluations.models import Evaluation
from zhiping.ledger.act import Act
from zhiping.scoring.queries import files
from zhiping.scoring.queries.result import get_concluded
from zhiping.visits.actions.papers import written_papers


def make_after_papers(
    act: Act, evaluation: Evaluation, *, language: str, name: str = ""
) -> tuple[str, bytes]:
    """Make the papers after the conclusion, or the one called `name`; return a file name with its content.

    They hold no single member's mark. Raises what `visits.actions.papers.make_papers` raises.
    """
    act.require("scoring.make_after_papers", evaluation)
    found, _ = get_concluded(act.by, evaluation.pk)
    about = files.about_of(found)
    return written_papers(act, evaluation, about, found.full, stage="after", language=language, name=name)
