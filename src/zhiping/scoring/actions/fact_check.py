"""Write the facts put to the operator, record the answers, or decline the fact check (问题确认单)."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import IO, Any

from zhiping.documents.papers.word import papers
from zhiping.domain.errors import Conflict, Invalid, Problem
from zhiping.evaluations.models import Evaluation
from zhiping.evidence import store
from zhiping.evidence.actions.evidence import Received
from zhiping.ledger import actions as ledger
from zhiping.ledger.act import Act
from zhiping.ledger.entry import Entry
from zhiping.scoring.actions.sheet import unsettle
from zhiping.scoring.models import Fact, FactCheck, FactScan
from zhiping.scoring.queries import fact_check as queries
from zhiping.scoring.queries.needs import NEEDS
from zhiping.scoring.queries.sheet import arrived, table_of
from zhiping.texts.catalogue import speaking
from zhiping.visits.queries import facts_for, templates_of

Answer = Fact.Answer
MOST = 2000  # characters of a fact or a reply


def write_facts(
    act: Act, evaluation: Evaluation, *, facts: Mapping[str, str], left_out: Collection[str] = ()
) -> None:
    """Write one text for each criterion that lost points; blank ones can be written later.

    `facts`: by criterion id. `left_out`: criteria that are not put to the operator. An answer to a text that
    changes is withdrawn, and the fact check is open again. Raises Invalid `facts.not_lost`.
    """
    with act.move(evaluation, "write_facts") as entry:
        entry.check(NEEDS)
        lost = {loss.criterion.id: loss.fact for loss in queries.losses(evaluation)}
        if strange := [name for name in (*facts, *left_out) if name not in lost]:
            raise Invalid([Problem("facts.not_lost", {"id": name}) for name in strange])
        written = [
            _write(entry, evaluation, name, fact, facts.get(name, "").strip(), out=name in left_out)
            for name, fact in lost.items()
        ]
        gone = evaluation.facts.exclude(criterion__in=lost)
        if any(written) or gone.exists():
            entry.remove_all(gone)
            unsettle(entry, evaluation)


def _write(
    entry: Entry, evaluation: Evaluation, name: str, fact: Fact | None, text: str, *, out: bool
) -> bool:
    """Write the fact of one criterion; return whether it changed."""
    if fact is None:
        entry.add(Fact(evaluation=evaluation, criterion=name, fact=text, left_out=out))
        return True
    if (fact.fact, fact.left_out) == (text, out):
        return False
    return entry.change(fact, fact=text, left_out=out, answer="", reply="")


def answer_facts(
    act: Act, evaluation: Evaluation, *, person: str, answers: Mapping[str, tuple[str, str]],
    scan: Received | None = None,
) -> None:  # fmt: skip
    """Record the operator's answers to all facts at once, with the `person` who gave them.

    `answers`: criterion id → `agreed` or `objected`, and the operator's words. `scan`: of the signed paper;
    those of earlier answers stay.
    Raises Invalid with every fact that is not written, not answered, or objected to without words.
    """
    with act.move(evaluation, "answer_facts") as entry:
        entry.check(NEEDS)
        if open_ := queries.unstated(queries.losses(evaluation)):
            raise Invalid([Problem("facts.unstated", {"id": name}) for name in open_])
        facts = queries.put(evaluation)
        if faults := [fault for fact in facts for fault in _faults(fact, answers.get(fact.criterion))]:
            raise Invalid(faults)
        for fact in facts:
            answer, reply = answers[fact.criterion]
            entry.change(fact, answer=answer, reply=reply.strip())
        if scan:
            entry.add(
                FactScan(evaluation=evaluation, by=person, at=act.now, scan=scan.sha256, scan_name=scan.name)
            )
        _settle(act, entry, evaluation, by=person)


def decline_facts(act: Act, evaluation: Evaluation, *, reason: str) -> None:
    """Record why the operator does not confirm the facts; answers given before are withdrawn."""
    with act.move(evaluation, "decline_facts", reason=reason) as entry:
        entry.check(NEEDS)
        entry.change_all(evaluation.facts.exclude(answer=""), answer="", reply="")
        _settle(act, entry, evaluation, declined=reason)


def print_facts(act: Act, evaluation: Evaluation, *, language: str) -> tuple[str, bytes]:
    """Make the paper 问题确认单 with the facts as they are now; return its file name and content.

    Raises Conflict `facts.sheets_out` before every sheet is in. The export is in the audit log.
    """
    act.require("scoring.print_facts", evaluation)
    if queries.waits(evaluation, arrived(evaluation)):
        raise Conflict.of("facts.sheets_out")
    about = replace(facts_for(act.by, evaluation), findings=queries.stated(evaluation))
    with speaking(language), templates_of(evaluation.authority) as own:
        content = papers.fact_check(about, table_of(evaluation), templates=own)
        name = f"{evaluation.platform.name} {papers.title('fact_check')}.docx"
    ledger.audit("exported", by=act.by, at=act.now, subject=str(evaluation.pk), data={"papers": "fact_check"})
    return name, content


def take_confirmation(act: Act, scan: FactScan) -> tuple[str, IO[bytes]]:
    """Return name and content of a scan of the signed 问题确认单; the audit log records it."""
    act.require("scoring.see_facts", scan.evaluation)
    data, subject = {"scan": scan.scan[:12]}, str(scan.evaluation_id)
    ledger.audit("exported", by=act.by, at=act.now, subject=subject, data=data)
    return scan.scan_name, store.open_file(scan.scan)


def _faults(fact: Fact, answer: tuple[str, str] | None) -> list[Problem]:
    given, reply = answer or ("", "")
    if given not in (Answer.AGREED, Answer.OBJECTED):
        return [Problem("facts.unanswered", {"id": fact.criterion}, (f"answer_{fact.criterion}",))]
    if given == Answer.OBJECTED and not reply.strip():
        return [Problem("facts.no_reply", {"id": fact.criterion}, (f"reply_{fact.criterion}",))]
    if len(reply) > MOST:
        return [Problem("facts.too_long", {"id": fact.criterion, "most": MOST}, (f"reply_{fact.criterion}",))]
    return []


def _settle(act: Act, entry: Entry, evaluation: Evaluation, *, by: str = "", declined: str = "") -> None:
    values: dict[str, Any] = {"by": by, "declined": declined}
    settled = FactCheck.objects.filter(evaluation=evaluation).first()
    if settled:
        entry.change(settled, settled=act.now, **values)
    else:
        entry.add(FactCheck(evaluation=evaluation, settled=act.now, **values))
