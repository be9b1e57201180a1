"""Roadmaps over the API: targets, milestones, and where all of it leads. Actions are at /roadmap-actions/."""

from typing import Any

from django.conf import settings
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from assessments.serializers import MillionthsField
from dashboards.queries.agency import programs_of
from dashboards.queries.measures import choose_measure, measures_in_use
from dashboards.queries.roadmap import RoadmapReading, TargetLine, read_roadmap
from dashboards.queries.scopes import freshness
from dashboards.serializers import MODEL_HELP
from portal.access.rules import Right
from portal.agencies.models import Agency
from portal.agencies.periods import FEDERAL_YEAR_STARTS_IN
from portal.requests import person

AGENCY = OpenApiParameter("agency", OpenApiTypes.STR, OpenApiParameter.PATH, description="slug")


class RoadmapQuery(serializers.Serializer[dict[str, Any]]):
    """Measured by what."""

    model = serializers.CharField(required=False, max_length=80, help_text=MODEL_HELP)


class RoadmapTargetSerializer(serializers.Serializer[dict[str, Any]]):
    """A stage to be completed by a day, and whether it is."""

    domain = serializers.CharField(help_text="slug; empty: the agency as a whole")
    stage = serializers.IntegerField()
    by_on = serializers.DateField()
    expected = serializers.IntegerField(
        allow_null=True, help_text="stages completed by then, if all is done on time"
    )
    in_time = serializers.BooleanField(allow_null=True)
    reached_on = serializers.DateField(allow_null=True, help_text="null: not by what is planned")
    missing = serializers.ListField(
        child=serializers.CharField(), help_text="slugs of items that would have to be in place beside"
    )


class RoadmapMilestoneSerializer(serializers.Serializer[dict[str, Any]]):
    """A point on the way."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    due_on = serializers.DateField()


class RoadmapPointSerializer(serializers.Serializer[dict[str, Any]]):
    """The end of a quarter, if all is done on time."""

    on = serializers.DateField()
    quarter = serializers.CharField()
    score = MillionthsField()
    stages_completed = serializers.IntegerField()


class RoadmapSerializer(serializers.Serializer[dict[str, Any]]):
    """The roadmap of an agency. Without an approved result that can be scored anew it has no projection."""

    agency = serializers.CharField(help_text="slug")
    model = serializers.CharField(help_text="slug")
    since = serializers.CharField(help_text="the period of the result that it goes on from; empty: none")
    score = MillionthsField(allow_null=True, help_text="as approved, which the projection goes on from")
    stages_completed = serializers.IntegerField(allow_null=True)
    actions = serializers.IntegerField()
    open = serializers.IntegerField()
    overdue = serializers.IntegerField()
    cost = serializers.DecimalField(
        max_digits=20, decimal_places=2, allow_null=True, help_text="of all that is not dropped"
    )
    currency = serializers.CharField()
    targets = RoadmapTargetSerializer(many=True)
    milestones = RoadmapMilestoneSerializer(many=True)
    projection = RoadmapPointSerializer(many=True)


@extend_schema(tags=["roadmaps"])
@method_decorator(conditional_page, name="dispatch")
class RoadmapView(APIView):
    """Where an agency means to go; for those who may see its answers."""

    @extend_schema(
        summary="The roadmap of an agency", parameters=[AGENCY, RoadmapQuery], responses=RoadmapSerializer
    )
    def get(self, request: Request, agency: str) -> Response:
        """As its page shows it today."""
        asked = RoadmapQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        reader, today = person(request), timezone.localdate()
        found = get_object_or_404(Agency.objects.visible_to(reader), slug=agency)
        if not reader.can(Right.SEE_DETAILS, found):
            raise PermissionDenied("A roadmap goes by the answers to single items, which you may not see.")
        said, measures = asked.validated_data.get("model", ""), measures_in_use()
        measure = choose_measure(measures, said)
        if measure is None or (said and measure.model.slug != said):
            raise NotFound("No agency has a result of this model.")
        programs = programs_of(found, reader, today)
        starts_in = next((program.year_starts_in for program in programs), FEDERAL_YEAR_STARTS_IN)
        fresh = freshness()
        on = fresh.horizon_on if fresh else today
        reading = read_roadmap(found, measure, on, starts_in, today)
        shown = _shown(reading) | {"agency": found.slug, "model": measure.model.slug}
        return Response(RoadmapSerializer(shown).data)


def _shown(reading: RoadmapReading) -> dict[str, Any]:
    held, totals = reading.held, reading.totals
    return {
        "since": reading.since,
        "score": held.score if held else None,
        "stages_completed": held.stages_completed if held else None,
        "actions": totals.actions,
        "open": totals.open,
        "overdue": totals.overdue,
        "cost": totals.cost,
        "currency": settings.CURRENCY,
        "targets": [_target(line) for line in reading.targets],
        "milestones": [
            {"id": one.pk, "title": one.title, "due_on": one.due_on} for one in reading.milestones
        ],
        "projection": [
            {
                "on": one.ahead.on,
                "quarter": one.name,
                "score": one.ahead.score,
                "stages_completed": one.ahead.stages_completed,
            }
            for one in reading.quarters
            if one.ahead is not None
        ],
    }


def _target(line: TargetLine) -> dict[str, Any]:
    verdict = line.verdict
    return {
        "domain": line.target.domain,
        "stage": line.target.stage,
        "by_on": line.target.by_on,
        "expected": verdict.expected if verdict else None,
        "in_time": verdict.in_time if verdict else None,
        "reached_on": verdict.reached_on if verdict else None,
        "missing": [moved.slug for moved in line.missing],
    }
