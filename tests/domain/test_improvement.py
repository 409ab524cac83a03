"""Improvement after the report: sample, points recovered and kept, reminders."""

import datetime as dt
import hashlib
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhiping.documents.files.rubric_file import bundled
from zhiping.domain import improvement
from zhiping.domain.errors import Invalid
from zhiping.domain.policy import Policy

RUBRIC = bundled()
SEED, OTHER = "ab" * 32, "cd" * 32
IDS = ("1.1", "3.2", "4.1", "12.10")
DUE = dt.date(2026, 6, 10)


@pytest.mark.parametrize(("count", "least"), [(0, 0), (1, 1), (3, 3), (9, 3), (10, 4), (49, 17)])
def test_sample_has_a_third_of_the_findings_and_at_least_three(count, least):
    assert improvement.least(count) == least


def test_commitment_is_the_hash_of_three_lines():
    findings = hashlib.sha256(b'["1.1","12.10","3.2","4.1"]').hexdigest()
    text = f"zhiping sample 1\nfindings {findings}\nseed {SEED}\n"
    assert improvement.commitment(IDS, SEED) == hashlib.sha256(text.encode()).hexdigest()
    assert improvement.commitment(IDS, OTHER) != improvement.commitment(IDS, SEED)
    assert improvement.commitment(IDS[1:], SEED) != improvement.commitment(IDS, SEED)


def test_seed_of_another_form_is_refused():
    with pytest.raises(Invalid) as refused:
        improvement.commitment(IDS, "xyz")
    assert [problem.code for problem in refused.value.problems] == ["draw.seed"]


@given(st.sets(st.sampled_from(sorted(RUBRIC.criteria))), st.text(max_size=20))
def test_order_is_a_permutation_by_sha256(ids, words):
    found = improvement.order(ids, SEED, words)
    assert sorted(found) == sorted(ids)
    assert improvement.order(sorted(ids, reverse=True), SEED, f" {words} ") == found


def test_order_follows_from_seed_words_and_id():
    keys = {id_: hashlib.sha256(f"{SEED}\n见证 二\n{id_}\n".encode()).hexdigest() for id_ in IDS}
    assert improvement.order(IDS, SEED, " 见证  二 ") == sorted(IDS, key=keys.get)


def points(**other):
    """Return the maximum of every base criterion, but `other`: id with _ for ."""
    return {c.id: c.max for c in RUBRIC.base} | {
        name.replace("_", "."): Fraction(mark) for name, mark in other.items()
    }


def test_points_of_a_recheck_are_added_and_none_is_taken_away():
    official = points(**{"8_2": 0, "11_2": 0, "1_1": 0, "3_1": 1})  # 89
    recovered = {"8.2": Fraction(4), "3.1": Fraction(0)}
    assert improvement.today(RUBRIC, Policy(), official, {}) == improvement.Today(
        Fraction(89), "qualified", Fraction(0)
    )
    assert improvement.today(RUBRIC, Policy(), official, recovered) == improvement.Today(
        Fraction(93), "excellent", Fraction(4)
    )


@pytest.mark.parametrize(("counts", "score"), [(True, 102), (False, 100)])
def test_bonus_counts_by_the_policy(counts, score):
    found = improvement.today(RUBRIC, Policy(bonus_counts=counts), points(B_1=2), {})
    assert (found.score, found.grade) == (score, "excellent")


@pytest.mark.parametrize(
    ("before", "reached", "after", "kept"),
    [
        (0, 2, 2, "kept"),
        (0, 2, 3, "kept"),
        (0, 2, 1, "partly"),
        (1, 2, 1, "lost"),
        (1, 2, 0, "lost"),
        (1, 1, 2, "gained"),
        (1, 1, 1, "open"),
        (1, 1, 0, "open"),
    ],
)
def test_points_kept_in_the_following_evaluation(before, reached, after, kept):
    assert improvement.kept(Fraction(before), Fraction(reached), Fraction(after)) == kept


@pytest.mark.parametrize(
    ("days", "code"), [(-8, ""), (-7, "soon"), (0, "soon"), (1, "overdue"), (5, "overdue"), (6, "escalated")]
)
def test_reminder_follows_the_deadline(days, code):
    assert improvement.reminder(DUE, DUE + dt.timedelta(days=days)) == code
