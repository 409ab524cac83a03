"""Demo data of the reports: one out for comment with an objection, one issued, announced and received."""

import datetime as dt

from zhiping.accounts.actions import passwords, people
from zhiping.accounts.models import Role
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import get_evaluation
from zhiping.ledger.act import Act
from zhiping.operations.demo_people import Made
from zhiping.public.actions import announce_result
from zhiping.reporting.actions import editions, feedback, objection, words
from zhiping.reporting.queries.report import digest
from zhiping.scoring.queries.past import document_of
from zhiping.scoring.queries.result import latest

COMMENTED, ISSUED = 6, 8  # numbers of platforms
LATER = (3, 4, 10)  # those of the demo's improvements, which have the same head


def build(made: Made, secret: str) -> None:
    """Write both reports by the people who do it."""
    _account(made, secret)
    for number in (COMMENTED, ISSUED):
        _write(made, _evaluation(made, number))
        editions.send_draft(_by(made, "lead"), _seen(made, "lead", number))
    _object(made)
    editions.accept_draft(_by(made, "head2"), _seen(made, "head2", ISSUED))
    issued = editions.issue_report(
        _by(made, "officer"), _seen(made, "officer", ISSUED), reviewer="王素芬", signer="李国栋"
    )
    announce_result(_by(made, "officer"), _seen(made, "officer", ISSUED))
    editions.confirm_receipt(_by(made, "head2"), _seen(made, "head2", ISSUED), edition=issued)
    feedback.give_feedback(
        _by(made, "head2"), _seen(made, "head2", ISSUED), text="评价组意见具体，改进工作已列入本季度计划。"
    )


def _account(made: Made, secret: str) -> None:
    """Open the account of the head of both operators."""
    roles = [(Role.OPERATOR_HEAD, made.platform[number].operator) for number in (COMMENTED, ISSUED, *LATER)]
    person = people.add_person(Act.clock(made.now), name="包文（运营负责人）", username="head2", roles=roles)
    made.user["head2"] = person
    passwords.set_password(Act(person, made.now), person, password=secret)


def _write(made: Made, evaluation: Evaluation) -> None:
    act, own = _by(made, "lead"), get_evaluation(made.user["lead"], evaluation.pk)
    words.write_part(
        act, own, name="highlights", text="窗口实行首问负责，企业诉求全程可查。", before=digest("")
    )
    lost = _lost(evaluation)
    words.write_recommendation(
        act, get_evaluation(made.user["lead"], evaluation.pk), what="完善失分项目的台账并定期核对。",
        who="平台运营部", until=made.today + dt.timedelta(days=20), proof="查看台账和核对记录",
        findings=" ".join(lost[:2]),
    )  # fmt: skip


def _lost(evaluation: Evaluation) -> list[str]:
    row = latest(evaluation)
    return [found["id"] for found in document_of(row)["findings"]] if row else []


def _object(made: Made) -> None:
    lost = _lost(_evaluation(made, COMMENTED))
    objection.raise_objection(
        _by(made, "head2"), _seen(made, "head2", COMMENTED), criterion=lost[0] if lost else "",
        text="相关台账在现场评价当日已经补齐，请评价组核对。",
    )  # fmt: skip


def _evaluation(made: Made, number: int) -> Evaluation:
    found: Evaluation = Evaluation.objects.exclude(grade="").get(platform=made.platform[number])
    return found


def _by(made: Made, name: str) -> Act:
    return Act(made.user[name], made.now)


def _seen(made: Made, name: str, number: int) -> Evaluation:
    return get_evaluation(made.user[name], _evaluation(made, number).pk)
