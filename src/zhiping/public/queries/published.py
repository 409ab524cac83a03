"""What the installation states about a file or a printed code: numbers, dates and kinds, nothing else."""

import hashlib
from collections.abc import Collection
from typing import Any

from django.db.models import Q

from zhiping.documents.files import result_file
from zhiping.domain.errors import Invalid
from zhiping.domain.result_document import for_operator
from zhiping.domain.transparency import note as notes
from zhiping.ledger.models import LOG, Checkpoint
from zhiping.reporting.models import Edition, FiledCopy
from zhiping.scoring.queries.past import document_of

Stated = dict[str, Any]
LEAST = 16  # hexadecimal digits of a fingerprint that are compared


def files(sha256s: Collection[str]) -> dict[str, Stated]:
    """Return what each file is: an issued report or a copy filed beside one; others are left out.

    Drafts are not known here. Three statements at most.
    """
    issued = Edition.objects.exclude(number="")
    own = list(issued.filter(Q(pdf__in=sha256s) | Q(docx__in=sha256s)))
    copies = list(FiledCopy.objects.filter(file__in=sha256s).select_related("edition"))
    editions = [*own, *(copy.edition for copy in copies)]
    after = list(issued.filter(evaluation__in={one.evaluation_id for one in editions}).order_by("version"))
    found: dict[str, Stated] = {}
    for one in own:
        found |= {sha256: {"kind": "report", **_stated(one, after)} for sha256 in (one.pdf, one.docx)}
    found |= {copy.file: {"kind": copy.kind, **_stated(copy.edition, after)} for copy in copies}
    return {sha256: found[sha256] for sha256 in sha256s if sha256 in found}


def _stated(edition: Edition, issued: Collection[Edition]) -> Stated:
    """Return number, date and place of a report among those of its evaluation, and the latest one."""
    own = [one for one in issued if one.evaluation_id == edition.evaluation_id]
    place = [one.pk for one in own].index(edition.pk)
    later = own[-1].number if place + 1 < len(own) else ""
    return {"number": edition.number, "date": str(edition.date), "edition": place + 1, "later": later}


def code(number: str, fingerprint: str, sha256s: Collection[str]) -> Stated | None:
    """Compare a printed code with the report of its number; None where no report has it.

    `fingerprint`: the first digits of the SHA-256 of result.json, as printed. `sha256s`: of files, of which
    one may be the result embedded in the report. Two statements.
    """
    reports = Edition.objects.filter(number=number).select_related("result") if number else ()
    digests = {one: _digests(one) for one in reports}
    if not digests:
        return None
    same = len(fingerprint) >= LEAST
    found = next((one for one, (whole, _) in digests.items() if same and whole.startswith(fingerprint)), None)
    one = found or next(iter(digests))
    issued = list(Edition.objects.exclude(number="").filter(evaluation=one.evaluation_id).order_by("version"))
    embedded = digests[one][1]
    own = {"same": found is not None, "embedded": embedded if embedded in sha256s else ""}
    return {**_stated(one, issued), **own}


def _digests(edition: Edition) -> tuple[str, str]:
    """Return the SHA-256 of a report's result.json, and of the operator's edition embedded in the report."""
    whole = document_of(edition.result)
    parts = (result_file.dumps(one) for one in (whole, for_operator(whole)))
    first, second = (hashlib.sha256(part).hexdigest() for part in parts)
    return first, second


def checkpoint(size: int, letters: str) -> bool | None:
    """Return whether the log had this fingerprint at a size; None where no checkpoint was signed then."""
    signed = Checkpoint.objects.filter(head=LOG, size=size).first()
    if signed is None:
        return None
    try:
        root = notes.parse_checkpoint(notes.parse_note(signed.note).text).root
    except Invalid:
        return False
    return notes.same_fingerprint(letters, root)
