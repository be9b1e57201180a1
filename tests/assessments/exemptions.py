"""Exemptions of the Grid Office, asked for and approved."""

from datetime import date, datetime

from assessments.models import Exemption
from assessments.services_exemptions import ExemptionFields, decide_exemption, request_exemption
from maturity.models import Item
from tests.assessments.conftest import Case
from tests.factories import NOW

FROM, UNTIL = date(2026, 11, 1), date(2027, 2, 28)


def ask(
    case: Case, item: str = "name-owner", from_on: date = FROM, until_on: date = UNTIL, at: datetime = NOW
) -> Exemption:
    """Ask for one, as the contributor."""
    return request_exemption(
        agency=case.world.grid,
        item=Item.objects.get(version=case.assessment.version, slug=item),
        fields=ExemptionFields("The office moves house.", from_on, until_on),
        by=case.world.contributor,
        at=at,
    )


def approved(case: Case, **asked: object) -> Exemption:
    """Ask for one, and approve it as the reviewer."""
    made = ask(case, **asked)
    return decide_exemption(
        exemption_id=made.pk, revision=made.revision, approve=True, note="", by=case.world.reviewer, at=NOW
    )
