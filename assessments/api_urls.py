"""Addresses of the API of assessments, below /api/v1/."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from assessments.api.answers import AnswerListView, AnswerView, EvidenceListView, EvidenceView
from assessments.api.assessments import AssessmentViewSet
from assessments.api.comparisons import ComparisonView
from assessments.api.evidence import (
    AssessmentEvidenceListView,
    AssessmentEvidenceView,
    EvidenceFileView,
    EvidenceItemView,
)
from assessments.api.exemptions import ExemptionViewSet
from assessments.api.facts import FactsView
from assessments.api.results import CycleViewSet, ResultViewSet, SelfDeclarationViewSet
from assessments.api.roadmap import RoadmapActionViewSet
from assessments.api.runs import InstrumentRunViewSet, InstrumentViewSet
from assessments.api.workbook import WorkbookDecisionView, WorkbookView

router = SimpleRouter()
router.register("assessments", AssessmentViewSet, basename="assessment")
router.register("results", ResultViewSet, basename="result")
router.register("self-declarations", SelfDeclarationViewSet, basename="self-declaration")
router.register("cycles", CycleViewSet, basename="cycle")
router.register("instruments", InstrumentViewSet, basename="instrument")
router.register("instrument-runs", InstrumentRunViewSet, basename="instrument-run")
router.register("exemptions", ExemptionViewSet, basename="exemption")
router.register("roadmap-actions", RoadmapActionViewSet, basename="roadmap-action")

ANSWER = "assessments/<str:id>/answers/<str:item>/"
OWN = "assessments/<str:id>/evidence/<str:evidence>/"
urlpatterns = [
    *router.urls,
    path("assessments/<str:id>/facts/", FactsView.as_view(), name="facts-detail"),
    path("comparisons/", ComparisonView.as_view(), name="comparison-detail"),
    path("assessments/<str:id>/answers/", AnswerListView.as_view(), name="answer-list"),
    path(ANSWER, AnswerView.as_view(), name="answer-detail"),
    path("assessments/<str:id>/workbook/", WorkbookView.as_view(), name="workbook"),
    path(
        "assessments/<str:id>/workbook/decisions/", WorkbookDecisionView.as_view(), name="workbook-decisions"
    ),
    path(
        "assessments/<str:id>/evidence/",
        AssessmentEvidenceListView.as_view(),
        name="assessment-evidence-list",
    ),
    path(f"{OWN}", AssessmentEvidenceView.as_view(), name="assessment-evidence-detail"),
    path(f"{OWN}file/", EvidenceFileView.as_view(), name="assessment-evidence-file"),
    path(f"{OWN}items/<str:item>/", EvidenceItemView.as_view(), name="assessment-evidence-item"),
    path(f"{ANSWER}evidence/", EvidenceListView.as_view(), name="evidence-list"),
    path(f"{ANSWER}evidence/<str:evidence>/", EvidenceView.as_view(), name="evidence-detail"),
]
