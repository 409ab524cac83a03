"""A result in words: what every paper says in the same way."""

from fractions import Fraction

import pytest

from zhiping.documents import wording
from zhiping.domain.rubric import Level, Text

WHOLE, HALF = Fraction(1), Fraction(1, 2)


def level(low, high, step=None):
    return Level(Fraction(low), Fraction(high), Text("每缺一项扣分", "less for each one missing"), step)


@pytest.mark.parametrize(
    ("one", "step", "chinese", "english"),
    [
        (level(2, 2), HALF, "2 分：", "2: "),
        (level(0, 1), None, "0～1 分：", "0 to 1: "),
        (level(0, 1), WHOLE, "0～1 分：", "0 to 1: "),
        (level(0, 1), HALF, "0～1 分（以 0.5 分为一档）：", "0 to 1 in steps of 0.5: "),
        (level(0, "1.5", HALF), None, "0～1.5 分（以 0.5 分为一档）：", "0 to 1.5 in steps of 0.5: "),
        (level(0, "1.5", HALF), WHOLE, "0～1.5 分（以 0.5 分为一档）：", "0 to 1.5 in steps of 0.5: "),
    ],
)
def test_level_is_said_with_its_own_step_or_the_policys(one, step, chinese, english):
    assert wording.level_text("zh", one, step) == f"{chinese}每缺一项扣分"
    assert wording.level_text("en", one, step) == f"{english}less for each one missing"
