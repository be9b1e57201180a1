"""Addresses of the API of dashboards, below /api/v1/."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from dashboards import (
    api,
    api_cohorts,
    api_commitments,
    api_figures,
    api_reports,
    api_roadmaps,
    api_rules,
    api_scopes,
)

router = SimpleRouter()
router.register("commitments", api_commitments.CommitmentViewSet, basename="commitment")
router.register("cohorts", api_cohorts.CohortViewSet, basename="cohort")

urlpatterns = [
    path("standings/", api.StandingListView.as_view(), name="standing-list"),
    path("trends/", api.TrendListView.as_view(), name="trend-list"),
    *router.urls,
    path("reports/", api_reports.ReportListView.as_view(), name="report-list"),
    path("reports/<int:pk>/", api_reports.ReportDetailView.as_view(), name="report-detail"),
    path("reports/<int:pk>/file/", api_reports.ReportFileView.as_view(), name="report-file"),
    path("roadmaps/<slug:agency>/", api_roadmaps.RoadmapView.as_view(), name="roadmap-detail"),
    path("transitions/", api_scopes.TransitionsView.as_view(), name="transitions"),
    path("open-items/", api_scopes.OpenItemsView.as_view(), name="open-items"),
    path("figures/<str:identifier>/", api_figures.FigureView.as_view(), name="figure-detail"),
    path("method-changes/", api_rules.MethodChangeListView.as_view(), name="method-change-list"),
]
