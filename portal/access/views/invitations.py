"""Inviting people, and the page on which an invited person answers."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from portal.access import services_invitations as services
from portal.access.forms import AcceptForm, InvitationForm
from portal.access.models import Invitation, User
from portal.access.views.people import PER_PAGE, crumbs, require_manager
from portal.requests import person, posted


@require_safe
def invitation_list(request: HttpRequest) -> HttpResponse:
    """The invitations that wait for an answer, and those that expired without one."""
    user = require_manager(request)
    at = timezone.now()
    found = Invitation.objects.waiting().managed_by(user).select_related("program", "agency", "invited_by")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "lines": [(row, row.is_open(at)) for row in page],
        "crumbs": crumbs(),
    }
    return render(request, "access/invitation_list.html", context)


def invitation_create(request: HttpRequest) -> HttpResponse:
    """Invite somebody by e-mail."""
    user = require_manager(request)
    form = InvitationForm(posted(request), by=user)
    if request.method == "POST" and form.is_valid():
        try:
            invitation = services.invite_person(
                email=form.cleaned_data["email"],
                name=form.cleaned_data["name"],
                by=user,
                at=timezone.now(),
                site=request.build_absolute_uri("/"),
                **form.wanted(),
            )
        except services.CannotInvite as error:
            form.add_error(None, str(error))
        else:
            _tell_sent(request, invitation)
            return redirect("access:invitation-list")
    return render(request, "access/invitation_create.html", {"form": form, "crumbs": crumbs()})


@require_POST
def invitation_resend(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a new link; the old one is dead."""
    invitation = _managed(request, pk)
    site = request.build_absolute_uri("/")
    try:
        sent = services.resend_invitation(
            invitation=invitation, by=person(request), at=timezone.now(), site=site
        )
    except services.CannotInvite as error:
        messages.error(request, str(error))
    else:
        _tell_sent(request, sent)
    return redirect("access:invitation-list")


@require_POST
def invitation_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw an invitation."""
    invitation = _managed(request, pk)
    try:
        services.revoke_invitation(invitation=invitation, by=person(request), at=timezone.now())
    except services.CannotInvite as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"The invitation of {invitation.email} was withdrawn.")
    return redirect("access:invitation-list")


@never_cache
@login_not_required
@sensitive_post_parameters("password", "again")
def invitation_accept(request: HttpRequest, token: str) -> HttpResponse:
    """What the link in the e-mail leads to: a new account, or new roles for the account that is there."""
    try:
        invitation = services.open_invitation(token=token, at=timezone.now())
    except services.InvitationClosed as error:
        status = 404 if isinstance(error, services.InvitationUnknown) else 410
        return render(request, "access/invitation_closed.html", {"reason": str(error)}, status=status)
    try:
        if request.user.is_authenticated:
            return _accept_as_person(request, invitation, token)
        return _accept_as_new_person(request, invitation, token)
    except (services.InvitationClosed, services.CannotAccept) as error:
        return render(request, "access/invitation_closed.html", {"reason": str(error)}, status=409)


def _accept_as_person(request: HttpRequest, invitation: Invitation, token: str) -> HttpResponse:
    mine = person(request).email.lower() == invitation.email
    if request.method == "POST" and "sign_out" in request.POST:
        logout(request)
        return redirect("access:invitation-accept", token=token)
    if request.method == "POST" and mine:
        services.accept_as_person(token=token, user=person(request), at=timezone.now())
        messages.success(request, "You have accepted. Your roles are listed here.")
        return redirect("access:account-detail")
    context = {"invitation": invitation, "mine": mine}
    return render(request, "access/invitation_confirm.html", context)


def _accept_as_new_person(request: HttpRequest, invitation: Invitation, token: str) -> HttpResponse:
    if User.objects.filter(email__iexact=invitation.email).exists():
        return render(request, "access/invitation_sign_in.html", {"invitation": invitation})
    form = AcceptForm(posted(request), email=invitation.email, initial={"name": invitation.name})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        account = services.NewAccount(data["username"], data["name"], data["password"])
        user = services.accept_as_new_person(token=token, account=account, at=timezone.now())
        login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
        messages.success(request, f"Welcome, {user}. Your account is ready.")
        return redirect(settings.LOGIN_REDIRECT_URL)
    return render(request, "access/invitation_accept.html", {"form": form, "invitation": invitation})


def _managed(request: HttpRequest, pk: int) -> Invitation:
    """The invitation, if the person who asks looks after it; 404 otherwise."""
    user = require_manager(request)
    return get_object_or_404(Invitation.objects.managed_by(user).select_related("program", "agency"), pk=pk)


def _tell_sent(request: HttpRequest, invitation: Invitation) -> None:
    if invitation.sent_at is None:
        messages.warning(
            request,
            f"{invitation.email} is invited, but the e-mail could not be sent. Send it again later.",
        )
    elif settings.EMAIL_BACKEND.endswith("filebased.EmailBackend"):
        messages.success(
            request,
            f"{invitation.email} is invited. No mail server is set up: the e-mail is a file in the folder "
            f"“mail” beside the portal's database.",
        )
    else:
        messages.success(request, f"{invitation.email} is invited; the link is on its way.")
