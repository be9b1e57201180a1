"""Who may do what on these pages: 404 for what one may not know of, 403 for what one may not change."""

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency, Program
from portal.requests import person


def agency_to_change(request: HttpRequest, slug: str) -> Agency:
    """The agency, if this person may look after it."""
    agency = get_object_or_404(Agency.objects.visible_to(person(request)).select_related("parent"), slug=slug)
    if not person(request).can(Right.RUN_PROGRAM, agency):
        raise PermissionDenied("Only the program officers of this agency and administrators change it.")
    return agency


def program_to_run(request: HttpRequest, slug: str) -> Program:
    """The program, if this person runs it."""
    program = get_object_or_404(Program.objects.visible_to(person(request)), slug=slug)
    if not person(request).can_in_program(Right.RUN_PROGRAM, program):
        raise PermissionDenied("Only the officers of this program and administrators change it.")
    return program


def needs_to_run_something(request: HttpRequest) -> None:
    """Refuse those who look after no agency at all."""
    if not person(request).has_anywhere(Right.RUN_PROGRAM):
        raise PermissionDenied("Only program officers and administrators add agencies.")


def needs_to_administer(request: HttpRequest) -> None:
    """Refuse all but administrators of everything."""
    if not person(request).has_everywhere(Right.ADMINISTER):
        raise PermissionDenied("Only administrators do this.")


def changeable_by(user: User) -> Q | None:
    """The agencies that `user` may change, as an import wants it: None for all."""
    return None if user.has_everywhere(Right.RUN_PROGRAM) else user.agencies_with(Right.RUN_PROGRAM)
