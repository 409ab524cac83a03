"""Changing the register."""

from zhiping.registry.actions.imports import import_operators, import_platforms, import_regions
from zhiping.registry.actions.platforms import (
    add_platform,
    change_platform,
    correct_platform,
    end_service,
    move_platform,
    resume_service,
)
from zhiping.registry.actions.sites import add_site, change_site
from zhiping.registry.actions.triggers import decide_trigger, meet_trigger, report_trigger, view_trigger

__all__ = [
    "add_platform",
    "add_site",
    "change_platform",
    "change_site",
    "correct_platform",
    "decide_trigger",
    "end_service",
    "import_operators",
    "import_platforms",
    "import_regions",
    "meet_trigger",
    "move_platform",
    "report_trigger",
    "resume_service",
    "view_trigger",
]
