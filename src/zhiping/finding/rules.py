"""Permissions of the index: only the system itself keeps it."""

from zhiping import permissions

permissions.allow_clock("finding.index_changed", "finding.rebuild")
