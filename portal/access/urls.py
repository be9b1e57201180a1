"""Addresses of the pages of access, below /account/."""

from django.urls import path

from portal.access.views import account, invitations, people

app_name = "access"
urlpatterns = [
    path("", account.account_detail, name="account-detail"),
    path("profile/", account.account_edit, name="account-edit"),
    # Pages of the accounts library for what is not offered here; these come before its own.
    path("confirm-email/", account.not_offered, name="no-e-mail-at-sign-up"),
    path("login/code/confirm/", account.not_offered, name="no-sign-in-by-e-mailed-code"),
    path("password/set/", account.not_offered, name="no-account-without-password"),
    path("tokens/new/", account.token_create, name="token-create"),
    path("tokens/<int:pk>/revoke/", account.token_revoke, name="token-revoke"),
    path("calendar/make/", account.calendar_make, name="calendar-make"),
    path("calendar/revoke/", account.calendar_revoke, name="calendar-revoke"),
    path("people/", people.person_list, name="person-list"),
    path("people/<int:pk>/roles/new/", people.role_create, name="role-create"),
    path("people/<int:pk>/close/", people.person_deactivate, name="person-deactivate"),
    path("people/<int:pk>/open/", people.person_reactivate, name="person-reactivate"),
    path("people/roles/<int:pk>/end/", people.role_end, name="role-end"),
    path("people/invite/", invitations.invitation_create, name="invitation-create"),
    path("people/invitations/", invitations.invitation_list, name="invitation-list"),
    path("people/invitations/<int:pk>/resend/", invitations.invitation_resend, name="invitation-resend"),
    path("people/invitations/<int:pk>/revoke/", invitations.invitation_revoke, name="invitation-revoke"),
    path("invitations/<str:token>/", invitations.invitation_accept, name="invitation-accept"),
]
