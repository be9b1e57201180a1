"""Addresses of the API of notices, below /api/v1/."""

from rest_framework.routers import SimpleRouter

from portal.notices import api

router = SimpleRouter()
router.register("notices", api.NoticeViewSet, basename="notice")
urlpatterns = router.urls
