"""Addresses of the API of agencies, below /api/v1/."""

from rest_framework.routers import SimpleRouter

from portal.agencies import api

router = SimpleRouter()
router.register("agencies", api.AgencyViewSet, basename="agency")
router.register("programs", api.ProgramViewSet, basename="program")
urlpatterns = router.urls
