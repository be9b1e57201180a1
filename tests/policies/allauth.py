"""The addresses of the accounts library: log-in, password, second factor."""

from tests.policies.kinds import LOGIN, Policy, logged_in, public, statuses
from tests.world import World

TO_THE_START = 302  # who is logged in has no business there
POLICIES: dict[str, Policy] = {}
NOT_OFFERED = Policy(statuses(404))
NEVER_SIGNED_UP = Policy(statuses(TO_THE_START, anonymous=403))


def _key(world: World) -> dict[str, str]:
    return {"key": "unknown"}


def _reset_key(world: World) -> dict[str, str]:
    return {"uidb36": "1", "key": "unknown"}


POLICIES |= {
    "account_login": Policy(statuses(TO_THE_START, anonymous=200)),
    "account_logout": Policy(statuses(200, anonymous=LOGIN)),
    "account_logout post": Policy(statuses(302), method="post"),
    "account_signup": NEVER_SIGNED_UP,
    "account_signup post": Policy(NEVER_SIGNED_UP.statuses, method="post"),
    "account_inactive": public(),
    "account_reauthenticate": logged_in(),
    "account_email": logged_in(),
    "account_email_verification_sent": NOT_OFFERED,
    "account_confirm_email": public(kwargs=_key),
    "account_change_password": logged_in(),
    "account_set_password": NOT_OFFERED,
    "account_reset_password": public(),
    "account_reset_password_done": public(),
    "account_reset_password_from_key": public(kwargs=_reset_key),
    "account_reset_password_from_key_done": public(),
    "account_confirm_login_code": NOT_OFFERED,
    # A step of the log-in; without one under way it leads back to the start of it.
    "mfa_authenticate": Policy(statuses(302)),
    "mfa_index": logged_in(),
    # What changes the second factor asks for the password again.
    "mfa_activate_totp": Policy(statuses(302)),
    "mfa_deactivate_totp": Policy(statuses(404, anonymous=302)),
    "mfa_reauthenticate": Policy(statuses(302)),  # nobody here has a second factor
    "mfa_view_recovery_codes": Policy(statuses(404, anonymous=302)),
    "mfa_generate_recovery_codes": Policy(statuses(302)),
    "mfa_download_recovery_codes": Policy(statuses(404, anonymous=302)),
}
