"""Addresses of the pages of agencies; slugs.RESERVED keeps agencies off the first words used here."""

from django.urls import path

from portal.agencies.views import agencies, imports, programs

app_name = "agencies"
urlpatterns = [
    path("new/", agencies.agency_new, name="agency-new"),
    path("import/", imports.agency_import, name="agency-import"),
    path("import/<uuid:pk>/", imports.import_preview, name="import-preview"),
    path("import/<uuid:pk>/apply/", imports.import_apply, name="import-apply"),
    path("programs/", programs.program_list, name="program-list"),
    path("programs/new/", programs.program_new, name="program-new"),
    path("programs/<slug:slug>/", programs.program_detail, name="program-detail"),
    path("programs/<slug:slug>/edit/", programs.program_edit, name="program-edit"),
    path("programs/<slug:slug>/add/", programs.program_add, name="program-add"),
    path("programs/<slug:slug>/remove/<slug:agency>/", programs.program_remove, name="program-remove"),
    path("<slug:slug>/edit/", agencies.agency_edit, name="agency-edit"),
    path("<slug:slug>/profile/", agencies.agency_profile, name="agency-profile"),
    path("<slug:slug>/move/", agencies.agency_move, name="agency-move"),
    path("<slug:slug>/close/", agencies.agency_close, name="agency-close"),
    path("<slug:slug>/adoption/", agencies.agency_adoption, name="agency-adoption"),
    path("<slug:slug>/adoption/end/", agencies.agency_adoption_end, name="agency-adoption-end"),
    path("<slug:slug>/contacts/new/", agencies.contact_new, name="contact-new"),
    path("<slug:slug>/contacts/<int:pk>/", agencies.contact_edit, name="contact-edit"),
    path("<slug:slug>/contacts/<int:pk>/remove/", agencies.contact_remove, name="contact-remove"),
]
