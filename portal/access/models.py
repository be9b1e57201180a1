"""People, what they may do where, invitations and API tokens."""

from datetime import date
from functools import cached_property

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils import timezone

from portal.access.rules import ROLE_NAMES, Grant, Right, Role
from portal.agencies.models import Agency, Program, ProgramMembership, in_force


class User(AbstractUser):
    """A person who can log in. What they may do is in their memberships alone, never in is_staff."""

    email = models.EmailField("e-mail address", unique=True)
    name = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return self.name or self.username

    @cached_property
    def grants(self) -> tuple[Grant, ...]:
        """The grants in force today; read once per request."""
        rows = self.memberships.filter(in_force(timezone.localdate())).select_related("agency")
        return tuple(row.as_grant() for row in rows)

    def agencies_with(self, right: Right) -> Q:
        """The agencies on which this person has `right`, as a filter on Agency."""
        grants = [grant for grant in self.grants if grant.gives(right)] if self.is_active else []
        if any(grant.everything for grant in grants):
            return Q()
        found = Q(pk__in=[])
        for grant in grants:
            if grant.agency_path is not None:
                found |= Q(path__startswith=grant.agency_path)
        programs = [grant.program_id for grant in grants if grant.program_id is not None]
        if programs:
            members = ProgramMembership.objects.filter(in_force(timezone.localdate()), program_id__in=programs)
            found |= Q(pk__in=members.values("agency_id"))
        return found

    def visible_agencies(self) -> Q:
        """The agencies that this person may know of, as a filter on Agency."""
        return self.agencies_with(Right.SEE)

    def visible_programs(self) -> Q:
        """The programs this person may know of, as a filter on Program: their own, and their agencies'."""
        if self.has_everywhere(Right.SEE):
            return Q()
        own = Q(pk__in=[grant.program_id for grant in self.grants if grant.program_id is not None])
        mine = Agency.objects.filter(self.visible_agencies())
        members = ProgramMembership.objects.filter(in_force(timezone.localdate()), agency__in=mine)
        return own | Q(pk__in=members.values("program_id"))

    def has_everywhere(self, right: Right) -> bool:
        """Whether this person has `right` on everything."""
        return self.is_active and any(grant.everything and grant.gives(right) for grant in self.grants)

    def has_anywhere(self, right: Right) -> bool:
        """Whether this person has `right` on anything at all."""
        return self.is_active and any(grant.gives(right) for grant in self.grants)

    def can(self, right: Right, agency: Agency) -> bool:
        """Whether this person has `right` on `agency`."""
        return Agency.objects.filter(self.agencies_with(right), pk=agency.pk).exists()

    def can_in_program(self, right: Right, program: Program) -> bool:
        """Whether this person has `right` on the whole of `program`."""
        return self.is_active and any(
            grant.gives(right) and (grant.everything or grant.program_id == program.pk) for grant in self.grants
        )


class Membership(models.Model):
    """A person holds a role for everything (neither program nor agency), a program, or a subtree."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=[(role.value, name) for role, name in ROLE_NAMES.items()])
    program = models.ForeignKey(Program, on_delete=models.CASCADE, null=True, blank=True, related_name="roles")
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, null=True, blank=True, related_name="roles")
    from_on = models.DateField(default=date.today)
    until_on = models.DateField(null=True, blank=True)

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

    def as_grant(self) -> Grant:
        """This row as the rules see it."""
        path = self.agency.path if self.agency is not None else None
        return Grant(Role(self.role), self.program_id, self.agency_id, path)


class Invitation(models.Model):
    """Somebody was asked, by a link in an e-mail, to take a role; the link is kept only as a digest."""

    email = models.EmailField()
    name = models.CharField(max_length=200, blank=True)
    role = models.CharField(max_length=20, choices=[(role.value, name) for role, name in ROLE_NAMES.items()])
    program = models.ForeignKey(Program, on_delete=models.CASCADE, null=True, blank=True)
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, null=True, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="invitations_sent")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(program__isnull=True) | Q(agency__isnull=True), name="invitation_in_one_scope_only"
            )
        ]

    def __str__(self) -> str:
        return f"{self.email}: {self.get_role_display()}"


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
