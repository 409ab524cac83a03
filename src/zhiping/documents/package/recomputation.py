"""Recomputation of a packaged result from the marks and the rubric that the package holds."""

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from zhiping.documents.files import result_file, rubric_file
from zhiping.documents.package import verify
from zhiping.domain.consensus import Agreed
from zhiping.domain.errors import Invalid
from zhiping.domain.evaluation import Evaluation, Platform
from zhiping.domain.exact import number_text
from zhiping.domain.grading import band
from zhiping.domain.policy import Policy
from zhiping.domain.result import evaluate
from zhiping.domain.result_document import CriterionOut, Note, Result
from zhiping.domain.rubric import Rubric
from zhiping.domain.sheet import Mark, Sheet
from zhiping.texts.catalogue import problem_text

COMPUTED = (
    "status", "score", "shown", "grade", "margin", "flip", "path", "open", "dimensions", "indicators",
    "readings", "ceiling",
)  # fmt: skip
OF_CRITERION = ("max", "bonus", "disputed", "proposal", "agreed", "shown", "level", "lost")


def recompute(source: Any, report: verify.Report) -> None:  # noqa: ANN401 - a folder or a zip of the verifier
    """Compute the packaged result again, and add what differs to the report as faults.

    From an extract, which has no members' marks, score and grade are computed from the agreed points.
    """
    from zhiping.documents.apart import apart

    paths = {name: str(report.facts.get(name, "")) for name in ("result", "rubric")}
    contents = {name: verify.read(source, path) for name, path in paths.items()}
    if contents["result"] is None or contents["rubric"] is None:
        return
    report.unchecked = [one for one in report.unchecked if one["code"] != "result.not_computed"]
    with tempfile.TemporaryDirectory(prefix="zp-result-") as folder:
        result, rubric = Path(folder) / result_file.NAME, Path(folder) / "rubric.toml"
        result.write_bytes(contents["result"])
        rubric.write_bytes(contents["rubric"])
        try:
            found = apart(differences, result, rubric, name=paths["result"])
        except Invalid as invalid:
            found = [(problem_text(problem), "") for problem in invalid.problems]
    for place, expected in found:
        code = "result.computed" if expected else "result.invalid"
        report.add_fault(code, file=paths["result"], what=place, expected=expected)
    if not found:
        report.facts["computed"] = True


def check_report(path: Path, held: Mapping[str, Mapping[str, str]] | None, report: verify.Report) -> None:
    """Check a report: its embedded result, and that it is among the files that a package holds.

    A scan of the signed copy, or the sealed edition, has no result of its own: it is recognised by its hash.
    `held`: digests of the files of a package, None where no package was given.
    """
    from zhiping.documents.apart import apart

    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    report.facts.update(name=path.name, sha256=digest)
    place = next((name for name, found in (held or {}).items() if found["sha256"] == digest), "")
    if held is None:
        report.add_note("report.alone")
    elif not place:
        report.add_fault("report.elsewhere", file=path.name)
    document = apart(embedded, path, name=path.name)
    if document is None and place:
        report.facts["copy"] = place
        return
    if document is None:
        report.add_fault("report.no_result", file=path.name)
        return
    with tempfile.TemporaryDirectory(prefix="zp-result-") as folder:
        result = Path(folder) / result_file.NAME
        result.write_bytes(document)
        try:
            found = apart(differences, result, rubric_file.BUNDLED, name=path.name)
        except Invalid as invalid:
            if any(problem.code == "result.scale" for problem in invalid.problems):
                report.add_note("report.other_rubric", file=path.name)
                return
            found = [(problem_text(problem), "") for problem in invalid.problems]
    for place, expected in found:
        code = "result.computed" if expected else "result.invalid"
        report.add_fault(code, file=path.name, what=place, expected=expected)


