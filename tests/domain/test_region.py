"""The region's mean is exact, of comparable platforms alone, and of five or more."""

from fractions import Fraction

import pytest
from tests.documents import evaluations

from zhiping.domain.evaluation import Platform
from zhiping.domain.region import Region, mean, overview

RESULT = evaluations.concluded()
OTHER = {
    **RESULT,
    "score": {**RESULT["score"], "graded": "80"},
    "indicators": [{**row, "score": "1"} for row in RESULT["indicators"]],
}
OFFLINE = evaluations.concluded(platform=Platform("别处", channel="offline"))


def of(*results):
    return overview(results, "0" * 64)


def test_overview_lists_concluded_evaluations_with_exact_scores():
    found = of(RESULT, evaluations.waiting(), evaluations.mean())
    assert [row["graded"] for row in found["platforms"]] == ["92", "277/3"]
    assert found["platforms"][0]["indicators"][0] == {"id": "1", "score": "7"}
    assert len(found["platforms"][0]["indicators"]) == 19


def test_mean_is_exact():
    found = mean(of(RESULT, RESULT, RESULT, RESULT, OTHER), "authority", "both")
    assert (found.platforms, found.graded) == (5, Fraction(4 * 92 + 80, 5))
    assert found.indicators["1"] == Fraction(4 * 7 + 1, 5)
    assert found == Region(5, found.graded, found.indicators)


@pytest.mark.parametrize(("kind", "channel"), [("self", "both"), ("authority", "offline")])
def test_mean_is_of_the_same_kind_and_channel_only(kind, channel):
    assert mean(of(*[RESULT] * 5), kind, channel) is None


def test_fewer_than_five_platforms_have_no_mean():
    assert mean(of(*[RESULT] * 4, OFFLINE), "authority", "both") is None
