"""Who looks after the system."""

import rules

from zhiping.accounts.rules import administrator

rules.add_perm("operations.see", administrator)
rules.add_perm("operations.retry", administrator)
