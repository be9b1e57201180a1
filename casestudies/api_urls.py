"""Addresses of the API of case studies, below /api/v1/."""

from rest_framework.routers import SimpleRouter

from casestudies import api

router = SimpleRouter()
router.register("case-studies", api.CaseStudyViewSet, basename="case-study")
urlpatterns = router.urls
