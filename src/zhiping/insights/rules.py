"""Permissions of the insights: officers see those of their regions; the system itself keeps the digests."""

import rules

from zhiping import permissions
from zhiping.accounts.rules import officer

rules.add_perm("insights.see", officer)
permissions.allow_clock("insights.digest_results")
