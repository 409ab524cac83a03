"""Memory that cannot be changed quietly: heads, append-only events, the audit log, checkpoints."""
