"""The tables of chapter 6, by noun."""

from zhiping.preparation.models.draw import Draw
from zhiping.preparation.models.evaluation import Evaluation
from zhiping.preparation.models.expert import Affiliation, Expert, ExpertField, Training
from zhiping.preparation.models.panel import Duty, Recusal, Seat
from zhiping.preparation.models.programme import Programme, Trip
from zhiping.preparation.models.visit import VisitRecord

__all__ = [
    "Affiliation",
    "Draw",
    "Duty",
    "Evaluation",
    "Expert",
    "ExpertField",
    "Programme",
    "Recusal",
    "Seat",
    "Training",
    "Trip",
    "VisitRecord",
]
