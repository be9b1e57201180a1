"""Addresses of the API of dashboards, below /api/v1/."""

from django.urls import path

from dashboards import api

urlpatterns = [
    path("standings/", api.StandingListView.as_view(), name="standing-list"),
    path("trends/", api.TrendListView.as_view(), name="trend-list"),
]
