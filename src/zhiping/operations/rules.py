"""Permissions of operation."""

import rules

from zhiping import permissions
from zhiping.accounts.rules import administrator

rules.add_perm("operations.see", administrator)
rules.add_perm("operations.retry", administrator)
permissions.allow_clock("operations.beat", "operations.forget", "operations.verify")
