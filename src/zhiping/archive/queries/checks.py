"""The check of authenticity, integrity, usability and security of a record (四性检测, DA/T 70)."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from zhiping.documents.package import verify
from zhiping.evaluations.models import Evaluation
from zhiping.ledger import verification
from zhiping.ledger.models import Head
from zhiping.panels.models import Seat
from zhiping.reporting.models import FiledCopy

OK, FAULT, OPEN = "ok", "fault", "unchecked"
BROKEN = ("ledger.", "checkpoint.", "log.", "kept.", "key.")  # codes of faults in the ledgers
BAG = ("bag.", "path.", "zip.")
SUSPECT = (".exe", ".bat", ".cmd", ".com", ".js", ".vbs", ".ps1", ".msi", ".scr", ".jar", ".sh")


class Packed(NamedTuple):
    """A sealed package as it was verified; `source`: its files."""

    report: verify.Report
    source: Any


def checks_of(evaluation: Evaluation, full: Packed, public: Packed) -> list[dict[str, str]]:
    """Return the checks of both packages: property, code of the check, and whether it found a fault."""
    found: list[dict[str, str]] = []
    for name, check in (
        ("authenticity", _authenticity), ("integrity", _integrity), ("usability", _usability),
        ("security", _security),
    ):  # fmt: skip
        found += [
            {"property": name, "check": code, "state": state}
            for code, state in check(evaluation, full, public)
        ]
    return found


def _state(holds: object) -> str:
    return OK if holds else FAULT


def _without(packed: Packed, *begin: str) -> str:
    return _state(not any(str(fault["code"]).startswith(begin) for fault in packed.report.faults))


def _authenticity(evaluation: Evaluation, full: Packed, public: Packed) -> Iterator[tuple[str, str]]:
    heads = [evaluation.head, *Head.objects.filter(pk__in=evaluation.sheets.values("pk"))]
    yield "ledgers", _without(full, *BROKEN)
    yield "rows", _state(not any(verification.verify(head) for head in heads))
    yield "seal", _state(full.report.facts.get("sealed") and public.report.facts.get("sealed"))
    yield "result", _state(full.report.facts.get("computed") or not full.report.facts.get("result"))
    signed = FiledCopy.objects.filter(evaluation=evaluation).exists()
    yield "signed_copy", OK if signed else OPEN


def _integrity(evaluation: Evaluation, full: Packed, public: Packed) -> Iterator[tuple[str, str]]:
    yield "manifests", _state(_without(full, *BAG) == _without(public, *BAG) == OK)
    yield "evidence", _without(full, "evidence.")
    names = set(full.source.sizes)
    wanted = ["data/rubric.toml", "data/policy.json", "data/panel.json", "index.html", "verify.py"]
    yield "documents", _state(names.issuperset(wanted))
    issued = evaluation.editions.exclude(number="").exists()
    yield "report", _state(not issued or any(n.startswith("data/report/") for n in names))


def _usability(_evaluation: Evaluation, full: Packed, public: Packed) -> Iterator[tuple[str, str]]:
    files = [name for packed in (full, public) for name in packed.source.sizes]
    yield "readable", _without(full, "bag.file_unreadable", "package.")
    yield "index", _state(files.count("index.html") == files.count("verify.py") == 2)
    pdf = [name for name in full.source.sizes if name.startswith("data/report/") and name.endswith(".pdf")]
    yield "pdf", _state(all(_begins(full.source, name, b"%PDF-") for name in pdf))
    yield "names", _state(not any(verify.unportable(name) for name in files))


def _begins(source: Any, name: str, start: bytes) -> bool:
    with source.open(name) as file:
        return bool(file.read(len(start)) == start)


def _security(evaluation: Evaluation, full: Packed, public: Packed) -> Iterator[tuple[str, str]]:
    names = [name.lower() for name in full.source.sizes if name != "verify.py"]
    yield "programs", _state(not any(name.endswith(SUSPECT) for name in names))
    yield "encrypted", _without(full, "zip.encrypted")
    yield "public", _state(not _found(public.source, _names(evaluation)))
    yield "malware", OPEN


def _names(evaluation: Evaluation) -> list[bytes]:
    """Return the names of the people on the panel, as a file holds them."""
    seats = Seat.objects.filter(evaluation=evaluation)
    return [name.encode() for name in seats.values_list("expert__name", flat=True) if len(name) > 1]


def _found(source: Any, names: list[bytes]) -> bool:
    """Return whether a file of a package, its program left out, holds one of the names."""
    for name in source.sizes:
        content = verify.read(source, name) if name != "verify.py" else b""
        if any(one in (content or b"") for one in names):
            return True
    return False
