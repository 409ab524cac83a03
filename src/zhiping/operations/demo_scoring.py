"""Demo data of the scoring: evaluations in scoring, in deliberation and concluded, with earlier years.

Members mark by a pattern: most criteria in full, some a level lower, a few of them by one member only.
"""

import datetime as dt
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from zhiping.accounts.actions import passwords
from zhiping.domain.exact import number_text
from zhiping.domain.rubric import Criterion
from zhiping.evaluations.actions import evaluation as evaluations
from zhiping.evaluations.models import Evaluation, Programme
from zhiping.evaluations.queries.evaluation import get_evaluation
from zhiping.experts.actions import expert as experts
from zhiping.experts.models import Expert
from zhiping.ids import uuid7
from zhiping.ledger.act import Act
from zhiping.ledger.batch import Sent
from zhiping.operations.demo_people import Made
from zhiping.panels.actions import declaration, duties, panel
from zhiping.scoring.actions import conclusion, deliberation, earlier, fact_check, mark, sheet
from zhiping.scoring.queries import deliberation as deliberations
from zhiping.scoring.queries import fact_check as facts
from zhiping.scoring.queries import result
from zhiping.scoring.queries.sheet import table_of
from zhiping.visits.actions import visit
from zhiping.visits.actions.start import start_evaluation
from zhiping.visits.models import VisitRecord

PANEL = {"lead": "陈立", "expert": "苏日娜", "expert2": "高娃"}  # user names of a panel, the lead first
SECRETARY = ("secretary", "斯琴")
ACCOUNTS = {"expert2": "高娃", "secretary": "斯琴"}  # opened here; the others are there
UNTIL = {12: "scoring", 13: "deliberating", 9: "concluded", 6: "concluded", 8: "concluded"}
EARLIER = {1: ("qualified", "86.5"), 2: ("qualified", "81")}  # years ago: grade and score, of platform 8


def build(made: Made, programme: Programme, secret: str) -> None:
    """Bring an evaluation of each platform named to its stage; everything is done by the people who do it."""
    _accounts(made, secret)
    for number, until in UNTIL.items():
        bring(made, programme, number, until)
    for years, (grade, graded) in EARLIER.items():
        earlier.add_earlier(
            _officer(made), made.platform[8], kind="authority", grade=grade, graded=Fraction(graded),
            period_end=dt.date(made.today.year - years, 12, 31), note="由纸质报告录入",
        )  # fmt: skip


def bring(made: Made, programme: Programme, number: int, until: str, *, every: int = 7) -> Evaluation:
    """Bring an evaluation of a platform to its stage; `every`: how often a criterion is a level lower."""
    one = evaluations.open_evaluation(_officer(made), made.platform[number], programme=programme)
    _begin(made, one)
    _score(made, one, number, members=2 if until == "scoring" else 3, every=every)
    if until != "scoring":
        _close(made, one)
    if until == "concluded":
        _conclude(made, one)
    return one


def _officer(made: Made) -> Act:
    return Act(made.user["officer"], made.now)


def _by(made: Made, name: str) -> Act:
    return Act(made.user[name], made.now)


def _accounts(made: Made, secret: str) -> None:
    """Open the accounts of the panel's other members and of the secretary."""
    for username, name in ACCOUNTS.items():
        person = experts.open_account(_officer(made), Expert.objects.get(name=name), username=username)
        made.user[username] = person
        passwords.set_password(Act(person, made.now), person, password=secret)


def _begin(made: Made, one: Evaluation) -> None:
    """Prepare an evaluation with panel, duties and visit, and start its scoring."""
    act = _officer(made)
    evaluations.prepare_evaluation(act, _fresh(made, one))
    visit.plan_visit(
        act, _fresh(made, one), visit_start=made.today, visit_end=made.today, visit_place="服务大厅"
    )
    roles = [("lead", "陈立"), *(("member", name) for name in list(PANEL.values())[1:])]
    for role, name in [*roles, ("secretary", SECRETARY[1])]:
        seat = panel.seat_expert(act, _fresh(made, one), expert=Expert.objects.get(name=name), role=role)
        if role != "secretary":
            declaration.sign_declarations(Act(seat.expert.user, made.now), [seat], conflict="")
    duties.share_duties(act, _fresh(made, one))
    start_evaluation(_by(made, "lead"), _fresh(made, one))
    for kind, time in ((VisitRecord.Kind.OPENING, "9:00"), (VisitRecord.Kind.CLOSING, "16:30")):
        visit.write_visit_record(
            _by(made, SECRETARY[0]), _fresh(made, one), kind=kind, day=made.today, time=time, place="会议室"
        )


def _score(made: Made, one: Evaluation, number: int, *, members: int, every: int) -> None:
    """Fill in and hand in the sheets of the first members; another one is half filled in."""
    for turn, name in enumerate(PANEL):
        own = sheet.open_sheet(_by(made, name), _fresh(made, one))
        sent = [
            Sent(uuid7(), _marked(criterion, at + number, turn, every), None, made.now)
            for at, criterion in enumerate(table_of(one).base)
        ]
        half = turn >= members
        mark.give_marks(_by(made, name), own, sent[: len(sent) // 2] if half else sent)
        if not half:
            sheet.hand_in(_by(made, name), own)


def _marked(criterion: Criterion, at: int, turn: int, every: int) -> Mapping[str, Any]:
    """Return a member's mark: now and then a level lower, at other criteria for one member only."""
    lower = at % every == 0 or (at % 11 == 0 and turn == 1)
    level = criterion.levels[min(len(criterion.levels) - 1, int(lower))]
    points = level.high if lower else criterion.max
    reason = level.text["zh"] if lower and points != criterion.max else ""
    return {
        "criterion": criterion.id, "points": number_text(points), "reason": reason,
        "advice": "对照评价表逐项完善。" if reason else "", "note": "", "no_level": False, "evidence": [],
    }  # fmt: skip


def _close(made: Made, one: Evaluation) -> None:
    """State the facts, record the operator's answers, close the scoring."""
    lead = _by(made, "lead")
    stated = {
        loss.criterion.id: loss.proposed or f"现场核对“{loss.criterion.title['zh']}”，所见资料不完整。"
        for loss in facts.losses(one)
    }
    fact_check.write_facts(lead, _fresh(made, one), facts=stated)
    answers = dict.fromkeys(stated, ("agreed", ""))
    fact_check.answer_facts(lead, _fresh(made, one), person="石磊", answers=answers)
    deliberation.close_scoring(lead, _fresh(made, one))


def _conclude(made: Made, one: Evaluation) -> None:
    """Agree on every disputed criterion as proposed, sign and conclude."""
    lead = _by(made, "lead")
    disputed = deliberations.disputed(one, deliberations.sheets_of(one))
    agreed = {
        name: deliberation.Settled(item.proposal, "多数成员核对材料后一致认为，按此计分。")
        for name, item in disputed.items()
        if item.proposal is not None
    }
    if agreed:
        deliberation.settle_criteria(lead, _fresh(made, one), marks=agreed)
    for name in PANEL:
        seen = result.compute(_fresh(made, one)).sha256
        conclusion.sign_result(_by(made, name), _fresh(made, one), result_sha256=seen)
    conclusion.conclude(lead, _fresh(made, one))


def _fresh(made: Made, one: Evaluation) -> Evaluation:
    return get_evaluation(made.user["officer"], one.pk)
