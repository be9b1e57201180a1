"""Addresses of the pages of casestudies."""

from django.urls import URLPattern

app_name = "casestudies"
urlpatterns: list[URLPattern] = []
