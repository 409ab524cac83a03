"""Patterns of numbers."""

import pytest

from zhiping.domain.numbering import numbered, pattern_problems


@pytest.mark.parametrize("pattern", ["", "{n}", "{year}", "{year}-{n}{n}", "{year}-{n}-{x}", "{year}-{n}}"])
def test_pattern_names_year_and_count_once(pattern):
    assert [(p.code, p.data) for p in pattern_problems(pattern)] == [("number.pattern", {"found": pattern})]


def test_number_follows_the_pattern():
    assert not list(pattern_problems("内质评〔{year}〕{n}号"))
    assert numbered("内质评〔{year}〕{n}号", 2026, 7) == "内质评〔2026〕7号"
