"""What an agency answered: cycles, assessments, answers, evidence, results, runs; and what it plans."""

from assessments.models.assessments import (
    Answer,
    Assessment,
    AssessmentQuerySet,
    DomainScore,
    Evidence,
    Step,
)
from assessments.models.cycles import Cycle, CycleQuerySet, PreviewLook, PreviewReply
from assessments.models.datacalls import DataCall, DataCallQuerySet, Letter, LetterQuerySet, ReminderPlan
from assessments.models.facts import PeriodFacts
from assessments.models.kinds import RoundKind
from assessments.models.results import (
    Result,
    ResultQuerySet,
    ScoringRule,
    SelfDeclaration,
    SelfDeclarationQuerySet,
)
from assessments.models.roadmap import RAISED_TO, Action, ActionItem, ActionQuerySet, Milestone, Target
from assessments.models.runs import InstrumentRun, InstrumentRunQuerySet
from assessments.models.workbooks import WorkbookUpload

__all__ = [
    "RAISED_TO",
    "Action",
    "ActionItem",
    "ActionQuerySet",
    "Answer",
    "Assessment",
    "AssessmentQuerySet",
    "Cycle",
    "CycleQuerySet",
    "DataCall",
    "DataCallQuerySet",
    "DomainScore",
    "Evidence",
    "InstrumentRun",
    "InstrumentRunQuerySet",
    "Letter",
    "LetterQuerySet",
    "Milestone",
    "PeriodFacts",
    "PreviewLook",
    "PreviewReply",
    "ReminderPlan",
    "Result",
    "ResultQuerySet",
    "RoundKind",
    "ScoringRule",
    "SelfDeclaration",
    "SelfDeclarationQuerySet",
    "Step",
    "Target",
    "WorkbookUpload",
]
