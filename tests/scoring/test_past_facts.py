"""The facts of a platform's last evaluation on the scoring page: never a mark of it."""

import pytest
from tests.panels import panels
from tests.scoring.deliberating import closed
from tests.scoring.scoring import MEMBERS, begun, opened
from tests.scoring.test_result import conclude, sign
from tests.server.cast import unchecked

from zhiping.scoring.queries.fieldwork import fieldwork


def concluded(cast, **marks):
    """Return an evaluation of 2024 that was concluded with these marks of all members."""
    earlier = closed(cast, dict.fromkeys(MEMBERS, marks))
    sign(cast, earlier, *MEMBERS)
    conclude(cast, earlier)
    return moved(panels.fresh(earlier), 2024)


def moved(evaluation, year):
    """Return an evaluation with its period moved to a year."""
    start, end = (day.replace(year=year) for day in (evaluation.period_start, evaluation.period_end))
    with unchecked(evaluation).move(evaluation, "change_letters") as entry:
        entry.change(evaluation, period_start=start, period_end=end)
    return evaluation


def page(cast, evaluation):
    """Return what the scoring page of a member keeps."""
    return fieldwork(cast.member, opened(cast, evaluation, "member"))


@pytest.mark.parametrize("points", ["0", "1"])
def test_facts_of_the_last_evaluation_are_the_same_whatever_the_marks(cast, points):
    earlier = concluded(cast, **{"4_1": points})
    evaluation = begun(cast)
    shown = page(cast, evaluation)
    fact = {"criterion": "4.1", "fact": "入口处的公示栏已拆除", "answer": "agreed", "reply": ""}
    assert shown["past"] == {"year": 2024, "facts": [fact]}
    moved(earlier, 2026)  # later than the evaluation: then it is not its last one
    assert page(cast, evaluation) == {**shown, "past": None}


def test_an_evaluation_without_losses_hides_the_facts_of_the_one_before_it(cast):
    moved(concluded(cast, **{"4_1": "0"}), 2023)
    concluded(cast)
    assert page(cast, begun(cast))["past"] is None
