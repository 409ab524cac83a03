"""The mean of comparable platforms, from the overview of a batch, beside one platform's scores."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypedDict

from zhiping.domain.evaluation import Kind
from zhiping.domain.exact import Number
from zhiping.domain.result_document import Result
from zhiping.domain.rubric import Channel

SCHEMA = "zhiping/overview/1"
FEWEST = 5  # platforms: a mean of fewer would show the scores of single ones


class IndicatorScore(TypedDict):
    """The points of an indicator."""

    id: str
    score: Number


class PlatformScore(TypedDict):
    """A concluded evaluation of a batch. `graded`: the graded score, exact."""

    name: str
    kind: Kind
    channel: Channel
    graded: Number
    indicators: list[IndicatorScore]


class Overview(TypedDict):
    """The concluded evaluations of a batch, all scored by one scale."""

    schema: str
    scale_sha256: str
    platforms: list[PlatformScore]


@dataclass(frozen=True, slots=True)
class Region:
    """The mean of comparable platforms: the graded score, and the points of each indicator by id."""

    platforms: int
    graded: Fraction
    indicators: Mapping[str, Fraction]


def overview(results: Iterable[Result], scale_sha256: str) -> Overview:
    """Return the overview of the results that are concluded."""
    platforms: list[PlatformScore] = [
        {
            "name": result["platform"]["name"],
            "kind": result["kind"],
            "channel": result["channel"],
            "graded": result["score"]["graded"],
            "indicators": [
                {"id": row["id"], "score": row["score"]}
                for row in result["indicators"]
                if row["score"] is not None
            ],
        }
        for result in results
        if result["score"]["graded"] is not None
    ]
    return {"schema": SCHEMA, "scale_sha256": scale_sha256, "platforms": platforms}


def mean(found: Overview, kind: Kind, channel: Channel) -> Region | None:
    """Return the mean of the platforms of one kind of evaluation and one channel; None below FEWEST."""
    rows = [row for row in found["platforms"] if (row["kind"], row["channel"]) == (kind, channel)]
    if len(rows) < FEWEST:
        return None
    sums: dict[str, Fraction] = {}
    for row in rows:
        for indicator in row["indicators"]:
            sums[indicator["id"]] = sums.get(indicator["id"], Fraction(0)) + Fraction(indicator["score"])
    graded = sum((Fraction(row["graded"]) for row in rows), Fraction(0)) / len(rows)
    return Region(len(rows), graded, {name: total / len(rows) for name, total in sums.items()})
