"""Closed evaluations, packed by the worker's job, sealed and archived."""

from tests.panels import panels
from tests.reporting.reporting import act, seen, sent
from tests.server.cast import NOW, unchecked

from zhiping.archive import jobs
from zhiping.archive.actions import record as actions
from zhiping.archive.models import Packing
from zhiping.archive.queries.record import get_filed
from zhiping.evaluations.models import Evaluation
from zhiping.reporting.actions import editions

REASON = "按照归档范围和保管期限表"


def closed(cast, evaluation=None, now=NOW):
    """Return an evaluation whose report is issued and whose improvement was closed."""
    evaluation = evaluation or sent(cast)
    editions.accept_draft(act(cast, "staff", now), seen(cast, "staff", evaluation))
    editions.issue_report(act(cast, "officer", now), seen(cast, "officer", evaluation), signer="李签发")
    return close(evaluation, now)


def close(evaluation, now=NOW):
    """Close an evaluation as its improvement would, without a plan."""
    with unchecked(evaluation, at=now).move(fresh(evaluation), "close_evaluation") as entry:
        entry.held.update(entry.move.needs)
    return fresh(evaluation)


def fresh(evaluation):
    return panels.fresh(Evaluation.objects.select_related("head", "authority").get(pk=evaluation.pk))


def kept(cast, evaluation, name="archivist"):
    """Return the evaluation as a request of a keeper of its record would read it."""
    return get_filed(getattr(cast, name), evaluation.pk)


def opened(cast, evaluation=None, now=NOW, **given):
    """Open the record of a closed evaluation."""
    evaluation = evaluation or closed(cast)
    values = {"retention": "30", "reason": REASON} | given
    actions.open_record(act(cast, "archivist", now), kept(cast, evaluation), **values)
    return fresh(evaluation)


def packed(cast, evaluation=None, **given):
    """Open the record of an evaluation and run the job that packs it."""
    evaluation = opened(cast, evaluation, **given)
    jobs.make_packages.call(str(Packing.objects.get(evaluation=evaluation, finished=None).pk))
    return fresh(evaluation)


def archived(cast, evaluation=None, now=NOW, **given):
    """Return an archived evaluation."""
    evaluation = packed(cast, evaluation, **given)
    actions.archive_evaluation(act(cast, "archivist", now), kept(cast, evaluation))
    return fresh(evaluation)
