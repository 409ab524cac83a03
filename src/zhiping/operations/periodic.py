"""Periodic jobs by name, with the interval between two runs in minutes."""

JOBS: tuple[tuple[str, int], ...] = (
    ("zhiping.notices.jobs.deliver", 1),
    ("zhiping.ledger.jobs.seal_audit", 1),
    ("zhiping.finding.jobs.index_changed", 1),
    ("zhiping.insights.jobs.digest_results", 1),
    ("zhiping.ledger.jobs.sign_checkpoints", 10),
    ("zhiping.visits.jobs.drop_old_bundles", 24 * 60),
    ("zhiping.evidence.jobs.drop_old_uploads", 24 * 60),
    ("zhiping.evidence.jobs.drop_unnamed_files", 24 * 60),
    ("zhiping.improvement.jobs.remind_operators", 24 * 60),
    ("zhiping.operations.jobs.forget", 24 * 60),
    ("zhiping.operations.jobs.verify", 24 * 60),
    ("zhiping.operations.jobs.announce_keys", 10),
    ("zhiping.operations.jobs.send_checkpoints", 60),
    ("zhiping.archive.jobs.check_packages", 24 * 60),
    ("zhiping.accounts.jobs.forget_sessions", 24 * 60),
)
