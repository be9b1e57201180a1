"""Addresses of the pages of dashboards. Below /agencies/ those of portal.agencies come first."""

from django.urls import path

from dashboards.views import agencies, portfolio

app_name = "dashboards"
urlpatterns = [
    path("", portfolio.portfolio, name="portfolio"),
    path("portfolio.csv", portfolio.portfolio_export, name="portfolio-export"),
    path("agencies/", agencies.agency_list, name="agency-list"),
    path("agencies/<slug:slug>/", agencies.agency_detail, name="agency-detail"),
]
