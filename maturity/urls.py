"""Addresses of the pages of maturity."""

from django.urls import URLPattern

app_name = "maturity"
urlpatterns: list[URLPattern] = []
