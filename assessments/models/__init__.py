"""What an agency answered: cycles, assessments, answers, evidence, results, runs; and what it plans."""

from assessments.models.answer_files import AnswerFile
from assessments.models.assessments import (
    Answer,
    Assessment,
    AssessmentQuerySet,
    DomainScore,
    Step,
)
from assessments.models.attestation import Capacity
from assessments.models.cycles import Cycle, CycleQuerySet, PreviewLook, PreviewReply
from assessments.models.datacalls import DataCall, DataCallQuerySet, Letter, LetterQuerySet, ReminderPlan
from assessments.models.evidence import Evidence, EvidenceFile, EvidenceQuerySet, EvidenceUse, StoredBytes
from assessments.models.exemptions import Exemption, ExemptionQuerySet
from assessments.models.facts import PeriodFacts
from assessments.models.kinds import RoundKind
from assessments.models.results import (
    Result,
    ResultQuerySet,
    ScoringRule,
    SelfDeclaration,
    SelfDeclarationQuerySet,
)
from assessments.models.reviews import ItemDecision, ItemDecisionQuerySet, Review, ReviewReply
from assessments.models.roadmap import RAISED_TO, Action, ActionItem, ActionQuerySet, Milestone, Target
from assessments.models.runs import InstrumentRun, InstrumentRunQuerySet
from assessments.models.sharing import Following, SharedAnswer, inherited_evidence
from assessments.models.together import Assignment, Comment, CommentQuerySet, Thread
from assessments.models.units import Extension, NothingToReport, ReportingUnit, UnitMode
from assessments.models.workbooks import WorkbookUpload

__all__ = [
    "RAISED_TO",
    "Action",
    "ActionItem",
    "ActionQuerySet",
    "Answer",
    "AnswerFile",
    "Assessment",
    "AssessmentQuerySet",
    "Assignment",
    "Capacity",
    "Comment",
    "CommentQuerySet",
    "Cycle",
    "CycleQuerySet",
    "DataCall",
    "DataCallQuerySet",
    "DomainScore",
    "Evidence",
    "EvidenceFile",
    "EvidenceQuerySet",
    "EvidenceUse",
    "Exemption",
    "ExemptionQuerySet",
    "Extension",
    "Following",
    "InstrumentRun",
    "InstrumentRunQuerySet",
    "ItemDecision",
    "ItemDecisionQuerySet",
    "Letter",
    "LetterQuerySet",
    "Milestone",
    "NothingToReport",
    "PeriodFacts",
    "PreviewLook",
    "PreviewReply",
    "ReminderPlan",
    "ReportingUnit",
    "Result",
    "ResultQuerySet",
    "Review",
    "ReviewReply",
    "RoundKind",
    "ScoringRule",
    "SelfDeclaration",
    "SelfDeclarationQuerySet",
    "SharedAnswer",
    "Step",
    "StoredBytes",
    "Target",
    "Thread",
    "UnitMode",
    "WorkbookUpload",
    "inherited_evidence",
]
