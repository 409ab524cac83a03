"""Numbers of a unit's reports (8.3) and records (8.5), counted from 1 in each year without gaps."""

from collections.abc import Iterator, Sequence

from zhiping.domain.errors import Problem

YEAR, COUNT, RETENTION = "{year}", "{n}", "{retention}"
RETENTIONS = {"permanent": "Y", "30": "D30", "10": "D10"}  # as record numbers write them (DA/T 22-2015, 5.4)
RECORD_DIGITS = 4  # of the count in a record number (DA/T 22-2015, 5.4)


def pattern_problems(
    pattern: str, parts: Sequence[str] = (YEAR, COUNT), code: str = "number.pattern"
) -> Iterator[Problem]:
    """Yield why a pattern is none: it has each of its parts once, and no other brace."""
    rest = pattern
    for part in parts:
        rest = rest.replace(part, "", 1)
    if len(rest) != len(pattern) - len("".join(parts)) or set(rest) & set("{}"):
        yield Problem(code, {"found": pattern})


def record_pattern_problems(pattern: str) -> Iterator[Problem]:
    """Yield why a pattern of record numbers is none: it has {year}, {retention} and {n}, each once."""
    return pattern_problems(pattern, (YEAR, RETENTION, COUNT), "number.record_pattern")


def numbered(pattern: str, year: int, n: int) -> str:
    """Return the number of the n-th document of a year."""
    return pattern.replace(YEAR, str(year)).replace(COUNT, str(n))


def record_number(pattern: str, year: int, retention: str, n: int) -> str:
    """Return the number of the n-th record of a year and a retention (档号)."""
    text = pattern.replace(YEAR, str(year)).replace(RETENTION, RETENTIONS[retention])
    return text.replace(COUNT, f"{n:0{RECORD_DIGITS}}")
