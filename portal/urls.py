"""All addresses. Each app brings its own; they are named as strings, so that nothing points upwards."""

from django.urls import include, path

from portal import health

handler400 = "portal.api_errors.bad_request"
handler403 = "portal.api_errors.permission_denied"
handler404 = "portal.api_errors.page_not_found"
handler500 = "portal.api_errors.server_error"
urlpatterns = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    # What is asked most comes early: Django tries one address after the other.
    path("api/", include("portal.api_urls")),
    path("account/", include("portal.access.urls")),
    path("account/notices/", include("portal.notices.urls")),
    path("account/audit/", include("portal.audit.urls")),
    path("account/", include("allauth.urls")),
    path("agencies/", include("portal.agencies.urls")),
    path("jobs/", include("portal.jobs.urls")),
    path("search/", include("portal.search.urls")),
    path("models/", include("maturity.urls")),
    path("library/entries/", include("casestudies.urls_library")),
    path("library/", include("maturity.urls_library")),
    path("case-studies/", include("casestudies.urls")),
    path("", include("dashboards.urls")),
    path("", include("assessments.urls")),
]
