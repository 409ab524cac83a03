"""What somebody sees of the register."""

from zhiping.registry.queries.due import Numbers, due_numbers
from zhiping.registry.queries.operators import get_operator, operators, with_platforms
from zhiping.registry.queries.platforms import (
    get_platform,
    platforms,
    sites,
    standing,
    standing_of,
    visible_to,
    why,
)
from zhiping.registry.queries.regions import NAMES, Places, divisions, named, place, regions
from zhiping.registry.queries.triggers import (
    get_trigger,
    officers_over,
    state,
    state_of,
    triggers,
    triggers_of,
)

__all__ = [
    "NAMES",
    "Numbers",
    "Places",
    "divisions",
    "due_numbers",
    "get_operator",
    "get_platform",
    "get_trigger",
    "named",
    "officers_over",
    "operators",
    "place",
    "platforms",
    "regions",
    "sites",
    "standing",
    "standing_of",
    "state",
    "state_of",
    "triggers",
    "triggers_of",
    "visible_to",
    "why",
    "with_platforms",
]
