"""Addresses of the pages of notices, below /account/notices/."""

from django.urls import path

from portal.notices import views

app_name = "notices"
urlpatterns = [
    path("", views.notice_list, name="notice-list"),
    path("count/", views.notice_count, name="notice-count"),
    path("settings/", views.notice_settings, name="settings"),
    path("read/", views.notice_read_all, name="notice-read-all"),
    path("<int:pk>/", views.notice_open, name="notice-open"),
    path("<int:pk>/read/", views.notice_read, name="notice-read"),
]
