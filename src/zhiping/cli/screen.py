"""What a person sees in the terminal: results, doubts, rubrics, batches."""

import sys
from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.markup import escape as literal
from rich.measure import Measurement
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from zhiping.cli.lines import cells, pieces, wrap
from zhiping.domain.doubt import Doubt
from zhiping.domain.result_document import Result
from zhiping.domain.rubric import Rubric
from zhiping.texts.catalogue import problem_text, say, translated, visible
from zhiping.texts.wording import (
    agreement_text,
    check_rows,
    grade_name,
    losses_text,
    margin_text,
    note_texts,
    readings_text,
)

STYLES = {"concluded": "green", "open": "yellow", "refused": "red"}
MARKS = {"pass": "[green]√[/]", "fail": "[red]×[/]", "not_shown": "[yellow]–[/]"}  # GBK has these three


def _console() -> Console:
    """Return the terminal; ":words:" stay as they are, and numbers have colours only where colours show."""
    return Console(emoji=False, highlight=sys.stdout.isatty())


class Words:
    """A text as it is, without markup or control characters, broken where Chinese and English may be."""

    def __init__(self, text: str, style: str = "") -> None:
        self.text, self.style = visible(text), style

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the lines that fit."""
        lines = "\n".join(wrap(self.text, options.max_width))
        yield Text(lines, self.style, no_wrap=True, overflow="fold")

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """Return the width of the longest part that cannot be broken, and of the longest line."""
        least = max((cells(piece.strip()) for piece in pieces(self.text)), default=0)
        most = max(map(cells, self.text.split("\n")))
        return Measurement(least, most).with_maximum(options.max_width)


def escape(text: str) -> str:
    """Return a text that the terminal shows as it is: no markup, no control characters."""
    return literal(visible(text))


def table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """Return a plain table; cells are text, never markup."""
    made = Table(title=escape(title), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for i, head in enumerate(heads):
        made.add_column(
            escape(head),
            overflow="fold",
            justify="right" if i > 1 else "left",
            min_width=5 if i == 0 else None,
        )
    for row in rows:
        made.add_row(*map(Words, row))
    return made


def show_result(result: Result, rubric: Rubric, target: Path | None, doubts: Sequence[str] = ()) -> None:
    """Show a result: the verdict first, then what it rests on, then what to do next.

    `doubts`: what the panel must still look at.
    """
    console, status = _console(), result["status"]
    title = say(f"cli.screen.{status}")
    console.print(Panel(_verdict(result, rubric), title=escape(title), border_style=STYLES[status]))
    console.print(_checks(result))
    if status != "refused":
        _show_marks(console, result, rubric)
    for line in doubts:
        console.print(Words(line))
    if target:
        written = say(f"cli.screen.{'checked' if status == 'refused' else 'papers'}", path=target)
        console.print(f"[bold]{escape(written)}[/]", soft_wrap=True)
    if target and status == "open":
        console.print(escape(say("cli.screen.fill", path=target / "deliberation.xlsx")), soft_wrap=True)


def _show_marks(console: Console, result: Result, rubric: Rubric) -> None:
    if result["open"]:
        console.print(_open(result, rubric))
    for line in _facts(result, rubric):
        console.print(Words(line))
    for line in note_texts(result):
        note = Table.grid(padding=(0, 1))
        note.add_row(Words(say("cli.screen.readme_notes"), "yellow"), Words(line))
        console.print(note)


def _verdict(result: Result, rubric: Rubric) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    grid.add_row(escape(say("cli.screen.platform")), Words(result["platform"]["name"] or "—"))
    if result["status"] == "refused":
        return Group(Words(say("cli.screen.mend"), "bold"), grid)
    if result["grade"] is None:
        return grid
    top = result["rubric"]
    for key, most in (("base", top["base_max"]), ("bonus", top["bonus_max"])):
        if most == "0":
            continue
        score = say("cli.screen.of", score=result["shown"][key], max=most)  # type: ignore[literal-required] # two keys
        grid.add_row(escape(say(f"cli.screen.{key}")), score)
    grid.add_row(escape(say("cli.screen.graded")), f"[bold]{result['shown']['graded']}[/]")
    grid.add_row(escape(say("cli.screen.grade")), f"[bold]{escape(grade_name(rubric, result['grade']))}[/]")
    return grid


def _checks(result: Result) -> Table:
    made = Table(title=escape(say("cli.screen.checks")), title_justify="left", show_header=False, box=None)
    for row, check in zip(check_rows(result["checks"]), result["checks"], strict=True):
        made.add_row(MARKS[check["state"]], *(Words(row[key]) for key in ("name", "state", "detail")))
    return made


def _open(result: Result, rubric: Rubric) -> Table:
    waiting = {entry["id"] for entry in result["open"]}
    rows = [
        [
            c["id"],
            translated(rubric.criteria[c["id"]].text),
            " ".join(mark["points"] for mark in c["marks"]),
            c["proposal"] or "—",
        ]
        for c in result["criteria"]
        if c["id"] in waiting
    ]
    heads = [say(f"cli.screen.{key}") for key in ("id", "item", "marks", "proposal")]
    return table(say("cli.screen.waiting", count=len(rows)), heads, rows)


def _facts(result: Result, rubric: Rubric) -> list[str]:
    """Say how near the bounds are, what other readings give, how far the panel agreed, what was lost."""
    lines = [agreement_text(result)]
    if result["grade"]:
        lines = [
            margin_text(result, rubric),
            readings_text(result, rubric),
            losses_text(result, rubric),
            *lines,
        ]
    if result["replaced_characters"]:
        characters = " ".join(result["replaced_characters"])
        lines.append(say("cli.screen.replaced", characters=characters))
    return lines


def show_batch(rows: Sequence[Any], counts: Counter[str], overview: Path | None) -> None:
    """Say what came of a batch: the folders with problems first, then the counts."""
    console = _console()
    for row in rows:
        lines = [problem_text(problem) for problem in row.problems]
        if row.result and row.result["status"] == "refused":
            failed = [check for check in row.result["checks"] if check["state"] == "fail"]
            lines += [say("tables.overview.failed", **check) for check in check_rows(failed)]
        for line in lines:
            console.print(f"[red]{escape(row.folder)}[/] {escape(line)}", soft_wrap=True)
    numbers = {status: counts[status] for status in ("concluded", "open", "refused", "failed")}
    console.print(Words(say("cli.batch.done", total=len(rows), **numbers)))
    if overview:
        console.print(f"[bold]{escape(say('cli.batch.overview', path=overview))}[/]", soft_wrap=True)


def show_doubts(doubts: Sequence[Doubt]) -> None:
    """List a draft's unsettled doubts with their places."""
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for head in ("doubt_id", "doubt_where", "doubt_what", "doubt_proposed"):
        made.add_column(escape(say(f"cli.rubric_read.{head}")), overflow="fold")
    for doubt in doubts:
        what = f"{say(f'reader.{doubt.code}')} {doubt.found}"
        made.add_row(*(escape(cell) for cell in (doubt.id, doubt.where, what, doubt.proposed)))
    _console().print(made)


def show_rubric(rubric: Rubric) -> None:
    """Show a rubric as it is printed: dimensions, indicators, criteria with their levels."""
    from zhiping.documents.spreadsheets.rubric_table import as_printed

    console = _console()
    console.print(f"[bold]{escape(translated(rubric.title))}[/] {escape(rubric.id)} {escape(rubric.version)}")
    head, *rows = as_printed(rubric)
    for (dimension, indicator), group in groupby(rows, key=lambda row: (row.dimension, row.indicator)):
        heading = f"{dimension} · {indicator}".replace("\n", " ")
        made = Table(title=escape(heading), title_justify="left", box=box.SIMPLE_HEAD, expand=True)
        made.add_column(escape(head.id), width=5)
        made.add_column(escape(head.text), ratio=5, overflow="fold")
        made.add_column(escape(head.levels), ratio=6, overflow="fold")
        made.add_column(escape(head.max), justify="right", width=5)
        for row in group:
            levels = row.levels.replace(" ", "\u00a0")  # a mark stays with its words when lines wrap
            made.add_row(*(escape(cell) for cell in (row.id, row.text, levels, row.max)))
        console.print(made)
