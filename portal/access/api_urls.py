"""Addresses of the API of access, below /api/v1/."""

from django.urls import path

from portal.access import api

urlpatterns = [path("me/", api.MeView.as_view(), name="me")]
