"""Dates that cannot be and dates that are odd: one table for files, forms, imports and API."""

import datetime as dt
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from zhiping.domain.errors import Invalid, Problem


@dataclass(frozen=True, slots=True)
class Order:
    """Two facts of which the later cannot lie before the earlier; the problem is shown at `at`.

    `code`: the sentence; `{found}` is the date at `at`, `{limit}` the other one.
    """

    earlier: str
    later: str
    code: str = ""
    at: str = ""

    @property
    def place(self) -> str:
        """Return the fact at which the problem is shown: the later one, unless the table names the other."""
        return self.at or self.later

    @property
    def other(self) -> str:
        """Return the fact that limits the one at `place`."""
        return self.earlier if self.place == self.later else self.later


ORDERS = (
    Order("period_start", "period_end", "dates.period"),
    Order("service_start", "period_end", "dates.service_after_period", at="service_start"),
    Order("visit_start", "visit_end", "dates.visit"),
    Order("period_start", "visit_start", "dates.visit_before_period"),
    Order("service_start", "visit_start", "dates.visit_before_service"),
    Order("visit_end", "report", "dates.report_before_visit"),
    Order("sheet", "report", "dates.report_before_sheet"),
    Order("declared", "report", "dates.declared_after_report", at="declared"),
    Order("letter_before", "visit_start", "dates.letter_after_visit", at="letter_before"),
    Order("visit_end", "letter_draft", "dates.letter_before_visit"),
    Order("letter_draft", "report", "dates.draft_after_report", at="letter_draft"),
    Order("report", "letter_after", "dates.letter_before_report"),
    Order("letter", "printed", "dates.printed_before_letter"),
    Order("letter", "due", "dates.due_before_letter"),
    Order("due", "visit_start", "dates.due_after_visit", at="due"),
    Order("report", "plan_due", "dates.plan_before_report"),
    Order("trained", "valid_until", "dates.training"),
    Order("since", "until", "dates.affiliation"),
    Order("starts", "ends", "dates.trip"),
    Order("service_start", "last_evaluated", "dates.before_service"),
    Order("service_start", "ended", "dates.before_service"),
    Order("service_start", "closed", "dates.before_service"),
)
PAST = (  # what a person records has happened: none of them can be a day to come
    "service_start", "last_evaluated", "happened", "trained", "declared", "signed_in", "met",
)  # fmt: skip
OddCode = Literal["visit_in_period", "sheet_outside_visit", "seen_after_visit", "signed_in_outside_visit"]
_YEAR = r"(?:(?P<year>\d{4}) ?[-/.年－／．] ?)?"
_DAY = re.compile(rf"{_YEAR}(?<!\d)(?P<month>\d{{1,2}}) ?(?P<sign>[-/.月－／．]) ?(?P<day>\d{{1,2}})(?!\d)")
ODD: tuple[tuple[OddCode, Order], ...] = (  # possible, but shown to the person in a note
    ("visit_in_period", Order("period_end", "visit_start")),
    ("sheet_outside_visit", Order("visit_start", "sheet")),
    ("sheet_outside_visit", Order("sheet", "visit_end", at="sheet")),
    ("seen_after_visit", Order("seen", "visit_end", at="seen")),
    ("signed_in_outside_visit", Order("visit_start", "signed_in")),
    ("signed_in_outside_visit", Order("signed_in", "visit_end", at="signed_in")),
)

Facts = Mapping[str, dt.date | None]


def problems(facts: Facts, today: dt.date | None = None) -> list[Problem]:
    """Return what cannot be among dates of one thing; `where` is the name of the fact.

    Facts that are unknown contradict nothing. Without `today` no date counts as one to come.
    """
    future = [
        Problem("dates.future", {"found": str(day), "limit": str(today)}, (name,))
        for name in PAST
        if today and (day := facts.get(name)) and day > today
    ]
    return [*future, *(_problem(order, facts) for order in ORDERS if _broken(order, facts))]


def check(facts: Facts, today: dt.date | None = None, *, fields: Mapping[str, str] | None = None) -> None:
    """Raise Invalid with everything that cannot be; `fields`: the form's name of a fact, where it differs."""
    if found := problems(facts, today):
        names = fields or {}
        raise Invalid([Problem(p.code, p.data, tuple(names.get(n, n) for n in p.where)) for p in found])


def odd(facts: Facts) -> list[tuple[OddCode, dict[str, str]]]:
    """Return what is odd though possible, as codes of notes with their dates."""
    return [(code, _data(order, facts)) for code, order in ODD if _broken(order, facts)]


def names_day_outside(words: str, start: dt.date, end: dt.date) -> bool:
    """Return whether a text names a day outside a span: "2026-01-20 9:00", "1月20日" of its years."""
    for found in _DAY.finditer(words):
        if not found["year"] and found["sign"] != "月":
            continue  # "9-11" and "9.30" may be hours
        days = []
        for year in (int(found["year"]),) if found["year"] else (start.year, end.year):
            with suppress(ValueError):  # no day of the calendar
                days.append(dt.date(year, int(found["month"]), int(found["day"])))
        if days and not any(start <= day <= end for day in days):
            return True
    return False


def _broken(order: Order, facts: Facts) -> bool:
    earlier, later = facts.get(order.earlier), facts.get(order.later)
    return bool(earlier and later and later < earlier)


def _problem(order: Order, facts: Facts) -> Problem:
    return Problem(order.code, _data(order, facts), (order.place,))


def _data(order: Order, facts: Facts) -> dict[str, str]:
    return {"found": str(facts[order.place]), "limit": str(facts[order.other])}
