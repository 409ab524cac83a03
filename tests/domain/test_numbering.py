"""Patterns of numbers."""

import pytest

from zhiping.domain.numbering import numbered, pattern_problems, record_number, record_pattern_problems


@pytest.mark.parametrize("pattern", ["", "{n}", "{year}", "{year}-{n}{n}", "{year}-{n}-{x}", "{year}-{n}}"])
def test_pattern_names_year_and_count_once(pattern):
    assert [(p.code, p.data) for p in pattern_problems(pattern)] == [("number.pattern", {"found": pattern})]


def test_number_follows_the_pattern():
    assert not list(pattern_problems("内质评〔{year}〕{n}号"))
    assert numbered("内质评〔{year}〕{n}号", 2026, 7) == "内质评〔2026〕7号"


@pytest.mark.parametrize("pattern", ["{year}-{n}", "{year}-{retention}", "{year}{retention}{n}{n}"])
def test_pattern_of_records_names_each_part_once(pattern):
    found = [(p.code, p.data) for p in record_pattern_problems(pattern)]
    assert found == [("number.record_pattern", {"found": pattern})]


@pytest.mark.parametrize(("retention", "written"), [("permanent", "Y"), ("30", "D30"), ("10", "D10")])
def test_number_of_a_record_has_its_retention_and_four_digits(retention, written):
    pattern = "PJ·{year}-{retention}-{n}"
    assert not list(record_pattern_problems(pattern))
    assert record_number(pattern, 2025, retention, 7) == f"PJ·2025-{written}-0007"
