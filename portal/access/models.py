"""People, what they may do where, invitations and API tokens."""

from collections.abc import Iterable
from datetime import date, datetime
from functools import cached_property
from typing import Self

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from portal.access.rules import MAY_GRANT, ROLE_NAMES, Grant, Right, Role
from portal.agencies.models import Agency, Program, ProgramMembership, in_force


class User(AbstractUser):
    """A person who can log in. What they may do is in their memberships alone, never in is_staff."""

    email = models.EmailField("e-mail address", unique=True)
    name = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            # People sign in with either, in whatever case they type it.
            models.UniqueConstraint(Lower("username"), name="username_in_any_case_once"),
            models.CheckConstraint(condition=Q(email=Lower("email")), name="email_in_lower_case"),
        ]

    def __str__(self) -> str:
        return self.name or self.username

    @cached_property
    def grants(self) -> tuple[Grant, ...]:
        """The grants in force today; read once per request."""
        today = timezone.localdate()
        columns = ("role", "program_id", "agency_id", "agency__path", "from_on", "until_on")
        return tuple(
            Grant(Role(role), program, agency, path)
            for role, program, agency, path, from_on, until_on in self.memberships.values_list(*columns)
            if from_on <= today and (until_on is None or until_on >= today)
        )

    @property
    def grants_in_use(self) -> tuple[Grant, ...]:
        """The grants in force today, none for a person who was deactivated."""
        return self.grants if self.is_active else ()

    def agencies_with(self, right: Right) -> Q:
        """The agencies on which this person has `right`, as a filter on Agency."""
        return agencies_of([grant for grant in self.grants_in_use if grant.gives(right)])

    def visible_agencies(self) -> Q:
        """The agencies that this person may know of, as a filter on Agency."""
        return self.agencies_with(Right.SEE)

    def visible_programs(self) -> Q:
        """The programs this person may know of, as a filter on Program: their own, and their agencies'."""
        if self.has_everywhere(Right.SEE):
            return Q()
        mine = Agency.objects.filter(self.visible_agencies())
        members = ProgramMembership.objects.filter(in_force(timezone.localdate()), agency__in=mine)
        return self.programs_with(Right.SEE) | Q(pk__in=members.values("program_id"))

    def visible_cohorts(self) -> Q:
        """The cohorts this person may know of, as a filter on Cohort: those of their own programs.

        Not by what is in them: that no other agency fits a filter would tell of the others' profiles.
        """
        if self.has_everywhere(Right.SEE):
            return Q()
        return Q(program__in=Program.objects.filter(self.programs_with(Right.SEE)).values("pk"))

    def programs_with(self, right: Right) -> Q:
        """The programs on the whole of which this person has `right`, as a filter on Program."""
        if self.has_everywhere(right):
            return Q()
        grants = [grant for grant in self.grants_in_use if grant.gives(right)]
        return Q(pk__in=[grant.program_id for grant in grants if grant.program_id is not None])

    def has_everywhere(self, right: Right) -> bool:
        """Whether this person has `right` on everything."""
        return any(grant.everything and grant.gives(right) for grant in self.grants_in_use)

    def has_anywhere(self, right: Right) -> bool:
        """Whether this person has `right` on anything at all."""
        return any(grant.gives(right) for grant in self.grants_in_use)

    def can(self, right: Right, agency: Agency) -> bool:
        """Whether this person has `right` on `agency`."""
        grants = [grant for grant in self.grants_in_use if grant.gives(right)]
        if any(grant.reaches(agency.path) for grant in grants):
            return True
        by_program = [grant for grant in grants if grant.program_id is not None]
        return bool(by_program) and Agency.objects.filter(agencies_of(by_program), pk=agency.pk).exists()

    def can_in_program(self, right: Right, program: Program) -> bool:
        """Whether this person has `right` on the whole of `program`."""
        return any(
            grant.gives(right) and (grant.everything or grant.program_id == program.pk)
            for grant in self.grants_in_use
        )

    @property
    def grantable_roles(self) -> list[Role]:
        """The roles that this person may hand to others somewhere, in the order of Role."""
        return [role for role in Role if self.granting(role)]

    @property
    def manages_people(self) -> bool:
        """Whether this person may hand any role to anybody."""
        return bool(self.grantable_roles)

    def granting(self, role: Role) -> list[Grant]:
        """The grants that let this person hand `role` to others, each within its scope."""
        return [grant for grant in self.grants_in_use if role in MAY_GRANT.get(grant.role, ())]

    def may_grant(self, role: Role, program: Program | None = None, agency: Agency | None = None) -> bool:
        """Whether this person may hand out `role` for the program, the agency, or (neither) everything.

        A role at an agency reaches its whole subtree, so the whole subtree must be in this person's scope.
        """
        grants = self.granting(role)
        if any(grant.everything for grant in grants):
            return True
        if agency is not None:
            return bool(grants) and not Agency.objects.within(agency).exclude(agencies_of(grants)).exists()
        return program is not None and any(grant.program_id == program.pk for grant in grants)


def agencies_of(grants: Iterable[Grant]) -> Q:
    """The agencies that these grants reach today, as a filter on Agency; an empty filter for all of them."""
    grants = list(grants)
    if any(grant.everything for grant in grants):
        return Q()
    return _reached(grants, path="path__startswith", member="pk__in")


