"""The API: version 1, its schema and its pages."""

from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView

from portal import api_docs, api_root

v1: list[URLPattern | URLResolver] = [
    path("", api_root.Root.as_view(), name="root"),
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("", include("dashboards.api_urls")),
    path("", include("assessments.api_urls")),
    path("", include("casestudies.api_urls")),
    path("", include("maturity.api_urls")),
    path("", include("portal.notices.api_urls")),
    path("", include("portal.search.api_urls")),
    path("", include("portal.agencies.api_urls")),
    path("", include("portal.access.api_urls")),
]

urlpatterns = [
    path("v1/", include((v1, "api"))),
    path("docs/", api_docs.docs, name="api-docs"),
]
