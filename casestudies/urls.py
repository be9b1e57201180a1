"""Addresses of the pages of case studies."""

from django.urls import path

from casestudies import views, views_review, views_writing

app_name = "casestudies"
urlpatterns = [
    path("", views.case_study_list, name="case-study-list"),
    path("new/", views_writing.case_study_new, name="case-study-new"),
    path("import/", views_writing.case_study_import, name="case-study-import"),
    path("<slug:slug>/", views.case_study_detail, name="case-study-detail"),
    path("<slug:slug>/edit/", views_writing.case_study_edit, name="case-study-edit"),
    path("<slug:slug>/submit/", views_writing.case_study_submit, name="case-study-submit"),
    path("<slug:slug>/withdraw/", views_writing.case_study_withdraw, name="case-study-withdraw"),
    path("<slug:slug>/review/", views_review.case_study_review, name="case-study-review"),
    path("<slug:slug>/match/", views_review.case_study_match, name="case-study-match"),
]
