"""Letters of the office: their numbers, dates, contact and copies, and what cannot be among their dates."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

from zhiping.domain import dates
from zhiping.domain.errors import Problem

LetterTime = Literal["letter_before", "letter_draft", "letter_after"]  # names of `domain.dates`
LETTERS: dict[str, LetterTime] = {  # papers with a number and a date of the office: before the visit, …
    "notice": "letter_before",
    "plan": "letter_before",
    "invitation": "letter_before",
    "comments": "letter_draft",  # … on the draft, before the report is issued, …
    "answer": "letter_draft",
    "announcement": "letter_after",  # … or on the issued report
    "publicity": "letter_after",
    "rectification": "letter_after",
    "improvement": "letter_after",
    "reevaluation": "letter_after",
}
DUE = ("contact_due", "self_report_due", "materials_due")  # dates the notice names


@dataclass(frozen=True, slots=True)
class Letter:
    """The own number and dates of one paper; `printed`: the day it was sent out (GB/T 9704, 7.4.3)."""

    number: str = ""  # digits alone are put into the pattern of all
    date: dt.date | None = None
    printed: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Letters:
    """What the office's letters say besides the evaluation: number, date, contact, due dates, copies."""

    number: str = ""  # a pattern with {n}
    date: dt.date | None = None
    contact: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""  # where paper is sent to
    copy_to: tuple[str, ...] = ()
    printed_by: str = ""
    contact_due: dt.date | None = None
    self_report_due: dt.date | None = None
    materials_due: dt.date | None = None
    plan_due: dt.date | None = None
    publicity_days: int | None = None
    own: dict[str, Letter] = field(default_factory=dict)  # by name of the paper

    def as_data(self) -> dict[str, Any]:
        """Return what is stated, as JSON: dates as text, a letter as a table of its own."""
        return _stated(self)

    def with_shared(self, shared: "Letters", *, numbers: bool) -> "Letters":
        """Return these letters with what a programme states besides; `numbers`: its numbers too."""
        own = dict(self.own)
        for name, theirs in shared.own.items():
            mine = own.get(name, Letter())
            number = mine.number or (theirs.number if numbers else "")
            own[name] = Letter(number, mine.date or theirs.date, mine.printed or theirs.printed)
        common = {f.name: getattr(self, f.name) or getattr(shared, f.name) for f in fields(self)}
        return replace(self, **{**common, "own": own})


def from_data(data: Mapping[str, Any]) -> Letters:
    """Return the letters that `as_data` has written."""
    own = {name: Letter(**_typed(Letter, letter)) for name, letter in data.get("own", {}).items()}
    return Letters(**{**_typed(Letters, data), "own": own})


def problems(letters: Letters, facts: dates.Facts) -> list[Problem]:
    """Return what cannot be: a pattern without its one {n}, a number of the year alone, dates out of order.

    Letters are sent before what they announce and after what they report; so are their due dates. `facts`:
    the dates of the evaluation by the names of `domain.dates`. `where`: the key; of one letter, name and key.
    """
    return [*_numbers(letters), *_due(letters, facts), *_dated(letters, facts)]


def _numbers(letters: Letters) -> Iterator[Problem]:
    if letters.number and letters.number.count("{n}") != 1:
        yield Problem("about.pattern", {"found": letters.number}, ("number",))
    for name, letter in letters.own.items():
        if letter.number.isdigit() and not letters.number:
            yield Problem("about.no_pattern", {"found": letter.number}, (name, "number"))


def _due(letters: Letters, facts: dates.Facts) -> Iterator[Problem]:
    plan = {"report": facts.get("report"), "plan_due": letters.plan_due}
    yield from _at(plan, {"plan_due": ("plan_due",)})
    notice = letters.own.get("notice", Letter()).date
    for key in DUE:
        own = {"letter": notice, "due": getattr(letters, key), "visit_start": facts.get("visit_start")}
        yield from _at(own, {"due": (key,)})


def _dated(letters: Letters, facts: dates.Facts) -> Iterator[Problem]:
    for name, letter in letters.own.items():
        own = {**facts, LETTERS[name]: letter.date, "letter": letter.date, "printed": letter.printed}
        yield from _at(own, {LETTERS[name]: (name, "date"), "printed": (name, "printed")})


def _at(facts: dates.Facts, places: Mapping[str, tuple[str, ...]]) -> Iterator[Problem]:
    """Yield what is wrong at these places only: the rest is reported where it belongs."""
    for problem in dates.problems(facts):
        if place := places.get(problem.where[0]):
            yield Problem(problem.code, problem.data, place)


def _stated(record: Letter | Letters) -> dict[str, Any]:
    values = {f.name: _plain(getattr(record, f.name)) for f in fields(record)}
    return {name: value for name, value in values.items() if value}


def _plain(value: Any) -> Any:  # noqa: ANN401 - a value of letters, then of JSON
    if isinstance(value, dict):
        return {name: stated for name, letter in value.items() if (stated := _stated(letter))}
    if isinstance(value, tuple):
        return list(value)
    return value.isoformat() if isinstance(value, dt.date) else value


def _typed(kind: type[Letter | Letters], data: Mapping[str, Any]) -> dict[str, Any]:
    days = {f.name for f in fields(kind) if f.type == dt.date | None}
    known = {name: dt.date.fromisoformat(value) if name in days else value for name, value in data.items()}
    return {name: tuple(value) if isinstance(value, list) else value for name, value in known.items()}
