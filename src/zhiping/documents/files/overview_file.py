"""`overview.json`: the concluded evaluations of a batch, for a region's mean; read strictly."""

import json
from pathlib import Path
from typing import Any, cast

from zhiping.documents.files import result_file
from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.region import SCHEMA, Overview
from zhiping.domain.rubric import Rubric

NAME = "overview.json"


def dumps(found: Overview) -> bytes:
    """Return an overview as people and programs read it: indented, UTF-8."""
    return f"{json.dumps(found, ensure_ascii=False, indent=2)}\n".encode()


def load(path: Path, rubric: Rubric | None = None) -> Overview:
    """Read an overview; raise Invalid with everything that violates its shape, each with its place.

    With a rubric, its platforms must have been scored by the same scale.
    """
    found: Any = result_file.parsed(path, "result.no_overview")
    problems = list(result_file.faults(found, Overview, ""))
    if not problems and found["schema"] != SCHEMA:
        problems = [Problem("result.value", {"found": found["schema"], "allowed": SCHEMA}, ("schema",))]
    if not problems and rubric and found["scale_sha256"] != rubric.scale_sha256:
        problems = [Problem("result.scale", {"id": rubric.id})]
    if problems:
        raise Invalid([problem.at(path.name) for problem in problems])
    return cast("Overview", found)
