"""Drafts of rubrics: reading them from files, and settling their doubts."""

import tempfile
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from zhiping.documents.apart import apart
from zhiping.documents.files import rubric_file, toml_file
from zhiping.documents.files.rubric_file import Contents
from zhiping.documents.standard import standard_file
from zhiping.domain.errors import Invalid


class Draft(NamedTuple):
    """The TOML text of an unpublished rubric, with its parsed contents.

    The text is the draft's only state: pages carry it in a hidden field, and nothing is stored.
    """

    source: str
    contents: Contents

    @property
    def ready(self) -> bool:
        """Return whether the draft can be published."""
        return bool(self.contents.rubric and not self.contents.problems and not self.contents.unsettled)


def of_text(source: str, file: str = "") -> Draft:
    """Parse a draft from TOML; raises Invalid if it contains no table."""
    contents = apart(rubric_file.loads, source, file, name=file)
    if contents.rubric is None:
        raise Invalid(contents.problems)
    return Draft(source, contents)


def of_file(name: str, content: bytes) -> Draft:
    """Read a draft from a rubric file (TOML), or from a standard (text, Word, spreadsheet) with its doubts.

    Raises Invalid, located at the file name, if the file cannot be read.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{Path(name).stem[:60]}{Path(name).suffix[:8].lower()}"
        path.write_bytes(content)
        if path.suffix != ".toml":
            read = apart(standard_file.read, path, name=path.name)
            return of_text(rubric_file.dumps(read.rubric, read.doubts), path.name)
        contents = apart(rubric_file.read, path, name=path.name)
    if contents.rubric is None:
        raise Invalid(contents.problems)
    return Draft(toml_file.decoded(content).replace("\r\n", "\n"), contents)


def settle(draft: Draft, accepted: Collection[str], words: str) -> Draft:
    """Return the draft with the `accepted` doubts settled as proposed; `words`: who did so and when."""
    rubric, doubts = draft.contents.rubric, draft.contents.doubts
    if rubric is None or not accepted:
        return draft
    settled = [
        replace(doubt, settled=words) if doubt.id in accepted and not doubt.settled else doubt
        for doubt in doubts
    ]
    return of_text(rubric_file.dumps(rubric, settled))
