"""`bench_prepare`: the state that every run begins with, and the keys to it, as JSON."""

import json
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.management.base import BaseCommand
from django.utils import timezone

from assessments.models import Answer, Assessment, Result, Step
from bench.seeding import PEOPLE
from dashboards.models import Freshness
from dashboards.services_rebuild import work_off
from maturity.models import ModelVersion
from portal.access.models import ApiToken, User
from portal.access.services_tokens import create_token
from portal.agencies.services import mark_stale
from portal.audit.models import AuditEntry

APPROVALS = 40  # that a run may measure
LEFT = 5  # drafts at least, to save answers in


class Command(BaseCommand):
    help = "Take back what an earlier run of the bench approved, and make sessions and tokens."

    def handle(self, *args: Any, **options: Any) -> None:
        self._take_back()
        for _ in work_off(clock=timezone.now):
            pass
        submitted = self._submit()
        fresh = Freshness.objects.get()
        draft = Assessment.objects.filter(state=Assessment.State.DRAFT).order_by("pk").first()
        answers = Answer.objects.filter(assessment=draft).select_related("item").order_by("item__position")
        version = ModelVersion.objects.get()
        keys = {
            "tokens": {name: self._token(name) for name in PEOPLE},
            "sessions": {name: self._session(name) for name in PEOPLE},
            "model": version.model_id,
            "rule": version.scoring_rule,
            "horizon": str(fresh.horizon_on),
            "submitted": submitted,
            "answers": [(a.assessment_id, a.item.slug, a.pk, a.revision) for a in answers],
        }
        self.stdout.write(json.dumps(keys))

    def _take_back(self) -> None:
        """Bring assessments that were submitted or approved in the portal back to drafts."""
        moved = Assessment.objects.filter(origin=Assessment.Origin.PORTAL).exclude(
            state=Assessment.State.DRAFT
        )
        agencies = list(moved.values_list("agency_id", flat=True))
        Result.objects.filter(assessment__in=moved).delete()
        Step.objects.filter(assessment__in=moved).delete()
        moved.update(state=Assessment.State.DRAFT, approved_at=None, approved_by=None, submitted_at=None)
        mark_stale(agencies=agencies, reason="bench", at=timezone.now())
        AuditEntry.objects.all().delete()

    def _submit(self) -> list[tuple[int, int, int]]:
        """Id, revision and agency of assessments that now wait for approval."""
        lead = User.objects.get(username="lead")
        drafts = Assessment.objects.filter(state=Assessment.State.DRAFT).order_by("-pk")
        most = min(APPROVALS, drafts.count() - LEFT)
        chosen = list(drafts.values_list("pk", "revision", "agency_id")[:most])
        Assessment.objects.filter(pk__in=[pk for pk, *_ in chosen]).update(
            state=Assessment.State.SUBMITTED, submitted_by=lead, submitted_at=timezone.now()
        )
        return chosen

    def _token(self, name: str) -> str:
        ApiToken.objects.filter(user__username=name).delete()
        person = User.objects.get(username=name)
        return create_token(user=person, name="bench", days=2, by=None, at=timezone.now()).secret

    def _session(self, name: str) -> str:
        person = User.objects.get(username=name)
        session = SessionStore()
        session[SESSION_KEY] = str(person.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = person.get_session_auth_hash()
        session.create()
        return str(session.session_key)
