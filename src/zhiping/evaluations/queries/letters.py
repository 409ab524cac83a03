"""Letters of an evaluation: its own, what its programme states, and both together."""

from zhiping.domain.letters import Letters, from_data
from zhiping.evaluations.models import Evaluation


def shared(evaluation: Evaluation) -> Letters:
    """Return what the programme states for the letters of its evaluations."""
    programme = evaluation.programme
    return from_data(programme.letters) if programme else Letters()


def letters(evaluation: Evaluation) -> Letters:
    """Return an evaluation's letters as they are printed: what they leave out is the programme's."""
    return from_data(evaluation.letters).with_shared(shared(evaluation), numbers=True)
