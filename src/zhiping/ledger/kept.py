"""Checkpoints kept outside the server: the latest of the log, and the comparison with one."""

import re
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from uuid import UUID

from zhiping.domain.errors import Conflict, Invalid, Problem
from zhiping.domain.identity import visible
from zhiping.domain.transparency import note as notes
from zhiping.domain.transparency.tree import roots
from zhiping.ledger import keys
from zhiping.ledger.models import LOG, LOG_KIND, Checkpoint, Head, Leaf

_FULL_WIDTH = "".join(map(chr, range(0xFF01, 0xFF5F)))
_HALF_WIDTH = "".join(map(chr, range(0x21, 0x7F)))
_TYPED = str.maketrans("‐‑‒–—−\u3000" + _FULL_WIDTH, "------ " + _HALF_WIDTH)
_PRINTED = re.compile(  # as `printed` writes it, or as people type it: the signer may be left out
    r"(?:(?P<name>\S+)[\s·,，]+)?(?P<size>\d{1,18})[\s·,，]+"
    r"(?P<letters>(?:[0-9A-Za-z]{5}[\s·-]*){4})",
    re.ASCII,
)


def latest() -> Checkpoint | None:
    """Return the latest checkpoint of the log, which holds the roots of all ledgers."""
    return Checkpoint.objects.filter(head=LOG).order_by("-size").first()


def compare(text: str) -> tuple[Head, int, list[Problem]]:
    """Compare a kept checkpoint with its ledger; return the ledger, the size, what differs.

    `text`: a signed note, or the line of a paper as typed from it, which is compared with the log. Raises
    Invalid `note.malformed`, `note.checkpoint`, or `ledger.kept_foreign` where no trusted key signed it, as
    of another installation, or after the key was replaced without being endorsed.
    """
    if line := _PRINTED.fullmatch(visible(text).strip().translate(_TYPED)):
        return _compared(*_of_paper(line))
    stated = notes.parse_checkpoint(_trusted_text(text))
    _, _, place = stated.origin.partition("/")
    kind, _, key = place.rpartition("/")
    return _compared(kind, _id(key), stated.size, lambda root: root == stated.root)


def _of_paper(line: re.Match[str]) -> tuple[str, UUID, int, Callable[[str], bool]]:
    """Return kind, ledger and size of a line of a paper, and what compares its letters: no key is needed."""
    if line["name"] and line["name"] not in _signers(line["name"]):
        raise Invalid.of("ledger.kept_foreign", key=line["name"])
    letters = re.sub("[^0-9A-Za-z]", "", line["letters"])
    return LOG_KIND, LOG, int(line["size"]), lambda root: notes.same_fingerprint(letters, root)


def _signers(stated: str) -> set[str]:
    """Return the names of trusted keys; the one that is stated where the key file cannot be used."""
    try:
        return {name for name, _ in keys.trusted()}
    except Conflict:
        return {stated}


def _compared(
    kind: str, key: UUID, size: int, agrees: Callable[[str], bool]
) -> tuple[Head, int, list[Problem]]:
    head = Head.objects.filter(id=key, kind=kind).first()
    if head is None:
        return Head(id=key, kind=kind), size, [Problem("ledger.kept_lost", {"ledger": str(key)})]
    leaves = Leaf.objects.filter(head=head, seq__lt=size).order_by("seq")
    hashes = list(leaves.values_list("hash", flat=True))
    if len(hashes) < size:
        return head, size, [Problem("ledger.kept_longer", {"size": size, "found": len(hashes)})]
    same = agrees(roots(hashes, {size})[size])
    return head, size, [] if same else [Problem("ledger.kept_differs", {"size": size})]


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
    """Return the 20 characters by which a checkpoint is printed and compared by eye.

    "" for one that was altered and cannot be read, which verification reports.
    """
    with suppress(Invalid):
        return notes.fingerprint(notes.parse_checkpoint(notes.parse_note(checkpoint.note).text).root)
    return ""


def printed() -> str:
    """Return what papers print of the latest checkpoint: its signer, size and fingerprint.

    "" where there is none that can be read.
    """
    checkpoint = latest()
    if checkpoint is None or not fingerprint(checkpoint):
        return ""
    signer = notes.parse_note(checkpoint.note).signatures[0].name
    return f"{signer} · {checkpoint.size} · {fingerprint(checkpoint)}"
