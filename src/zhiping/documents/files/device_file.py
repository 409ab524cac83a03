"""Files that the scoring page saves: what is on a member's device, read as a sheet without a network."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from zhiping.documents.plain import opened
from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.identity import same
from zhiping.domain.rubric import Rubric
from zhiping.domain.sheet import Mark, Sheet, content_sha256, problems, with_level_reasons
from zhiping.texts.catalogue import language

FORMAT = "zhiping-fieldwork/1"
MOST_BYTES = 200 * 2**20  # photos are in the file


def read_devices(paths: Sequence[Path], rubric: Rubric, step: Fraction, *, platform: str = "") -> list[Sheet]:
    """Read the files of members' devices, each a legal and complete sheet.

    The marks the server has come first, then what was not sent yet, in the order of the device. Raises
    Invalid with every fault of every file, at the file's name.
    """
    sheets, wrong = [], list[Problem]()
    for path in paths:
        try:
            found = _sheet(_content(path))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OSError):
            wrong.append(Problem("device.unreadable", {}, (path.name,)))
            continue
        if platform and not same(found.platform, platform):
            data = {"found": found.platform, "expected": platform}
            wrong.append(Problem("device.platform", data, (path.name,)))
        full = with_level_reasons(rubric, found, language())
        wrong += [problem.at(path.name) for problem in problems(rubric, full, step)]
        sheets.append(replace(full, sha256=content_sha256(found), source=path.name))
    if wrong:
        raise Invalid(wrong)
    return sheets


def _content(path: Path) -> Mapping[str, Any]:
    with opened(path) as stream:
        data = stream.read(MOST_BYTES + 1)
    content: dict[str, Any] = json.loads(data if len(data) <= MOST_BYTES else b"")
    if content["format"] != FORMAT:
        raise ValueError(content["format"])
    return content


def _sheet(content: Mapping[str, Any]) -> Sheet:
    current: dict[str, Mark | None] = {}
    for one in (*content["marks"], *content["events"]):
        current[str(one["criterion"])] = _mark(one)
    name = str(content["name"])
    return Sheet(
        expert_id=name,
        name=name,
        marks={criterion: mark for criterion, mark in current.items() if mark is not None},
        date=_last_day(one["at"] for one in content["events"]),
        platform=str(content["platform"]),
        wording_sha256=str(content["rubric"]["wording_sha256"]),
    )


def _mark(one: Mapping[str, Any]) -> Mark | None:
    if one["points"] is None:
        return None
    reason, advice, note = (str(one[name]) for name in ("reason", "advice", "note"))
    return Mark(Fraction(str(one["points"])), reason, advice, note, one["no_level"] is True)


def _last_day(moments: Iterable[str]) -> str:
    """Return the day of the last event by the device's clock; "" where there is none."""
    days = []
    for moment in moments:
        with suppress(ValueError):
            days.append(dt.datetime.fromisoformat(moment).date())
    return max(days).isoformat() if days else ""
