"""Change what the letters of an evaluation, or of a programme, have besides its facts."""

from zhiping.domain import dates
from zhiping.domain import letters as rules
from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.letters import Letters
from zhiping.evaluations.models import Evaluation, Programme
from zhiping.evaluations.queries import letters as queries
from zhiping.ledger.act import Act


def change_letters(act: Act, evaluation: Evaluation, *, letters: Letters) -> None:
    """Set numbers, dates, contact and copies of an evaluation's letters; the programme has what is left out.

    Raises Invalid with what cannot be (domain.letters), at the field `<paper>_<key>` of a letter.
    """
    with act.move(evaluation, "change_letters") as entry:
        visit = {"visit_start": evaluation.visit_start, "visit_end": evaluation.visit_end}
        _check(letters.with_shared(queries.shared(evaluation), numbers=True), visit)
        entry.change(evaluation, letters=letters.as_data())


def change_common_letters(act: Act, programme: Programme, *, letters: Letters) -> None:
    """Set what the letters of a programme's evaluations share; a number is that of all.

    Raises Invalid with what cannot be (domain.letters).
    """
    with act.move(programme, "change_common_letters") as entry:
        _check(letters, {})
        entry.change(programme, letters=letters.as_data())


def _check(letters: Letters, facts: dates.Facts) -> None:
    if found := rules.problems(letters, facts):
        raise Invalid([Problem(p.code, p.data, ("_".join(p.where),)) for p in found])
