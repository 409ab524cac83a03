"""Permissions of programmes, trips and evaluations."""

import rules

from zhiping import permissions
from zhiping.accounts.models import Organisation, Role, User
from zhiping.accounts.rules import responsible, works_for
from zhiping.domain import lifecycle
from zhiping.evaluations.models import Evaluation, Programme
from zhiping.registry.rules import heads_platform, responsible_for_platform


@rules.predicate
def leads_authority(user: User, evaluation: Evaluation | None) -> bool:
    """An officer of the authority that leads the evaluation, or of one above; never of a self-evaluation."""
    authority = evaluation.authority if evaluation is not None else None
    return authority is not None and responsible(user, authority.region_id)


@rules.predicate
def oversees(user: User, evaluation: Evaluation | None) -> bool:
    """An officer over the platform's region, who also reads what operators evaluate themselves."""
    return evaluation is not None and responsible(user, evaluation.platform.region_id)


@rules.predicate
def oversees_authority(user: User, evaluation: Evaluation | None) -> bool:
    """An officer over the platform's region, unless the operator evaluates itself: that is only read."""
    return evaluation is not None and evaluation.kind == "authority" and bool(oversees(user, evaluation))


@rules.predicate
def heads_operator(user: User, evaluation: Evaluation | None) -> bool:
    """The head of the platform's operator."""
    return evaluation is not None and works_for(user, evaluation.platform.operator_id, Role.OPERATOR_HEAD)


@rules.predicate
def is_of_operator(user: User, evaluation: Evaluation | None) -> bool:
    """Staff or head of the platform's operator."""
    return evaluation is not None and works_for(
        user, evaluation.platform.operator_id, Role.OPERATOR, Role.OPERATOR_HEAD
    )


@rules.predicate
def has_charge(user: User, evaluation: Evaluation | None) -> bool:
    """In charge of the evaluation: the authority, of a self-evaluation the operator's head."""
    if evaluation is None:
        return False
    charged = heads_operator if evaluation.kind == "self" else leads_authority
    return bool(charged(user, evaluation))


@rules.predicate
def runs_programme(user: User, programme: Programme | None) -> bool:
    """An officer over the region of the programme's authority."""
    return programme is not None and responsible(user, programme.authority.region_id)


MOVES = lifecycle.of_stage("evaluations")

rules.add_perm("evaluations.open_evaluation", responsible_for_platform)
rules.add_perm("evaluations.open_self_evaluation", heads_platform)
permissions.bind(MOVES["evaluation"], {"in_charge": has_charge})
permissions.bind(MOVES["programme"], {"authority": runs_programme})


@rules.predicate
def responsible_for_authority(user: User, authority: Organisation | None) -> bool:
    """An officer over the region of an authority."""
    return (
        authority is not None
        and authority.kind == Organisation.Kind.AUTHORITY
        and responsible(user, authority.region_id)
    )


rules.add_perm("evaluations.add_programme", responsible_for_authority)
