"""Measure everything and write docs/benchmarks.md."""

import datetime as dt
import os
import platform
from pathlib import Path

from benchmarks import (
    Figure,
    apart,
    backup,
    batch,
    commands,
    fieldwork,
    insights,
    marks,
    packages,
    pages,
    reading,
    report,
    scoring,
    search,
    serving,
    slow_clients,
    storm,
    uploads,
    verification,
    waiting,
)

PAGE = Path(__file__).parents[1] / "docs/benchmarks.md"
PARTS = {
    "Commands": commands,
    "Reading sheets": reading,
    "Files apart": apart,
    "Report": report,
    "Batch": batch,
    "Pages": pages,
    "Search": search,
    "Insights": insights,
    "Marks": marks,
    "Scoring": scoring,
    "Scoring page": fieldwork,
    "Reconnect storm": storm,
    "Server": serving,
    "Slow clients": slow_clients,
    "Files handed in": uploads,
    "Archive package": packages,
    "Backup": backup,
    "Waiting for a verification": waiting,
    "Verification": verification,
}
COMPARED = "## Compared"  # written by hand from `make compare`
METHOD = """# Benchmarks

Written by `make bench` (`benchmarks/`). Whole processes and calls are timed by wall clock after one warm-up
run; a figure is the median of its runs. Ratios compare both sides in one run on the same machine.
"""


def line(figure: Figure) -> str:
    bound = "–" if figure.bound is None else f"{'≤' if figure.most else '≥'} {figure.bound:g} {figure.unit}"
    value = f"{figure.value:.3g} {figure.unit}"
    return f"| {figure.name} | {value} | {bound} | {figure.verdict} | {figure.note} |"


def machine() -> str:
    about = Path("/proc/cpuinfo")
    names = [
        row.split(":")[1].strip() for row in about.read_text().splitlines() if row.startswith("model name")
    ]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    name = names[0] if names else platform.machine()
    return (
        f"{dt.datetime.now(dt.UTC).date()}: {os.cpu_count()} cores ({name}), {memory:.0f} GiB, "
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}."
    )


if __name__ == "__main__":
    lines = [METHOD, machine(), ""]
    for title, part in PARTS.items():
        lines += [f"## {title}", "", "| what | measured | bound | | note |", "|---|---|---|---|---|"]
        lines += [line(figure) for figure in part.measure()] + [""]
        print("\n".join(lines[-3:]))
    _, mark, compared = PAGE.read_text(encoding="utf-8").partition(COMPARED)
    PAGE.write_text("\n".join(lines) + "\n" * bool(mark) + mark + compared, encoding="utf-8")
