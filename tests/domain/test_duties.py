"""Proposed duties: complete, balanced, by knowledge, without conflicts."""

from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from zhiping.documents.files import rubric_file
from zhiping.domain.duties import Member, share

INDICATORS = rubric_file.bundled().indicators
IDS = [i.id for i in INDICATORS]
FIELDS = ("metrology", "standards", "certification", "testing", "quality", "information", "service", "law")

members = st.integers(1, 9).flatmap(
    lambda n: st.tuples(*(st.builds(Member, st.just(f"m{k}"), st.frozensets(st.sampled_from(FIELDS)))
                          for k in range(n)))
)  # fmt: skip


@given(members)
def test_every_indicator_has_one_lead_and_another_checker(panel):
    duties = share(INDICATORS, panel)
    assert [d.indicator for d in duties] == IDS
    assert all(d.leads != d.checks for d in duties)
    assert all((d.checks is None) == (len(panel) == 1) for d in duties)


@given(members)
def test_load_is_at_most_an_equal_share_and_one_indicator(panel):
    points = {i.id: i.max for i in INDICATORS}
    most = sum(points.values(), Fraction(0)) / len(panel) + max(points.values())
    duties = share(INDICATORS, panel)
    for side in ("leads", "checks"):
        loads = dict.fromkeys((m.id for m in panel), Fraction(0)) | {None: Fraction(0)}
        for duty in duties:
            loads[getattr(duty, side)] += points[duty.indicator]
        assert max(loads[m.id] for m in panel) <= most


def test_members_with_knowledge_lead():
    panel = [Member("a"), Member("b", frozenset({"metrology"})), Member("c", frozenset({"information"}))]
    led = {d.indicator: d.leads for d in share(INDICATORS, panel)}
    names = {i.name.zh: i.id for i in INDICATORS}
    assert led[names["计量服务"]] == "b"
    assert led[names["信息化建设"]] == "c"


def test_members_do_not_lead_indicators_they_run():
    panel = [Member("a", runs=frozenset(IDS)), Member("b"), Member("c")]
    duties = share(INDICATORS, panel)
    assert [d.indicator for d in duties] == IDS
    assert "a" not in {d.leads for d in duties}


def test_indicator_run_by_all_members_is_omitted():
    panel = [Member(m, runs=frozenset({"7"})) for m in "abc"]
    assert [d.indicator for d in share(INDICATORS, panel)] == [i for i in IDS if i != "7"]


def test_no_members_no_duties():
    assert share(INDICATORS, []) == []


def test_proposal_is_deterministic():
    panel = [Member("a"), Member("b"), Member("c")]
    again = [replace(m) for m in panel]
    assert share(INDICATORS, panel) == share(INDICATORS, again)
