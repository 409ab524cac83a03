"""Numbers of a unit's documents, counted from 1 in each year without gaps: report numbers (8.3)."""

from collections.abc import Iterator

from zhiping.domain.errors import Problem

YEAR, COUNT = "{year}", "{n}"


def pattern_problems(pattern: str) -> Iterator[Problem]:
    """Yield why a pattern is none: it has {year} and {n}, each once, and no other brace."""
    rest = pattern.replace(YEAR, "", 1).replace(COUNT, "", 1)
    if len(rest) != len(pattern) - len(YEAR + COUNT) or set(rest) & set("{}"):
        yield Problem("number.pattern", {"found": pattern})


def numbered(pattern: str, year: int, n: int) -> str:
    """Return the number of the n-th document of a year."""
    return pattern.replace(YEAR, str(year)).replace(COUNT, str(n))
