"""The address of the search in the API, below /api/v1/."""

from django.urls import path

from portal.search import api

urlpatterns = [path("search/", api.SearchView.as_view(), name="search")]
