"""What makes a record checkable by others: canonical JSON, a Merkle tree, signed checkpoints."""

from zhiping.domain.transparency.canonical import Day, canonical, sha256
from zhiping.domain.transparency.note import (
    Checkpoint,
    Note,
    Signature,
    checkpoint_text,
    fingerprint,
    key_id,
    parse_checkpoint,
    parse_note,
    same_fingerprint,
    signed_note,
    verified_text,
)
from zhiping.domain.transparency.tree import (
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root,
    verify_consistency,
    verify_inclusion,
)

__all__ = [
    "Checkpoint",
    "Day",
    "Note",
    "Signature",
    "canonical",
    "checkpoint_text",
    "consistency_proof",
    "fingerprint",
    "inclusion_proof",
    "key_id",
    "leaf_hash",
    "parse_checkpoint",
    "parse_note",
    "root",
    "same_fingerprint",
    "sha256",
    "signed_note",
    "verified_text",
    "verify_consistency",
    "verify_inclusion",
]
