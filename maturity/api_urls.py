"""Addresses of the API of models, below /api/v1/."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from maturity import api, api_library

router = SimpleRouter()
router.register("models", api.ModelVersionViewSet, basename="model")
router.register("library", api_library.LibraryShelfViewSet, basename="library-shelf")
router.register("library-entries", api_library.LibraryEntryViewSet, basename="library-entry")
urlpatterns = [
    *router.urls,
    path("models/<str:key>/items/", api.ItemViewSet.as_view({"get": "list"}), name="model-item-list"),
]
