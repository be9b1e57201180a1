"""Addresses of the pages to read a model."""

from django.urls import path

from maturity import views

app_name = "maturity"
urlpatterns = [
    path("", views.model_list, name="model-list"),
    path("<slug:model>/<str:version>/", views.version_detail, name="version-detail"),
    path("<slug:model>/<str:version>/stages/<int:number>/", views.stage_detail, name="stage-detail"),
    path("<slug:model>/<str:version>/domains/<slug:domain>/", views.domain_detail, name="domain-detail"),
    path("<slug:model>/<str:version>/items/<slug:item>/", views.item_detail, name="item-detail"),
]
