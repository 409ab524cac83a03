"""Permissions of the register (6.1)."""

import rules

from zhiping.accounts.models import Region, Role, User
from zhiping.accounts.rules import administrator, officer, responsible, works_for
from zhiping.registry.models import Platform


@rules.predicate
def responsible_for_region(user: User, region: Region | None) -> bool:
    """An officer of an authority over the region; of any, before one is chosen."""
    return responsible(user, region.code) if region else bool(user.regions)


@rules.predicate
def responsible_for_platform(user: User, platform: Platform | None) -> bool:
    """An officer of an authority over the platform's region."""
    return platform is not None and responsible(user, platform.region_id)


@rules.predicate
def runs_platform(user: User, platform: Platform | None) -> bool:
    """Staff or head of the platform's operator."""
    return platform is not None and works_for(user, platform.operator_id, Role.OPERATOR, Role.OPERATOR_HEAD)


sees_platform = responsible_for_platform | runs_platform  # as `queries.platforms.visible_to`


@rules.predicate
def heads_platform(user: User, platform: Platform | None) -> bool:
    """The head of the platform's operator."""
    return platform is not None and works_for(user, platform.operator_id, Role.OPERATOR_HEAD)


rules.add_perm("registry.add_platform", responsible_for_region)
rules.add_perm("registry.change_platform", responsible_for_platform)
rules.add_perm("registry.correct_platform", responsible_for_platform | heads_platform)
rules.add_perm("registry.move_platform", responsible_for_platform)
rules.add_perm("registry.end_service", responsible_for_platform)
rules.add_perm("registry.resume_service", responsible_for_platform)
rules.add_perm("registry.add_site", responsible_for_platform | heads_platform)
rules.add_perm("registry.change_site", responsible_for_platform | heads_platform)
rules.add_perm("registry.report_trigger", responsible_for_platform | runs_platform)
rules.add_perm("registry.view_trigger", heads_platform)
rules.add_perm("registry.decide_trigger", responsible_for_platform)
rules.add_perm("registry.meet_trigger", responsible_for_platform | heads_platform)
rules.add_perm("registry.note_evaluated", responsible_for_platform)
rules.add_perm("registry.import_platforms", officer)
rules.add_perm("registry.import_operators", officer)
rules.add_perm("registry.import_regions", administrator)
