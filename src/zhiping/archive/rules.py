"""Permissions of the archive: who keeps a record, who reads it (8.5)."""

import rules

from zhiping import permissions
from zhiping.accounts.models import Organisation, Role, User
from zhiping.accounts.rules import works_for
from zhiping.archive.models import Package
from zhiping.domain.lifecycle import FILED, State, of_stage
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.rules import has_charge, heads_operator, is_of_operator, oversees
from zhiping.panels.rules import is_on_panel


@rules.predicate
def archivist(user: User, evaluation: Evaluation | None) -> bool:
    """An archivist of the authority that leads, or of one above; of a self-evaluation the operator's.

    Before an evaluation is closed it is none of their business.
    """
    if evaluation is None or evaluation.head.phase not in FILED:
        return False
    if evaluation.authority is None:
        return works_for(user, evaluation.platform.operator_id, Role.ARCHIVIST)
    place = evaluation.authority.region_id
    above = user.organisations(Role.ARCHIVIST)
    return any(
        one.kind == Organisation.Kind.AUTHORITY and one.region_id <= place <= one.region.last_code
        for one in above
    )


@rules.predicate
def heads_own(user: User, evaluation: Evaluation | None) -> bool:
    """The head of the operator that evaluated itself."""
    if evaluation is None or evaluation.kind != "self" or evaluation.head.phase not in FILED:
        return False
    return bool(heads_operator(user, evaluation))


@rules.predicate
def reads_filed(user: User, evaluation: Evaluation | None) -> bool:
    """Who keeps the record or ran the evaluation once it is closed; once archived all whom it concerns."""
    if evaluation is None or evaluation.head.phase not in FILED:
        return False
    if holds(user, evaluation):
        return True
    around = oversees | is_of_operator | is_on_panel
    return evaluation.head.phase == State.ARCHIVED and bool(around(user, evaluation))


@rules.predicate
def takes(user: User, package: Package | None) -> bool:
    """Who keeps the record or ran the evaluation; of the public edition all who read the record."""
    if package is None:
        return False
    if package.edition == Package.Edition.PUBLIC:
        return bool(reads_filed(user, package.evaluation))
    return bool(holds(user, package.evaluation))


@rules.predicate
def keeps_package(user: User, package: Package | None) -> bool:
    """Who keeps the record of the package."""
    return package is not None and bool(keeps(user, package.evaluation))


@rules.predicate
def files_records(user: User, organisation: Organisation | None) -> bool:
    """An archivist of the organisation or of an authority above; the head of an operator for its own."""
    if organisation is None:
        return False
    if organisation.kind == Organisation.Kind.OPERATOR:
        return works_for(user, organisation.pk, Role.ARCHIVIST, Role.OPERATOR_HEAD)
    return any(
        one.kind == Organisation.Kind.AUTHORITY
        and one.region_id <= organisation.region_id <= one.region.last_code
        for one in user.organisations(Role.ARCHIVIST)
    )


@rules.predicate
def files_any(user: User) -> bool:
    """An archivist, or the head of an operator."""
    return bool(user.organisations(Role.ARCHIVIST, Role.OPERATOR_HEAD))


@rules.predicate
def packer(_user: User, _evaluation: Evaluation | None) -> bool:
    """The worker, for which the system acts: no person."""
    return False


keeps = archivist | heads_own
holds = keeps | has_charge

SEATS = {
    "archivist": archivist,
    "operator_head": heads_own,
    "second_keeper": holds,
    "packer": packer,
}
permissions.bind(of_stage("archive")["evaluation"], SEATS)
rules.add_perm("archive.see_record", reads_filed)
rules.add_perm("archive.pack", keeps)
rules.add_perm("archive.see_access", holds)
rules.add_perm("archive.take_package", takes)
rules.add_perm("archive.take_seal", takes)
rules.add_perm("archive.take_checks", takes)
rules.add_perm("archive.ask_check", keeps_package)
rules.add_perm("archive.see_fixity", files_any)
rules.add_perm("archive.see_filing", files_records)
rules.add_perm("archive.make_list", files_records)
rules.add_perm("archive.file_year", files_records)
rules.add_perm("archive.set_filing_rules", files_records)
permissions.allow_clock("archive.seal_package", "archive.make_packages", "archive.check_packages")
