"""Addresses of the pages to read a model."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from maturity import views


class VersionConverter(StringConverter):
    """What a pack's schema allows as a version; everything else is no address of ours."""

    regex = "[0-9A-Za-z][0-9A-Za-z.-]*"


register_converter(VersionConverter, "version")

app_name = "maturity"
urlpatterns = [
    path("", views.model_list, name="model-list"),
    path("<slug:model>/<version:version>/", views.version_detail, name="version-detail"),
    path("<slug:model>/<version:version>/stages/<int:number>/", views.stage_detail, name="stage-detail"),
    path("<slug:model>/<version:version>/domains/<slug:domain>/", views.domain_detail, name="domain-detail"),
    path("<slug:model>/<version:version>/items/<slug:item>/", views.item_detail, name="item-detail"),
]
