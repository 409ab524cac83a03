"""What the clock does: jobs by name, and how many minutes lie between two runs."""

JOBS: tuple[tuple[str, int], ...] = (
    ("notices.jobs.deliver", 1),
    ("ledger.jobs.sign_checkpoints", 10),
    ("visits.jobs.drop_old_bundles", 24 * 60),
    ("operations.jobs.forget", 24 * 60),
    ("operations.jobs.verify", 24 * 60),
    ("accounts.jobs.forget_sessions", 24 * 60),
)
