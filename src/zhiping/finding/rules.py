"""Permissions of the index: only the system itself keeps it."""

import rules

from zhiping import permissions

rules.add_perm("finding.index_changed", rules.always_false)
rules.add_perm("finding.rebuild", rules.always_false)
permissions.allow_clock("finding.index_changed", "finding.rebuild")