def embedded(path: Path) -> bytes | None:
    """Return the result embedded in a report; None where the file is no PDF or has none."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
        files = [document.get_attachment(number) for number in range(document.count_attachments())]
        return next((bytes(one.get_data()) for one in files if one.get_name() == result_file.NAME), None)
    except pypdfium2.PdfiumError:
        return None


def differences(document: Path, table: Path) -> list[tuple[str, str]]:
    """Return the places of a result where another value follows from its marks, with that value.

    Raises Invalid for a result or a rubric that is malformed, or a result scored by another scale.
    """
    rubric = rubric_file.load(table)
    result = result_file.load(document, rubric)
    if result["policy"]["method"] != "panel" and all(one["marks"] for one in result["criteria"]):
        again = evaluate(rubric, _about(result), _sheets(result), _agreed(result), amended=_amended(result))
        return _different(result, again)
    return list(_summed(result, rubric))


def _about(result: Result) -> Evaluation:
    """Return the facts that the score follows from; the panel is not among them."""
    policy = result["policy"]
    return Evaluation(
        Platform(result["platform"]["name"], channel=result["channel"]),
        kind=result["kind"],
        reason=result["reason"],
        policy=replace(Policy(**{**policy, "step": Fraction(policy["step"])})),  # type: ignore[arg-type] # the same names
    )


def _sheets(result: Result) -> list[Sheet]:
    return [
        Sheet(sheet["expert_id"], sheet["name"], {c["id"]: _mark(c, number) for c in result["criteria"]})
        for number, sheet in enumerate(result["sheets"])
    ]


def _mark(criterion: CriterionOut, number: int) -> Mark:
    mark = criterion["marks"][number]
    return Mark(Fraction(mark["points"]), mark["reason"], mark["advice"], mark["note"], mark["no_level"])


def _amended(result: Result) -> dict[str, Agreed]:
    """Return the marks that were corrected on objections."""
    reasons = {c["id"]: c["agreed_reason"] for c in result["criteria"]}
    corrected = {one["data"]["id"]: one["data"]["points"] for one in _amendments(result)}
    return {name: Agreed(Fraction(points), reasons[name]) for name, points in corrected.items()}


def _agreed(result: Result) -> dict[str, Agreed]:
    """Return the marks the panel agreed on, those that were corrected later as they were before."""
    before = {one["data"]["id"]: one["data"]["before"] for one in _amendments(result)}
    return {
        c["id"]: Agreed(Fraction(before.get(c["id"], c["agreed"])), c["agreed_reason"], c["dissent"])
        for c in result["criteria"]
        if c["disputed"] and c["agreed"] is not None and result["policy"]["method"] != "mean"
    }


def _amendments(result: Result) -> list[Note]:
    return [one for one in result["notes"] if one["code"] == "amended"]


def _different(stated: Result, again: Result) -> list[tuple[str, str]]:
    found = [(name, again[name]) for name in COMPUTED if stated[name] != again[name]]  # type: ignore[literal-required] # keys of a result
    for one, other in zip(stated["criteria"], again["criteria"], strict=True):
        found += [
            (f"criteria.{one['id']}.{name}", other[name])  # type: ignore[literal-required] # keys of a criterion
            for name in OF_CRITERION
            if one[name] != other[name]  # type: ignore[literal-required] # keys of a criterion
        ]
    return [(place, str(value)[:200]) for place, value in found]


def _summed(result: Result, rubric: Rubric) -> Any:  # noqa: ANN401 - an iterator of pairs
    """Yield score and grade where others follow from the agreed points."""
    points = result_file.points(result)
    if result["status"] != "concluded":
        return
    base = sum((points[c["id"]] for c in result["criteria"] if not c["bonus"]), Fraction(0))
    bonus = sum((points[c["id"]] for c in result["criteria"] if c["bonus"]), Fraction(0))
    graded = base + bonus if result["policy"]["bonus_counts"] else base
    if result["score"]["graded"] != number_text(graded):
        yield "score.graded", number_text(graded)
    if result["grade"] != band(rubric.bands, graded).grade:
        yield "grade", band(rubric.bands, graded).grade
