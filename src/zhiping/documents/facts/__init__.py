"""The facts of an evaluation and its result as texts: what papers and report can say, under fixed names."""

from zhiping.documents.facts.evaluation import Blank, Facts, facts, members_facts
from zhiping.documents.facts.report import report_facts

__all__ = ["Blank", "Facts", "facts", "members_facts", "report_facts"]
