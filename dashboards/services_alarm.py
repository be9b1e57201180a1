"""Telling the administrators when stored numbers do not follow from the assessments."""

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse

from dashboards.services_check import Verification
from portal.access.models import User
from portal.access.rules import Role

logger = logging.getLogger(__name__)
FIRST = 5  # findings in the e-mail


def raise_alarm(found: Verification) -> int:
    """E-mail every administrator of everything what a check found. Returns to how many it was sent.

    Names of agencies and scopes are in it, scores are not: an e-mail may be read by others.
    """
    addresses = _addresses()
    subjects = list(dict.fromkeys(finding.subject for finding in found.findings))
    context = {
        "found": found,
        "subjects": subjects[:FIRST],
        "more": max(len(subjects) - FIRST, 0),
        "link": settings.SITE_URL + reverse("dashboards:check-detail"),
    }
    body = render_to_string("dashboards/alarm_email.txt", context)
    try:
        for address in addresses:
            send_mail("Maturity Portal: numbers do not add up", body, None, [address])
    except (OSError, SMTPException) as error:
        # The page and the log say it too.
        logger.error("The alarm could not be sent by e-mail (%s).", error)
        return 0
    return len(addresses)


def _addresses() -> list[str]:
    people = User.objects.filter(is_active=True, memberships__role=Role.ADMINISTRATOR).exclude(email="")
    everywhere = people.filter(
        memberships__program=None, memberships__agency=None, memberships__until_on=None
    )
    return sorted(everywhere.values_list("email", flat=True).distinct())
