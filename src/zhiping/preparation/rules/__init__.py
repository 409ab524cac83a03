"""Who may do what in chapter 6, by noun; imported together, so that every permission is known."""

from zhiping.preparation.rules import evaluation, expert, programme, visit

__all__ = ["evaluation", "expert", "programme", "visit"]
