"""Addresses of the API of assessments, below /api/v1/."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from assessments.api.answers import AnswerListView, AnswerView, EvidenceListView, EvidenceView
from assessments.api.assessments import AssessmentViewSet
from assessments.api.comparisons import ComparisonView
from assessments.api.confirmations import ConfirmationListView, ConfirmationView
from assessments.api.cycles import TotalsView, UnitListView
from assessments.api.datacalls import DataCallViewSet
from assessments.api.evidence import (
    AssessmentEvidenceListView,
    AssessmentEvidenceView,
    EvidenceFileView,
    EvidenceItemView,
)
from assessments.api.exemptions import ExemptionViewSet
from assessments.api.facts import FactsView
from assessments.api.results import CycleViewSet, ResultViewSet, SelfDeclarationViewSet
from assessments.api.reviews import (
    FindingsView,
    ReviewAgreeView,
    ReviewDecisionViewSet,
    ReviewItemView,
    ReviewView,
)
from assessments.api.roadmap import RoadmapActionViewSet
from assessments.api.runs import InstrumentRunViewSet, InstrumentViewSet
from assessments.api.sharing import OfferListView, SharedAnswerView, StopFollowingView
from assessments.api.together import (
    AssignmentListView,
    CommentListView,
    CommentView,
    PeopleView,
    ThreadListView,
    ThreadView,
)
from assessments.api.workbook import WorkbookDecisionView, WorkbookView

router = SimpleRouter()
router.register("assessments", AssessmentViewSet, basename="assessment")
router.register("results", ResultViewSet, basename="result")
router.register("self-declarations", SelfDeclarationViewSet, basename="self-declaration")
router.register("cycles", CycleViewSet, basename="cycle")
router.register("data-calls", DataCallViewSet, basename="data-call")
router.register("instruments", InstrumentViewSet, basename="instrument")
router.register("instrument-runs", InstrumentRunViewSet, basename="instrument-run")
router.register("exemptions", ExemptionViewSet, basename="exemption")
router.register("review-decisions", ReviewDecisionViewSet, basename="review-decision")
router.register("roadmap-actions", RoadmapActionViewSet, basename="roadmap-action")

ANSWER = "assessments/<str:id>/answers/<str:item>/"
OWN = "assessments/<str:id>/evidence/<str:evidence>/"
urlpatterns = [
    *router.urls,
    path("assessments/<str:id>/facts/", FactsView.as_view(), name="facts-detail"),
    path("assessments/<str:id>/findings/", FindingsView.as_view(), name="findings-detail"),
    path("assessments/<str:id>/review/", ReviewView.as_view(), name="review-detail"),
    path("assessments/<str:id>/review/agree/", ReviewAgreeView.as_view(), name="review-agree"),
    path("assessments/<str:id>/review/items/<str:item>/", ReviewItemView.as_view(), name="review-item"),
    path("cycles/<str:id>/units/", UnitListView.as_view(), name="cycle-units"),
    path("cycles/<str:id>/totals/", TotalsView.as_view(), name="cycle-totals"),
    path("comparisons/", ComparisonView.as_view(), name="comparison-detail"),
    path("assessments/<str:id>/answers/", AnswerListView.as_view(), name="answer-list"),
    path(ANSWER, AnswerView.as_view(), name="answer-detail"),
    path(f"{ANSWER}confirmation/", ConfirmationView.as_view(), name="answer-confirmation"),
    path("assessments/<str:id>/confirmations/", ConfirmationListView.as_view(), name="confirmation-list"),
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
    path(f"{ANSWER}comments/", CommentListView.as_view(), name="comment-list"),
    path(f"{ANSWER}thread/", ThreadView.as_view(), name="thread-detail"),
    path("assessments/<str:id>/comments/<str:comment>/", CommentView.as_view(), name="comment-detail"),
    path("assessments/<str:id>/threads/", ThreadListView.as_view(), name="thread-list"),
    path("assessments/<str:id>/assignments/", AssignmentListView.as_view(), name="assignment-list"),
    path("assessments/<str:id>/people/", PeopleView.as_view(), name="assessment-people"),
    path("assessments/<str:id>/offers/", OfferListView.as_view(), name="offer-list"),
    path("assessments/<str:id>/shared-answers/", SharedAnswerView.as_view(), name="shared-answers"),
    path(
        "assessments/<str:id>/shared-answers/stop/", StopFollowingView.as_view(), name="shared-answers-stop"
    ),
    path(f"{ANSWER}evidence/", EvidenceListView.as_view(), name="evidence-list"),
    path(f"{ANSWER}evidence/<str:evidence>/", EvidenceView.as_view(), name="evidence-detail"),
]
