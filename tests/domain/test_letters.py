"""Letters of the office: as JSON, with what a programme shares, and what cannot be among their dates."""

import datetime as dt

import pytest

from zhiping.domain.letters import Letter, Letters, from_data, problems

DAY = dt.date(2026, 3, 2)
FULL = Letters(
    number="某局〔2026〕{n}号", date=DAY, contact="白音", copy_to=("甲局", "乙局"), publicity_days=5,
    own={"notice": Letter("21", DAY, DAY), "plan": Letter(date=DAY)},
)  # fmt: skip


@pytest.mark.parametrize("letters", [Letters(), FULL, Letters(own={"notice": Letter("某局〔2026〕3号")})])
def test_letters_are_the_same_after_json(letters):
    assert from_data(letters.as_data()) == letters


def test_json_of_letters_has_what_is_stated_only():
    assert Letters(own={"notice": Letter()}).as_data() == {}
    assert FULL.as_data() == {
        "number": "某局〔2026〕{n}号",
        "date": "2026-03-02",
        "contact": "白音",
        "copy_to": ["甲局", "乙局"],
        "publicity_days": 5,
        "own": {
            "notice": {"number": "21", "date": "2026-03-02", "printed": "2026-03-02"},
            "plan": {"date": "2026-03-02"},
        },
    }


@pytest.mark.parametrize(("numbers", "number"), [(True, "21"), (False, "")])
def test_programme_fills_in_what_is_left_out(numbers, number):
    own = Letters(contact="乌兰", own={"notice": Letter(date=dt.date(2026, 4, 1))})
    both = own.with_shared(FULL, numbers=numbers)
    assert (both.number, both.contact, both.copy_to) == (FULL.number, "乌兰", ("甲局", "乙局"))
    assert both.own == {"notice": Letter(number, dt.date(2026, 4, 1), DAY), "plan": Letter(date=DAY)}


def test_what_cannot_be_is_reported_at_its_key():
    letters = Letters(
        number="某局", plan_due=dt.date(2026, 5, 1), contact_due=dt.date(2026, 3, 1),
        own={"notice": Letter("21", DAY, dt.date(2026, 3, 1)), "improvement": Letter("", DAY)},
    )  # fmt: skip
    facts = {"visit_start": dt.date(2026, 3, 1), "report": dt.date(2026, 6, 1)}
    assert [(p.code, p.where) for p in problems(letters, facts)] == [
        ("about.pattern", ("number",)),
        ("dates.plan_before_report", ("plan_due",)),
        ("dates.due_before_letter", ("contact_due",)),
        ("dates.letter_after_visit", ("notice", "date")),
        ("dates.printed_before_letter", ("notice", "printed")),
        ("dates.letter_before_report", ("improvement", "date")),
    ]
    assert [p.where for p in problems(Letters(own={"plan": Letter("3")}), {})] == [("plan", "number")]
    assert problems(FULL, {}) == []
    turned = {"visit_start": dt.date(2026, 4, 2), "visit_end": dt.date(2026, 4, 1)}
    assert problems(FULL, turned) == []  # wrong where the visit is stated, not in the letters
