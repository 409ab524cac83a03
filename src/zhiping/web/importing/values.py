"""Values of cells: text parsed, or refused with what was found and what is allowed."""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from zhiping.documents.spreadsheets.workbook.cells import iso_date, plain
from zhiping.domain import identity
from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.identity import folded
from zhiping.texts.catalogue import LANGUAGES, lookup
from zhiping.web.texts import language

# What is written where there is nothing.
NOTHING = frozenset(map(folded, ("无", "/", "-", "——", "none", "n/a")))
COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
INVISIBLE = ("Cc", "Cf", "Cs", "Co")  # control, format, half and private characters
WEB = URLValidator(schemes=["http", "https"])
SEPARATORS = re.compile(r"[；;\n]")


def misread(code: str, **data: object) -> Invalid:
    """Return the refusal of one cell; `Row.refuse_cell` adds its place."""
    return Invalid([Problem(f"importing.{code}", data)])


def clean(text: str) -> str:
    """Return a text without invisible characters and without space around it, in NFC; line breaks stay."""
    if not text.isprintable():
        text = "".join(c for c in text if c.isspace() or unicodedata.category(c) not in INVISIBLE)
    return unicodedata.normalize("NFC", identity.visible(text).strip())


def words(most: int) -> Callable[[str], str]:
    """Return the reader of a text of at most so many characters, on one line, with single spaces."""

    def parse(text: str) -> str:
        line = " ".join(text.split())
        if len(line) > most:
            raise misread("too_long", found=len(line), most=most)
        return line

    return parse


def date(text: str) -> dt.date:
    """Read a date in the forms people write: 2025-09-10, 2025/9/10, 2025.9.10, 2025年9月10日, 20250910."""
    compact = COMPACT.fullmatch(folded(text))
    parsed = iso_date("-".join(compact.groups()) if compact else text)
    if parsed is None:
        raise misread("bad_date", found=text)
    return dt.date.fromisoformat(parsed)


def choice(table: str) -> Callable[[str], str]:
    """Return the reader of a choice: one of the words of a table of the catalogue, in either language."""
    codes: dict[str, str] = {
        plain(word): code for lang in LANGUAGES for code, word in lookup(lang, table).items()
    }

    def parse(text: str) -> str:
        if (code := codes.get(plain(text))) is None:
            raise misread("no_choice", found=text, allowed=choice_words(table))
        return code

    return parse


def choice_text(table: str) -> Callable[[str], str]:
    """Return the writer of a choice in the reader's language."""
    names: dict[str, str] = lookup(language(), table)
    return names.__getitem__


def choice_words(table: str) -> list[str]:
    """Return the words one may choose from, in the reader's language."""
    return list(lookup(language(), table).values())


def phone(text: str) -> str:
    """Read a telephone number as its digits."""
    return identity.phone(text)


def web_address(text: str) -> str:
    """Read the address of a web site; without a scheme it is taken for https."""
    address = text if "://" in text else f"https://{text}"
    try:
        WEB(address)
    except ValidationError:
        raise misread("bad_url", found=text) from None
    if len(address) > 300:
        raise misread("too_long", found=len(address), most=300)
    return address


def listed(most: int) -> Callable[[str], tuple[str, ...]]:
    """Return the reader of several texts in one cell, separated by “；”; each once, in the order written."""

    def parse(text: str) -> tuple[str, ...]:
        parts = map(words(most), SEPARATORS.split(text))
        return tuple(dict.fromkeys(filter(None, parts)))

    return parse


def shown(value: object) -> str:
    """Write a value: nothing is blank, a date ISO 8601, several are separated by “；”."""
    if isinstance(value, tuple | list):
        return "；".join(map(str, value))
    return "" if value is None else str(value)
