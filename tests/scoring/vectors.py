"""Golden vectors for the scoring page, from the domain; `python -m tests.scoring.vectors` writes them.

Each criterion of the shipped rubric as the server sends it, its legal marks, what is missing of every content
a member may give it, the reason that counts, and sums of whole sheets.
"""

import json
import random
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from zhiping.domain import sheet as sheets
from zhiping.domain.exact import number_text
from zhiping.domain.policy import Policy
from zhiping.domain.rubric import Rubric

FILE = Path(__file__).parents[2] / "frontend" / "tests" / "vectors.json"
SUMS = 60
TEXTS = (  # no_level, reason, note
    (False, "", ""), (False, "理由", ""), (False, "", "备注"), (True, "", ""), (True, "理由", ""),
)  # fmt: skip


def vectors(rubric: Rubric):
    """Return the vectors for whole and for half steps."""
    policies = [Policy(), Policy(step=Fraction(1, 2))]
    return {
        "criteria": [_criterion(c, policy) for policy in policies for c in rubric.criteria.values()],
        "sums": [_sum(rubric, policies[n % 2], random.Random(n)) for n in range(SUMS)],
    }


def _criterion(criterion, policy):
    from zhiping.scoring.queries.fieldwork import offered

    legal = sorted(criterion.marks(policy.step))
    return {
        "sent": offered(criterion, policy.step) | {"guidance": ""},
        "legal": [number_text(mark) for mark in legal],
        "contents": [_content(criterion, policy, m, *t) for m in [None, *legal] for t in TEXTS],
    }


def _content(criterion, policy, points, no_level, reason, note):
    """Return one content with what the domain finds missing, and the reason that counts."""
    shown = {"points": number_text(points) if points is not None else None, "no_level": no_level}
    content = {**shown, "reason": reason, "note": note}
    if points is None:
        return {**content, "lacks": "" if criterion.bonus else "mark", "counts": reason}
    mark = sheets.Mark(points, reason=reason, note=note, no_level=no_level)
    counts = reason or sheets.level_reason(criterion, mark)
    found = list(sheets.hand_in_problems(criterion, replace(mark, reason=counts), policy.step))
    return {**content, "lacks": "reason" if found else "", "counts": counts}


def _sum(rubric, policy, dice):
    """Return the marks of a sheet filled in at random, with the domain's sums."""
    points = {
        c.id: dice.choice(c.marks(policy.step)) for c in rubric.criteria.values() if dice.random() < 0.9
    }
    totals = sheets.totals(rubric, points)
    dimensions = {
        d.id: sum((totals.indicators[i.id] for i in d.indicators), Fraction(0)) for d in rubric.dimensions
    }
    return {
        "points": [
            [number_text(points[c.id]) for i in d.indicators for c in i.criteria if c.id in points]
            for d in rubric.dimensions
        ],
        "dimensions": [number_text(value) for value in dimensions.values()],
        "base": number_text(totals.base),
    }


def text(rubric):
    """Return the file's text."""
    return json.dumps(vectors(rubric), ensure_ascii=False, separators=(",", ":")) + "\n"


def write():
    """Write the file from the rubric that ships."""
    FILE.write_text(text(shipped()), encoding="utf-8")


def shipped():
    """Return the rubric that ships."""
    from zhiping.documents.files import rubric_file

    return rubric_file.bundled()


if __name__ == "__main__":
    import django

    django.setup()
    write()
