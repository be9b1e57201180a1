"""Addresses of the pages of case studies."""

from django.urls import path

from casestudies import views

app_name = "casestudies"
urlpatterns = [
    path("", views.case_study_list, name="case-study-list"),
    path("<slug:slug>/", views.case_study_detail, name="case-study-detail"),
]
