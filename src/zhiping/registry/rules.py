"""Who may register, change and decide (6.1)."""

import rules

from zhiping.accounts.models import Organisation, Region, Role, User
from zhiping.accounts.rules import responsible, works_for
from zhiping.registry.models import Platform


@rules.predicate
def responsible_for_region(user: User, region: Region | None) -> bool:
    """An officer of an authority over the region."""
    return region is not None and responsible(user, region.code)


@rules.predicate
def responsible_for_platform(user: User, platform: Platform | None) -> bool:
    """An officer of an authority over the platform's region."""
    return platform is not None and responsible(user, platform.region_id)


@rules.predicate
def runs_platform(user: User, platform: Platform | None) -> bool:
    """Staff or head of the platform's operator."""
    return platform is not None and works_for(user, platform.operator_id, Role.OPERATOR, Role.OPERATOR_HEAD)


@rules.predicate
def responsible_for_organisation(user: User, organisation: Organisation | None) -> bool:
    """An officer of an authority over the organisation's region."""
    return organisation is not None and responsible(user, organisation.region_id)


rules.add_perm("registry.add_platform", responsible_for_region)
rules.add_perm("registry.change_platform", responsible_for_platform)
