"""Many evaluations of one programme: what they share, and the numbers of their letters."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from zhiping.domain.evaluation import Evaluation, Platform
from zhiping.domain.letters import Letter, Letters

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Programme:
    """What the evaluations of a programme share; an evaluation that states it has its own."""

    authority: str = ""
    programme: str = ""
    basis: tuple[str, ...] = ()
    papers: Letters = field(default_factory=Letters)


def in_programme(about: Evaluation, programme: Programme) -> Evaluation:
    """Fill in what the programme states; its numbers are given out when all evaluations are known.

    A self-evaluation takes nothing: its letters are the operator's.
    """
    if about.kind == "self":
        return about
    named = {
        name: getattr(about, name) or getattr(programme, name) for name in ("authority", "programme", "basis")
    }
    return replace(about, **named, papers=about.papers.with_shared(programme.papers, numbers=False))


def numbered(
    evaluations: Sequence[tuple[Evaluation, Iterable[str]]], programme: Programme
) -> list[Evaluation]:
    """Number the letters of evaluations, each with the names of its papers, in their order.

    A number of the programme is the first one's; a number in full is that of all. Letters of a
    self-evaluation are not the authority's and are not counted.
    """
    used: Counter[str] = Counter()
    return [_numbered(about, set(names), programme, used) for about, names in evaluations]


def _numbered(about: Evaluation, names: set[str], programme: Programme, used: Counter[str]) -> Evaluation:
    own = dict(about.papers.own)
    for name, shared in programme.papers.own.items():
        letter = own.get(name, Letter())
        if about.kind == "self" or name not in names or letter.number:
            continue
        number = str(int(shared.number) + used[name]) if shared.number.isdigit() else shared.number
        used[name] += 1
        own[name] = replace(letter, number=number)
    return replace(about, papers=replace(about.papers, own=own))


def shared(evaluations: Sequence[Evaluation], programme: Programme) -> Evaluation:
    """Return the facts of a letter about all of them: what the programme states, or what all state alike."""
    return Evaluation(
        platform=Platform(""),
        authority=programme.authority or _same([e.authority for e in evaluations], ""),
        programme=programme.programme or _same([e.programme for e in evaluations], ""),
        basis=programme.basis or _same([e.basis for e in evaluations], ()),
        period=_same([e.period for e in evaluations], None),
        papers=programme.papers,
    )


def _same(values: Sequence[T], otherwise: T) -> T:
    return values[0] if values and all(value == values[0] for value in values) else otherwise
