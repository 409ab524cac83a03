"""Records that others can verify: canonical JSON, Merkle tree, signed checkpoints."""
