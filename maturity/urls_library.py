"""Addresses of the pages of the library; those of single entries are in casestudies.urls_library."""

from django.urls import path

from maturity import views_library

app_name = "library"
urlpatterns = [
    path("", views_library.section_list, name="section-list"),
    path("<slug:section>/", views_library.section_detail, name="section-detail"),
    path("<slug:section>/<slug:shelf>/", views_library.shelf_detail, name="shelf-detail"),
]
