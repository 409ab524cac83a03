"""The report as PDF/A beside Typst alone, and LibreOffice's PDF of our Word report of the same result."""

import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from benchmarks import Figure
from benchmarks.commands import EXAMPLE
from zhiping.cli.evaluate import Job, settle
from zhiping.documents.files import rubric_file
from zhiping.documents.papers.pdf.report import prepared, typeset, write_pdf
from zhiping.documents.papers.report import Report, report_of
from zhiping.documents.papers.word.papers import write_report
from zhiping.domain.result_document import Result

ROUNDS, EACH = 5, 5  # rounds, and PDFs of ours in one round
LIMIT = 180  # seconds for one conversion


def timed(work: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    start = clock()
    work()
    return clock() - start


def another(result: Result, mark: str) -> Result:
    """Return the result with every reason in other words, so that no page of the last report is at hand."""
    copy: Result = {**result}
    copy["criteria"] = [
        {**c, "reasons": [text + mark for text in c["reasons"]], "agreed_reason": c["agreed_reason"] + mark}
        for c in result["criteria"]
    ]
    copy["findings"] = [{**f, "reasons": [text + mark for text in f["reasons"]]} for f in result["findings"]]
    return copy


def conversion(word: Path, folder: Path) -> Callable[[], object] | None:
    """Return what turns a Word file into PDF by LibreOffice, tried once; None where it cannot."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        return None
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [program, profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder), str(word)]

    def convert() -> None:
        subprocess.run(command, check=True, capture_output=True, timeout=LIMIT)

    convert()
    return convert if (folder / f"{word.stem}.pdf").exists() else None


def measure() -> list[Figure]:
    """Time our PDF, Typst on the same source, and LibreOffice's in turn; each of ours is another report."""
    rubric = rubric_file.bundled()
    sheets = tuple(sorted(EXAMPLE.glob("sheets/*.xlsx")))
    outcome = settle(Job(sheets, EXAMPLE / "evaluation.toml", EXAMPLE / "deliberation.xlsx", rubric))
    ours: list[float] = []
    cpu: list[float] = []
    alone: list[float] = []
    theirs: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def report(mark: str) -> Report:
            about = replace(outcome.about, report=replace(outcome.about.report, number=mark))
            return report_of(another(outcome.result, mark), rubric, about)

        def write(mark: str) -> object:
            return write_pdf(report(mark), folder / "ours.pdf")

        word = write_report(report_of(outcome.result, rubric, outcome.about), folder / "word.docx")
        convert = conversion(word, folder)
        write("0")
        for at in range(ROUNDS):
            for n in range(EACH):
                ours.append(timed(partial(write, f"{at}-{n}")))
                cpu.append(timed(partial(write, f"{at}-{n}-cpu"), time.process_time))
                source = prepared(report(f"{at}-{n}-alone"))
                alone.append(timed(partial(typeset, *source), time.process_time))
            theirs += [timed(convert)] if convert else []
    own = statistics.median(ours)
    typst = statistics.median(alone)
    figures = [
        Figure("report as PDF/A-3a + UA-1, result embedded, in a running process", own * 1000, "ms"),
        Figure(
            "the same ÷ Typst alone on the same source, CPU time",
            statistics.median(mine / its for mine, its in zip(cpu, alone, strict=True)),
            "×",
            1.5,
            note=f"median of {len(cpu)} pairs; Typst takes {typst * 1000:.0f} ms of CPU time",
        ),
    ]
    ratio = "LibreOffice's PDF of our Word report ÷ the same"
    if not theirs:
        missing = "not measured: no LibreOffice with Writer on this machine"
        return [*figures, Figure(ratio, float("nan"), "×", note=missing)]
    office = statistics.median(theirs)
    return [
        *figures,
        Figure(ratio, office / own, "×", 20, most=False, note=f"LibreOffice takes {office:.2f} s"),
    ]
