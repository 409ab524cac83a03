"""The ledger: head rows, append-only events, the audit log, signed checkpoints."""
