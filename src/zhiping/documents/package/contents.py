"""What goes into an archive package: plain data, without a database."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Literal
from uuid import UUID

Edition = Literal["full", "public"]
Source = bytes | Path | Callable[[], IO[bytes]]  # content, a file, or what opens it


@dataclass(frozen=True, slots=True)
class Leaf:
    """An entry of a ledger: its leaf hash in hex; `body`: its canonical JSON, None where it stays hidden."""

    hash: str
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """A ledger with all its leaves in order; `kind` and `id` as in the origin of its checkpoints."""

    kind: str
    id: UUID
    leaves: Sequence[Leaf]


@dataclass(frozen=True, slots=True)
class File:
    """A file of the package: its path below `data/`, its content, and its title in the index by language."""

    path: str
    source: Source
    title: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Contents:
    """A package to build.

    `facts`: rows of the index, each a label and a value by language. `keys`: public keys as signed notes
    write them, the signing one first. `checkpoints`: signed notes, of which one covers each ledger whole.
    `result`: the path of the file that holds the result; `whole_result`: whether it is the result that was
    signed, and not an extract for the reader; `rubric`: the path of the rubric file it was scored by.
    `omitted`: why a file that an entry names is left out, by SHA-256. `printed`: the line that papers print
    of the log of checkpoints.
    """

    id: UUID
    edition: Edition
    evaluation: UUID
    title: Mapping[str, str]
    organisation: str
    made: dt.datetime
    generator: str
    files: Sequence[File]
    ledgers: Sequence[Ledger]
    checkpoints: Sequence[str]
    keys: Sequence[str]
    facts: Sequence[tuple[Mapping[str, str], Mapping[str, str]]] = ()
    identifiers: Mapping[str, str] = field(default_factory=dict)
    result: str = ""
    whole_result: bool = True
    rubric: str = ""
    omitted: Mapping[str, str] = field(default_factory=dict)
    printed: str = ""

    @property
    def name(self) -> str:
        """Return the name of the package's folder."""
        return f"zhiping-{self.id}-{self.edition}"
