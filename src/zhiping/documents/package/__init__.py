"""Archive packages: BagIt bags of an evaluation with its ledgers, and their verification."""
