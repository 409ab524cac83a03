"""Who may do what in chapter 6, by noun; imported together, so that every permission is known."""

from zhiping.preparation.rules import draw, evaluation, expert, panel, papers, programme, visit

__all__ = ["draw", "evaluation", "expert", "panel", "papers", "programme", "visit"]
