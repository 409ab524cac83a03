"""The figures we promise, measured: `make bench` writes docs/benchmarks.md."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """A measured figure; `bound` None where none is promised, `most` whether it is an upper bound."""

    name: str
    value: float
    unit: str
    bound: float | None = None
    most: bool = True
    note: str = ""

    @property
    def verdict(self) -> str:
        """Whether the bound holds."""
        if self.bound is None:
            return "–"
        return (
            "met" if (self.value <= self.bound if self.most else self.value >= self.bound) else "**missed**"
        )
