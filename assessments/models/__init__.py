"""What an agency answered: cycles, assessments, answers, evidence, what became of them, results, runs."""

from assessments.models.assessments import (
    Answer,
    Assessment,
    AssessmentQuerySet,
    DomainScore,
    Evidence,
    Step,
)
from assessments.models.cycles import Cycle, CycleQuerySet, PreviewLook, PreviewReply
from assessments.models.results import (
    Result,
    ResultQuerySet,
    ScoringRule,
    SelfDeclaration,
    SelfDeclarationQuerySet,
)
from assessments.models.runs import InstrumentRun, InstrumentRunQuerySet

__all__ = [
    "Answer",
    "Assessment",
    "AssessmentQuerySet",
    "Cycle",
    "CycleQuerySet",
    "DomainScore",
    "Evidence",
    "InstrumentRun",
    "InstrumentRunQuerySet",
    "PreviewLook",
    "PreviewReply",
    "Result",
    "ResultQuerySet",
    "ScoringRule",
    "SelfDeclaration",
    "SelfDeclarationQuerySet",
    "Step",
]
