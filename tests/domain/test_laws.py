"""Properties that hold for all panels and marks."""

from dataclasses import replace
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from tests import oracle, tables
from tests.oracle import Case

from zhiping.domain import consensus, grading, sheet
from zhiping.domain.result import evaluate

ROWS = oracle.table_a1()
RUBRIC = tables.table_a1()
STEPS = st.sampled_from([Fraction(1), Fraction(1, 2)])
SCORES = st.fractions(0, 107)


@st.composite
def cases(draw, sizes=(3, 5, 7)):
    """Draw a panel whose marks scatter around one opinion, so that all grades and disputes occur."""
    step = draw(STEPS)
    legal = [oracle.legal(row, step) for row in ROWS]
    depth = draw(st.integers(1, 4))
    opinion = [marks[-1 - draw(st.integers(0, depth)) % len(marks)] for marks in legal]
    members = []
    for _ in range(draw(st.sampled_from(sizes))):
        other = draw(st.dictionaries(st.integers(0, 50), st.integers(0, 8), max_size=8))
        members.append(
            [legal[r][other[r] % len(legal[r])] if r in other else o for r, o in enumerate(opinion)]
        )
    columns = list(zip(*members, strict=True))
    method = draw(st.sampled_from(["consensus", "mean"]))
    agreed = {r: sorted(c)[len(c) // 2] for r, c in enumerate(columns) if len(set(c)) > 1}
    agreed = agreed if method == "consensus" and draw(st.booleans()) else {}
    return Case(ROWS, oracle.BANDS, members, frozenset(), method, draw(st.booleans()), step, agreed)


def result(case, sheets=None):
    return evaluate(
        RUBRIC, tables.about(case), tables.sheets(case) if sheets is None else sheets, tables.agreed(case)
    )


law = settings(max_examples=60)


@law
@given(cases(), st.randoms(use_true_random=False))
def test_order_of_sheets_never_changes_a_result(case, chance):
    shuffled = tables.sheets(case)
    chance.shuffle(shuffled)
    assert result(case, shuffled) == result(case)


@law
@given(cases())
def test_legal_sheet_never_exceeds_the_table(case):
    for member in tables.sheets(case):
        sums = sheet.totals(RUBRIC, {name: mark.points for name, mark in member.marks.items()})
        assert 0 <= sums.base <= 100
        assert 0 <= sums.bonus <= 7
        assert sums.total <= 107


@law
@given(cases())
def test_proposal_of_an_odd_panel_is_always_a_legal_mark(case):
    for item in consensus.items(RUBRIC, tables.sheets(case)):
        assert item.proposal in item.criterion.marks(case.step)


@law
@given(cases())
def test_reasons_change_no_number(case):
    plain = result(case)
    wordy = result(
        case,
        [
            replace(
                s,
                marks={k: replace(m, reason="理由", advice="建议", note="备注") for k, m in s.marks.items()},
            )
            for s in tables.sheets(case)
        ],
    )
    numbers = (
        "status",
        "score",
        "shown",
        "grade",
        "margin",
        "flip",
        "readings",
        "agreement",
        "indicators",
        "path",
    )
    assert {name: wordy[name] for name in numbers} == {name: plain[name] for name in numbers}


@law
@given(cases(sizes=(1,)), st.sampled_from([3, 5, 7]))
def test_unanimous_panel_has_the_result_of_a_single_sheet(case, size):
    [opinion] = case.marks
    found = result(case._replace(marks=[opinion] * size))
    base, bonus = sum(opinion[:49]), sum(opinion[49:])
    score = {key: Fraction(found["score"][key]) for key in ("base", "bonus", "total")}
    assert found["status"] == "concluded"
    assert score == {"base": base, "bonus": bonus, "total": base + bonus}
    assert {Fraction(r["score"]) for r in found["readings"] if r["bonus"]} == {base + bonus}
    assert {Fraction(r["score"]) for r in found["readings"] if not r["bonus"]} == {base}
    assert found["flip"] == {"up": None, "down": None}
    assert (found["agreement"]["unanimous"], found["agreement"]["mean_range"]) == ("1", "0")


@law
@given(cases(), st.integers(0, 50))
def test_better_mark_never_lowers_a_reading(case, r):
    best = oracle.legal(ROWS[r], case.step)[-1]
    lifted = [[best if k == r else mark for k, mark in enumerate(case.marks[0])], *case.marks[1:]]
    before, after = result(case._replace(agreed={})), result(case._replace(marks=lifted, agreed={}))
    for low, high in zip(before["readings"], after["readings"], strict=True):
        if low["method"] != "consensus":
            assert Fraction(low["score"]) <= Fraction(high["score"])


@law
@given(cases())
def test_bonus_never_worsens_a_reading(case):
    found = result(case)["readings"]
    for with_bonus, without in zip(found[::2], found[1::2], strict=True):
        if with_bonus["score"] is not None:
            assert Fraction(with_bonus["score"]) >= Fraction(without["score"])


@given(SCORES, SCORES)
def test_grade_never_falls_when_the_score_rises(one, other):
    low, high = sorted((one, other))
    names = [band.grade for band in RUBRIC.bands]
    assert names.index(grading.band(RUBRIC.bands, high).grade) <= names.index(
        grading.band(RUBRIC.bands, low).grade
    )


@given(SCORES)
def test_shown_number_is_cut_and_never_rounded_up(score):
    text = grading.shown(score)
    assert len(text.partition(".")[2]) == 2
    assert Fraction(text) <= score < Fraction(text) + Fraction(1, 100)


@given(SCORES)
def test_shown_number_never_reaches_a_bound_the_score_misses(score):
    assert (
        grading.band(RUBRIC.bands, Fraction(grading.shown(score))).grade
        == grading.band(RUBRIC.bands, score).grade
    )


@law
@given(cases(), st.integers(0, 50))
def test_any_changed_mark_changes_the_hash_of_the_sheet(case, r):
    [member, *_] = tables.sheets(case)
    name = ROWS[r].id
    changed = replace(member.marks[name], points=member.marks[name].points + 1)
    other = replace(member, marks={**member.marks, name: changed})
    assert sheet.content_sha256(other) != sheet.content_sha256(member)
