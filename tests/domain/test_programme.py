"""What the evaluations of a programme share, and the numbers of their letters."""

import datetime as dt

from zhiping.domain.evaluation import Evaluation, Platform
from zhiping.domain.letters import Letter, Letters
from zhiping.domain.programme import Programme, in_programme, numbered, shared

PAPERS = Letters(
    number="某局〔2025〕{n}号", own={"notice": Letter("21"), "improvement": Letter("某局〔2025〕60号")}
)


def numbers(evaluations, papers=PAPERS):
    """The numbers of the letters, evaluation by evaluation."""
    found = numbered(evaluations, Programme(papers=papers))
    return [{name: letter.number for name, letter in about.papers.own.items()} for about in found]


def test_letters_are_numbered_in_order_where_an_evaluation_has_them():
    names = [("notice", "improvement"), ("plan",), ("notice",)]
    assert numbers([(Evaluation(Platform(str(n))), each) for n, each in enumerate(names)]) == [
        {"notice": "21", "improvement": "某局〔2025〕60号"},
        {},
        {"notice": "22"},
    ]


def test_own_numbers_and_self_evaluations_use_none_of_the_programme():
    own = Evaluation(
        Platform("甲"), papers=Letters(own={"notice": Letter("某局〔2025〕3号", dt.date(2025, 8, 1))})
    )
    alone = Evaluation(Platform("乙"), kind="self")
    evaluations = [(about, ("notice",)) for about in (own, alone, Evaluation(Platform("丙")))]
    assert numbers(evaluations) == [{"notice": "某局〔2025〕3号"}, {}, {"notice": "21"}]


def test_letters_about_all_state_what_all_have_in_common():
    first = Evaluation(Platform("甲"), authority="某局", programme="计划", basis=("标准",))
    second = Evaluation(Platform("乙"), authority="某局", programme="另一计划", basis=("标准",))
    found = shared([first, second], Programme(papers=PAPERS))
    assert (found.platform.name, found.authority, found.programme, found.basis) == ("", "某局", "", ("标准",))
    assert found.papers == PAPERS
    assert shared([first], Programme("市局", "总计划", ("依据",))).authority == "市局"
    assert shared([], Programme()).authority == ""


def test_facts_an_evaluation_does_not_state_are_those_of_the_programme():
    programme = Programme("市局", "总计划", ("依据",), PAPERS)
    about = in_programme(Evaluation(Platform("甲"), authority="某局"), programme)
    assert (about.authority, about.programme, about.basis) == ("某局", "总计划", ("依据",))
    assert about.papers == Letters().with_shared(PAPERS, numbers=False)
    alone = Evaluation(Platform("乙"), kind="self")
    assert in_programme(alone, programme) == alone
