"""Forms of accounts, people, invitations and tokens."""

from typing import Any, cast

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator

from portal.access.models import User, agencies_of
from portal.access.rules import ROLE_NAMES, Role
from portal.agencies.forms.fields import LineField
from portal.agencies.models import Agency, Program
from portal.agencies.queries import NoSuchAgency, find_agency
from portal.agencies.text import one_line

MOST_SUGGESTIONS = 300
LIFETIMES = [(30, "30 days"), (90, "90 days"), (180, "180 days"), (365, "one year")]


class ProfileForm(forms.Form):
    """What people may change about themselves here."""

    name = LineField(label="Your name", max_length=200, help_text="As others see it in the portal.")


class RoleForm(forms.Form):
    """A role and where; offers only what `by` may hand out."""

    role = forms.ChoiceField(label="Role")
    program = forms.ModelChoiceField(
        label="Program", queryset=Program.objects.none(), required=False, help_text="For all of its agencies."
    )
    agency = forms.CharField(label="Agency", required=False, max_length=1000)

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by
        grants = [grant for role in by.grantable_roles for grant in by.granting(role)]
        everything = any(grant.everything for grant in grants)
        programs = {grant.program_id for grant in grants}
        self.agencies = Agency.objects.filter(agencies_of(grants))
        cast(forms.ChoiceField, self.fields["role"]).choices = [
            (role.value, ROLE_NAMES[role]) for role in by.grantable_roles
        ]
        found = Program.objects.all() if everything else Program.objects.filter(pk__in=programs - {None})
        cast("forms.ModelChoiceField[Program]", self.fields["program"]).queryset = found
        if not found.exists():
            del self.fields["program"]
            self.fields["agency"].required = True
        agency = self.fields["agency"]
        names = list(self.agencies.order_by("name").values_list("name", flat=True)[:MOST_SUGGESTIONS])
        self.agency_names = names  # for the page, as suggestions; any text may be typed
        agency.widget.attrs["list"] = "agency-names"
        agency.help_text = (
            "Its name, identifier, or path “Parent / Child”. The role reaches everything below it."
        )
        if len(names) == 1:
            agency.initial = names[0]
        if everything:
            agency.help_text += " Leave program and agency empty for a role for everything."

    def clean_agency(self) -> Agency | None:
        """The agency that the words name, among those in the reach of `by`."""
        words = one_line(self.cleaned_data["agency"])
        try:
            return find_agency(words, self.agencies) if words else None
        except NoSuchAgency as error:
            raise ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        """Exactly one scope; both empty means everything, for those who may."""
        data = super().clean() or {}
        program, agency = data.get("program"), data.get("agency")
        if program and agency:
            raise ValidationError("Choose a program or an agency, not both.")
        role = data.get("role")
        if role and not (program or agency or self.errors) and not self.by.may_grant(Role(role)):
            raise ValidationError("Choose a program or an agency.")
        return data

    def wanted(self) -> dict[str, Any]:
        """The arguments for the services."""
        data = self.cleaned_data
        return {"role": Role(data["role"]), "program": data.get("program"), "agency": data.get("agency")}


class InvitationForm(RoleForm):
    """Who is invited, and to what."""

    email = forms.EmailField(
        label="E-mail address", max_length=254, help_text="The link is sent to this address."
    )
    name = LineField(label="Name", required=False, max_length=200, help_text="They can correct it.")
    field_order = ["email", "name", "role", "program", "agency"]


class AcceptForm(forms.Form):
    """A new account for an invited person."""

    name = LineField(label="Your name", max_length=200, help_text="As others see it in the portal.")
    username = forms.CharField(
        label="Username",
        max_length=150,
        validators=[
            UnicodeUsernameValidator(),
            # Else somebody could take another person's address as a username.
            RegexValidator(
                "@",
                "A username has no @; to sign in you can use your e-mail address too.",
                inverse_match=True,
            ),
        ],
        help_text="Letters, digits and . + - _",
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    password = forms.CharField(
        label="Password",
        strip=False,
        max_length=1000,
        help_text="At least 12 characters. A few words in a row are good.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label="Password, again",
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean_username(self) -> str:
        """Nobody else's, in whatever case."""
        username: str = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=username).exists():
            raise ValidationError(f"The username {username} is taken: choose another.")
        return username

    def clean(self) -> dict[str, Any]:
        """Both passwords the same, and good enough for this person."""
        data = super().clean() or {}
        password = data.get("password")
        if password and data.get("again") and password != data["again"]:
            self.add_error("again", "The two passwords differ.")
        elif password:
            person = User(
                username=data.get("username", ""), email=self.email, first_name=data.get("name", "")
            )
            try:
                validate_password(password, person)
            except ValidationError as error:
                self.add_error("password", error)
        return data


class TokenForm(forms.Form):
    """A new API token."""

    name = LineField(label="What it is for", max_length=100, help_text="Such as “nightly export”.")
    days = forms.TypedChoiceField(label="Good for", coerce=int, choices=LIFETIMES, initial=90)


class PeopleFilterForm(forms.Form):
    """What to look for among people."""

    words = forms.CharField(label="Name or e-mail", required=False, max_length=200)
    role = forms.ChoiceField(
        label="Role",
        required=False,
        choices=[("", "Any"), *((role.value, name) for role, name in ROLE_NAMES.items())],
    )
    closed = forms.BooleanField(label="Closed accounts", required=False)
