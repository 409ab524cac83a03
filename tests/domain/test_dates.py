"""Dates that cannot be, and dates that are odd."""

import datetime as dt

import pytest

from zhiping.domain import dates
from zhiping.domain.errors import Invalid
from zhiping.texts.catalogue import LANGUAGES, problem_text, say, speaking

TODAY = dt.date(2026, 5, 20)
BEFORE, AFTER = dt.date(2026, 5, 1), dt.date(2026, 5, 9)
SENTENCES = [(order.code, order) for order in dates.ORDERS]


@pytest.mark.parametrize("order", dates.ORDERS, ids=lambda order: f"{order.earlier}-{order.later}")
def test_order_of_two_dates_is_judged_where_both_are_known(order):
    wrong = {order.earlier: AFTER, order.later: BEFORE}
    found = dates.problems(wrong)
    assert [(p.code, p.where) for p in found] == [(order.code, (order.place,))]
    assert found[0].data == {"found": str(wrong[order.place]), "limit": str(wrong[order.other])}
    assert dates.problems({order.earlier: BEFORE, order.later: BEFORE}) == []
    assert dates.problems({order.earlier: BEFORE, order.later: AFTER}) == []
    assert dates.problems({order.earlier: None, order.later: BEFORE}) == []
    assert dates.problems({order.earlier: AFTER, order.later: None}) == []


@pytest.mark.parametrize("name", dates.PAST)
def test_what_has_happened_cannot_lie_in_the_future(name):
    tomorrow = TODAY + dt.timedelta(days=1)
    assert dates.problems({name: TODAY}, TODAY) == []
    assert dates.problems({name: tomorrow}) == []
    [problem] = dates.problems({name: tomorrow}, TODAY)
    assert (problem.code, problem.where, problem.data) == (
        "dates.future", (name,), {"found": "2026-05-21", "limit": "2026-05-20"},
    )  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("order", dates.ORDERS, ids=lambda order: order.code)
def test_sentence_has_the_date_found_and_the_one_allowed(language, order):
    [problem] = dates.problems({order.earlier: AFTER, order.later: BEFORE})
    with speaking(language):
        sentence = problem_text(problem)
    assert "2026-05-01" in sentence
    assert "2026-05-09" in sentence


def test_check_raises_everything_at_once_at_the_fields_of_a_form():
    known = {"trained": dt.date(2026, 6, 2), "valid_until": dt.date(2026, 6, 1)}
    with pytest.raises(Invalid) as caught:
        dates.check(known, TODAY, fields={"trained": "date"})
    assert [(p.code, p.where) for p in caught.value.problems] == [
        ("dates.future", ("date",)), ("dates.training", ("valid_until",)),
    ]  # fmt: skip
    dates.check({"trained": TODAY}, TODAY)


@pytest.mark.parametrize(("code", "order"), dates.ODD, ids=lambda one: getattr(one, "later", one))
def test_odd_dates_are_notes_and_no_problems(code, order):
    facts = {order.earlier: AFTER, order.later: BEFORE}
    assert dates.problems(facts) == []
    [(found, data)] = dates.odd(facts)
    assert (found, sorted(data.values())) == (code, ["2026-05-01", "2026-05-09"])
    assert dates.odd({order.earlier: BEFORE, order.later: BEFORE}) == []
    for language in LANGUAGES:
        with speaking(language):
            assert say(f"wording.notes.{code}", **data, title="", experts="", start="", end="")


@pytest.mark.parametrize(
    ("words", "outside"),
    [
        ("2025-12-30 09:00", False),
        ("2026-01-02", False),
        ("2026年1月3日 9:00", True),
        ("２０２５．１２．２９", True),
        ("12月31日上午", False),
        ("1月2日", False),  # a day of either year
        ("1月3日", True),
        ("12月29日至1月2日", True),
        ("9:00-11:30", False),
        ("9-11", False),
        ("2月30日", False),
        ("上午", False),
    ],
)
def test_days_that_a_text_names_are_compared_with_a_span(words, outside):
    span = dt.date(2025, 12, 30), dt.date(2026, 1, 2)
    assert dates.names_day_outside(words, *span) is outside
