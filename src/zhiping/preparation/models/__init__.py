"""The tables of chapter 6, by noun."""

from zhiping.preparation.models.draw import Draw
from zhiping.preparation.models.evaluation import Evaluation
from zhiping.preparation.models.expert import Affiliation, Expert, ExpertField, Training
from zhiping.preparation.models.panel import Duty, Recusal, Seat
from zhiping.preparation.models.papers import Bundle, PaperTemplate
from zhiping.preparation.models.programme import Programme, Trip
from zhiping.preparation.models.visit import VisitRecord

__all__ = [
    "Affiliation",
    "Bundle",
    "Draw",
    "Duty",
    "Evaluation",
    "Expert",
    "ExpertField",
    "PaperTemplate",
    "Programme",
    "Recusal",
    "Seat",
    "Training",
    "Trip",
    "VisitRecord",
]
