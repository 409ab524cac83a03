"""Checkpoints kept outside the server: the latest of the log, and the comparison with one."""

from functools import partial
from uuid import UUID

from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.transparency import note as notes
from zhiping.domain.transparency.tree import roots
from zhiping.ledger import keys
from zhiping.ledger.models import LOG, Checkpoint, Head, Leaf


def latest() -> Checkpoint | None:
    """Return the latest checkpoint of the log, which holds the roots of all ledgers."""
    return Checkpoint.objects.filter(head=LOG).order_by("-size").first()


def compare(text: str) -> tuple[Head, int, list[Problem]]:
    """Compare a kept checkpoint with its ledger; return the ledger, the size, what differs.

    Raises Invalid `note.malformed`, `note.checkpoint`, or `ledger.kept_foreign` where no trusted key signed
    it, as of another installation, or after the key was replaced without being endorsed.
    """
    stated = notes.parse_checkpoint(_trusted_text(text))
    _, _, place = stated.origin.partition("/")
    kind, _, key = place.rpartition("/")
    head = Head.objects.filter(id=_id(key), kind=kind).first()
    if head is None:
        return Head(id=_id(key), kind=kind), stated.size, [Problem("ledger.kept_lost", {"ledger": key})]
    hashes = list(
        Leaf.objects.filter(head=head, seq__lt=stated.size).order_by("seq").values_list("hash", flat=True)
    )
    if len(hashes) < stated.size:
        data = {"size": stated.size, "found": len(hashes)}
        return head, stated.size, [Problem("ledger.kept_longer", data)]
    same = roots(hashes, {stated.size})[stated.size] == stated.root
    return head, stated.size, [] if same else [Problem("ledger.kept_differs", {"size": stated.size})]


def _trusted_text(text: str) -> str:
    """Return what a note states after verifying its signature; a mail may have changed its line ends."""
    note = "\n".join(line.rstrip() for line in text.strip().splitlines()) + "\n"
    for name, public in keys.trusted():
        try:
            return notes.verified_text(note, name, public, partial(keys.signed_by, public))
        except Invalid as invalid:
            if invalid.problems[0].code == "note.malformed":
                raise
    raise Invalid.of("ledger.kept_foreign", key=notes.parse_note(note).signatures[0].name)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Invalid.of("note.checkpoint") from error


def fingerprint(checkpoint: Checkpoint) -> str:
    """Return the 20 characters by which a checkpoint is printed and compared by eye."""
    return notes.fingerprint(notes.parse_checkpoint(notes.parse_note(checkpoint.note).text).root)


def printed() -> str:
    """Return what papers print of the latest checkpoint: its size and fingerprint; "" without one."""
    checkpoint = latest()
    return f"{checkpoint.size} · {fingerprint(checkpoint)}" if checkpoint else ""
