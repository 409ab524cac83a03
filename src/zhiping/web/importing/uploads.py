"""Uploaded spreadsheets, kept as text in the data folder between upload and confirmation, for a day."""

import datetime as dt
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404

from zhiping.documents.apart import apart
from zhiping.documents.spreadsheets.workbook.cells import HEADER_ROWS, cell_name, plain, spellings, text
from zhiping.documents.spreadsheets.workbook.reading import Worksheet, read_text
from zhiping.domain.errors import Invalid, Problem
from zhiping.ids import uuid7
from zhiping.texts.catalogue import LANGUAGES, area

MOST_BYTES = 16 * 2**20
MOST_ROWS = 10_000
KEPT = dt.timedelta(days=1)
MOST_KEPT, ROOM = 20, 200 * 2**20  # files and bytes one user has between upload and confirmation


@dataclass(frozen=True, slots=True)
class Table:
    """A worksheet as text: `rows[0][0]` is A1; `blocked` the places of formulas and error values.

    `hidden`: rows, from 0, that a filter or a person hid; `others`: worksheets of the file with rows like
    these, which are not read.
    """

    name: str
    rows: list[list[str]]
    blocked: frozenset[tuple[int, int]]
    hidden: frozenset[int] = frozenset()
    others: tuple[str, ...] = ()

    def text(self, row: int, column: int) -> str:
        """Return a cell's text; beyond the row's end there is none."""
        cells = self.rows[row]
        return cells[column] if column < len(cells) else ""

    def named(self, row: int, places: Mapping[str, int]) -> dict[str, tuple[str, str]]:
        """Return where each of a row's cells is, as people name it."""
        return {key: (self.name, cell_name(row, place)) for key, place in places.items()}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to import: `outcomes` is what each row would have done when it was uploaded."""

    id: UUID
    by: str
    texts: str
    file: str
    sha256: str
    table: Table
    outcomes: dict[str, str]


def receive(file: "UploadedFile[Any]", by: object, texts: str) -> Upload:
    """Read an uploaded spreadsheet; raises Invalid, as `documents.workbook.read` does, at the file's name."""
    name = Path(file.name or "").name
    if file.size is None or file.size > MOST_BYTES:
        raise Invalid([Problem("book.too_big", {"most": str(MOST_BYTES // 2**20)}, (name,))])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sheet"
        path.write_bytes(content := file.read())
        try:
            book = apart(read_text, path, rows=MOST_ROWS, name=name)
        except Invalid as refused:
            raise Invalid(
                [Problem(p.code, p.data, (name, *p.where[1:])) for p in refused.problems]
            ) from refused
    wanted = {plain(title) for title in spellings(f"{texts}.title")}
    sheets = sorted(book.worksheets.values(), key=lambda sheet: plain(sheet.name) not in wanted)
    if not sheets:
        raise Invalid([Problem("importing.empty", {}, (name,))])
    table = Table(
        sheets[0].name,
        [[str(cell).replace("\0", "") for cell in row] for row in sheets[0].rows],
        sheets[0].formulas,
        sheets[0].hidden,
        tuple(sheet.name for sheet in sheets[1:] if _filled(sheet, texts)),
    )
    return Upload(uuid7(), str(by), texts, name, hashlib.sha256(content).hexdigest(), table, {})


def _filled(sheet: Worksheet, texts: str) -> bool:
    """Whether a worksheet has the header of a register's sheet, and rows under it."""
    room, _, part = texts.partition(".")
    headers = {plain(word) for one in LANGUAGES for word in area(one, room)[part]["columns"].values()}
    for at, row in enumerate(sheet.rows[:HEADER_ROWS]):
        if sum(plain(cell) in headers for cell in row if cell) > 1:
            return any(any(map(text, cells)) for cells in sheet.rows[at + 1 :])
    return False


def keep(upload: Upload) -> None:
    """Keep an upload until it is confirmed; delete old ones, and the oldest of a user with too many."""
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    oldest = time.time() - KEPT.total_seconds()
    for path in folder.iterdir():
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
    _make_room(folder, upload.by)
    table = {
        "name": upload.table.name,
        "rows": upload.table.rows,
        "blocked": sorted(upload.table.blocked),
        "hidden": sorted(upload.table.hidden),
        "others": upload.table.others,
    }
    data = {name: getattr(upload, name) for name in ("by", "texts", "file", "sha256", "outcomes")}
    with os.fdopen(
        os.open(_path(upload.id, upload.by), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w"
    ) as out:
        json.dump({**data, "table": table}, out)


def kept(upload_id: UUID, by: object, texts: str) -> Upload:
    """Return an upload of a user for this sheet; Http404 where there is none, or no longer."""
    try:
        data: dict[str, Any] = json.loads(_path(upload_id, by).read_text())
    except FileNotFoundError:
        raise Http404 from None
    if (data["by"], data["texts"]) != (str(by), texts):
        raise Http404
    table = data.pop("table")
    blocked = frozenset((row, column) for row, column in table["blocked"])
    facts = blocked, frozenset(table["hidden"]), tuple(table["others"])
    return Upload(id=upload_id, table=Table(table["name"], table["rows"], *facts), **data)


def _folder() -> Path:
    return Path(settings.IMPORTS)


def _path(upload_id: UUID, by: object) -> Path:
    return _folder() / f"{by}.{upload_id}.json"


def _make_room(folder: Path, by: str) -> None:
    """Delete the oldest uploads of a user, so that one more is within the limits."""
    own = sorted(folder.glob(f"{by}.*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    room = ROOM
    for number, path in enumerate(own, 1):
        room -= path.stat().st_size
        if number >= MOST_KEPT or room < 0:
            path.unlink(missing_ok=True)
