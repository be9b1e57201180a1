"""The accounts library's own forms in the portal's words; see ACCOUNT_FORMS and MFA_FORMS of the settings."""

from typing import Any, ClassVar

from allauth.account import forms as account
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from django.forms import Form

LONG_ENOUGH = "At least 12 characters. A few words in a row are good."
APP_CODE = "The six digits that your authenticator app shows now."
ANY_CODE = f"{APP_CODE} Without the app: one of your recovery codes, eight digits, each good once."


class InPlainWords(Form):
    """Labels and hints as `words` has them, by field; no placeholders, which go away as one types."""

    words: ClassVar[dict[str, tuple[str, str]]] = {}
    widget_attributes: ClassVar[dict[str, dict[str, str]]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.widget.attrs |= self.widget_attributes.get(name, {})
            if name in self.words:
                field.label, hint = self.words[name]
                field.help_text = hint or field.help_text


class LoginForm(InPlainWords, account.LoginForm):
    """Who one is."""

    words = {
        "login": ("Username or e-mail address", ""),
        "remember": ("Keep me signed in for 12 hours, also when I close the browser", ""),
    }
    widget_attributes = {"login": {"autocomplete": "username", "autocapitalize": "none"}}


class AddEmailForm(InPlainWords, account.AddEmailForm):
    """A new address."""

    words = {"email": ("New e-mail address", "")}


class ChangePasswordForm(InPlainWords, account.ChangePasswordForm):
    """A new password for somebody who knows the old one."""

    words = {
        "oldpassword": ("Current password", ""),
        "password1": ("New password", LONG_ENOUGH),
        "password2": ("New password, again", ""),
    }


class ResetPasswordForm(InPlainWords, account.ResetPasswordForm):
    """Where to send the link for a new password."""

    words = {"email": ("E-mail address", "The one of your account.")}


class ResetPasswordKeyForm(InPlainWords, account.ResetPasswordKeyForm):
    """A new password for somebody who opened the link."""

    words = {"password1": ("New password", LONG_ENOUGH), "password2": ("New password, again", "")}


class ReauthenticateForm(InPlainWords, account.ReauthenticateForm):
    """The password again, before a change of importance."""

    words = {"password": ("Your password", "")}


class CodeForm(InPlainWords):
    """A code of the authenticator app, or a recovery code."""

    words = {"code": ("Code", ANY_CODE)}
    widget_attributes = {"code": {"inputmode": "numeric"}}


class AuthenticateForm(CodeForm, mfa.AuthenticateForm):
    """The second step of signing in."""


class ReauthenticateByCodeForm(CodeForm, mfa.ReauthenticateForm):
    """A code again, before a change of importance."""


class ActivateTotpForm(CodeForm, totp.ActivateTOTPForm):
    """The first code, which shows that the app was set up."""

    words = {"code": ("Code", APP_CODE)}
