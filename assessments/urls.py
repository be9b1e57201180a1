"""Addresses of the pages of assessments."""

from django.urls import path

from assessments import (
    views,
    views_answers,
    views_cycles,
    views_datacalls,
    views_facts,
    views_instruments,
    views_offers,
    views_questionnaire,
    views_review,
    views_rules,
    views_run_results,
    views_runs,
    views_scores,
    views_workbook,
)

app_name = "assessments"
urlpatterns = [
    path("assessments/", views.assessment_list, name="assessment-list"),
    path("assessments/start/", views.assessment_start, name="assessment-start"),
    path("assessments/<int:pk>/", views_questionnaire.assessment_detail, name="assessment-detail"),
    path("assessments/<int:pk>/items/<slug:item>/", views_answers.answer_edit, name="answer-edit"),
    path("assessments/<int:pk>/items/<slug:item>/evidence/", views_answers.evidence_add, name="evidence-add"),
    path(
        "assessments/<int:pk>/evidence/<int:evidence>/remove/",
        views_answers.evidence_remove,
        name="evidence-remove",
    ),
    path("assessments/<int:pk>/scores/", views_scores.scores_edit, name="scores-edit"),
    path("assessments/<int:pk>/facts/", views_facts.facts_edit, name="facts-edit"),
    path("assessments/<int:pk>/submit/", views_review.assessment_submit, name="assessment-submit"),
    path("assessments/<int:pk>/review/", views_review.assessment_review, name="assessment-review"),
    path("assessments/<int:pk>/result/", views_review.assessment_result, name="assessment-result"),
    path("assessments/<int:pk>/amend/", views_review.assessment_amend, name="assessment-amend"),
    path("assessments/<int:pk>/suggestions/", views_offers.suggestion_list, name="suggestion-list"),
    path("assessments/<int:pk>/workbook/", views_workbook.workbook_detail, name="workbook-detail"),
    path("assessments/<int:pk>/workbook/file/", views_workbook.workbook_file, name="workbook-file"),
    path("assessments/<int:pk>/workbook/compare/", views_workbook.workbook_compare, name="workbook-compare"),
    path("instruments/", views_instruments.instrument_list, name="instrument-list"),
    path("instruments/<slug:slug>/", views_instruments.instrument_detail, name="instrument-detail"),
    path("instruments/<slug:slug>/start/", views_instruments.run_start, name="run-start"),
    path("instruments/<slug:slug>/compare/", views_run_results.run_compare, name="run-compare"),
    path("instruments/<slug:slug>/runs/<int:pk>/", views_runs.run_detail, name="run-detail"),
    path("instruments/<slug:slug>/runs/<int:pk>/finish/", views_runs.run_finish, name="run-finish"),
    path("instruments/<slug:slug>/runs/<int:pk>/discard/", views_runs.run_discard, name="run-discard"),
    path("instruments/<slug:slug>/runs/<int:pk>/file/", views_runs.run_fill, name="run-fill"),
    path(
        "instruments/<slug:slug>/runs/<int:pk>/export/<slug:form>/", views_runs.run_export, name="run-export"
    ),
    path("scoring-rules/<slug:model>/", views_rules.rule_list, name="rule-list"),
    path(
        "scoring-rules/<slug:model>/<str:version>/rescore/",
        views_rules.rescoring_start,
        name="rescoring-start",
    ),
    path("cycles/", views_cycles.cycle_list, name="cycle-list"),
    path("cycles/open/", views_cycles.cycle_open, name="cycle-open"),
    path("cycles/<int:pk>/", views_cycles.cycle_detail, name="cycle-detail"),
    path("cycles/<int:pk>/advance/", views_cycles.cycle_advance, name="cycle-advance"),
    path("cycles/<int:pk>/data-call/", views_datacalls.data_call_list, name="data-call-list"),
    path("cycles/<int:pk>/data-call/new/", views_datacalls.data_call_new, name="data-call-new"),
    path("cycles/<int:pk>/data-call/<int:call>/", views_datacalls.data_call_detail, name="data-call-detail"),
    path(
        "cycles/<int:pk>/data-call/<int:call>/retry/", views_datacalls.data_call_retry, name="data-call-retry"
    ),
    path("cycles/<int:pk>/reminders/new/", views_datacalls.reminder_new, name="reminder-new"),
    path("cycles/<int:pk>/reminders/usual/", views_datacalls.reminder_usual, name="reminder-usual"),
    path("cycles/<int:pk>/reminders/<int:plan>/", views_datacalls.reminder_edit, name="reminder-edit"),
    path(
        "cycles/<int:pk>/reminders/<int:plan>/remove/",
        views_datacalls.reminder_remove,
        name="reminder-remove",
    ),
]