def rows_of(grants: Iterable[Grant]) -> Q:
    """As a filter on rows with `program` and `agency`: those whose scope these grants reach today."""
    grants = list(grants)
    if any(grant.everything for grant in grants):
        return Q()
    programs = [grant.program_id for grant in grants if grant.program_id is not None]
    return _reached(grants, path="agency__path__startswith", member="agency__in") | Q(program__in=programs)


def rows_granted_by(user: User) -> Q:
    """As a filter on rows with `role`, `program`, `agency`: what `user` may hand out, within their scope."""
    found = Q(pk__in=[])
    for role in user.grantable_roles:
        found |= Q(role=role) & rows_of(user.granting(role))
    return found


def _reached(grants: list[Grant], path: str, member: str) -> Q:
    found = Q(pk__in=[])
    for grant in grants:
        if grant.agency_path is not None:
            found |= Q(**{path: grant.agency_path})
    programs = [grant.program_id for grant in grants if grant.program_id is not None]
    if programs:
        held = ProgramMembership.objects.filter(in_force(timezone.localdate()), program_id__in=programs)
        found |= Q(**{member: held.values("agency_id")})
    return found


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Roles by day and by who looks after them."""

    def in_force(self, on: date) -> Self:
        """The roles that hold on the day `on`."""
        return self.filter(in_force(on))

    def current(self, on: date) -> Self:
        """The roles that hold on the day `on` or will later."""
        return self.filter(Q(until_on__isnull=True) | Q(until_on__gte=on))

    def managed_by(self, user: User) -> Self:
        """The roles within the scope of somebody who hands out roles there."""
        return self.filter(rows_of(grant for grant in user.grants_in_use if grant.role in MAY_GRANT))

    def endable_by(self, user: User) -> Self:
        """The roles that `user` may end: of a kind they may hand out, within their scope."""
        return self.filter(rows_granted_by(user))


class Membership(models.Model):
    """A person holds a role for everything (neither program nor agency), a program, or a subtree."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=[(role.value, name) for role, name in ROLE_NAMES.items()])
    program = models.ForeignKey(
        Program, on_delete=models.CASCADE, null=True, blank=True, related_name="roles"
    )
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, null=True, blank=True, related_name="roles")
    from_on = models.DateField(default=date.today)
    until_on = models.DateField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["user", "role", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(program__isnull=True) | Q(agency__isnull=True), name="role_in_one_scope_only"
            ),
            # Three instead of one with nulls_distinct=False, which SQLite does not know.
            models.UniqueConstraint(
                fields=["user", "role", "program"],
                condition=Q(until_on__isnull=True, program__isnull=False),
                name="role_held_once_in_a_program",
            ),
            models.UniqueConstraint(
                fields=["user", "role", "agency"],
                condition=Q(until_on__isnull=True, agency__isnull=False),
                name="role_held_once_at_an_agency",
            ),
            models.UniqueConstraint(
                fields=["user", "role"],
                condition=Q(until_on__isnull=True, program__isnull=True, agency__isnull=True),
                name="role_held_once_everywhere",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()} of {self.scope_name}"

    @property
    def scope_name(self) -> str:
        """The scope in words."""
        return str(self.program or self.agency or "everything")


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Invitations by state and by who looks after them."""

    def waiting(self) -> Self:
        """Those not accepted and not withdrawn; they may have expired."""
        return self.filter(accepted_at__isnull=True, revoked_at__isnull=True)

    def managed_by(self, user: User) -> Self:
        """The invitations to roles that `user` may hand out, within their scope."""
        return self.filter(rows_granted_by(user))


class Invitation(models.Model):
    """Somebody was asked, by a link in an e-mail, to take a role; the link is kept only as a digest."""

    email = models.EmailField()
    name = models.CharField(max_length=200, blank=True)
    role = models.CharField(max_length=20, choices=[(role.value, name) for role, name in ROLE_NAMES.items()])
    program = models.ForeignKey(Program, on_delete=models.CASCADE, null=True, blank=True)
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, null=True, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="invitations_sent"
    )
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)  # none: the e-mail could not be sent, or was not wanted
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["email"], name="invitation_by_email")]
        constraints = [
            models.CheckConstraint(
                condition=Q(program__isnull=True) | Q(agency__isnull=True),
                name="invitation_in_one_scope_only",
            )
        ]

    def __str__(self) -> str:
        return f"{self.email}: {self.get_role_display()} of {self.scope_name}"

    @property
    def scope_name(self) -> str:
        """The scope in words."""
        return str(self.program or self.agency or "everything")

    def is_open(self, at: datetime) -> bool:
        """Whether it can be accepted at the moment `at`."""
        return self.accepted_at is None and self.revoked_at is None and self.expires_at > at


class ApiToken(models.Model):
    """A key for the API: shown once, stored as a digest, with an end."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def is_usable(self, at: datetime) -> bool:
        """Whether the API takes it at the moment `at`."""
        return self.revoked_at is None and self.expires_at > at


class CalendarAddress(models.Model):
    """A person's calendar as a feed that needs no log-in: one address at a time, kept only as a digest."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="calendar_address")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["user"]
        verbose_name_plural = "calendar addresses"

    def __str__(self) -> str:
        return f"calendar address of {self.user}"
