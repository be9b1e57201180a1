"""Addresses of the entries of the library: their pages show lessons too, which maturity does not know."""

from django.urls import path

from casestudies import views_library

app_name = "library_entries"
urlpatterns = [path("<slug:slug>/", views_library.entry_detail, name="entry-detail")]
