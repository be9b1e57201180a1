"""The portal's addresses, and those of the floors."""

from django.urls import include, path

from bench import floors

urlpatterns = [
    path("bench/standings/", floors.standings),
    path("bench/agencies/", floors.agencies),
    path("bench/trends/", floors.adhoc_trend),
    path("bench/search/", floors.search),
    path("bench/answers/<int:pk>/", floors.AnswerFloor.as_view()),
    path("", include("portal.urls")),
]
