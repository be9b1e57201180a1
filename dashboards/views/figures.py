"""The page of one figure: what its identifier stands for, looked up again."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dashboards.figures import NotAFigure, read_figure
from dashboards.queries.figures import FigureReading, NoSuchFigure, read_figure_of
from dashboards.queries.scopes import HiddenScope, UnknownScope
from portal.access.models import User
from portal.requests import person


@require_GET
def figure_detail(request: HttpRequest, identifier: str) -> HttpResponse:
    """A figure by its identifier; words where there is none."""
    try:
        reading = looked_up(identifier, person(request))
    except (NotAFigure, NoSuchFigure) as error:
        context: dict[str, Any] = {"identifier": identifier[:200], "reason": str(error)}
        return render(request, "dashboards/figure_unknown.html", context, status=404)
    return render(request, "dashboards/figure_detail.html", {"reading": reading})


def looked_up(identifier: str, reader: User) -> FigureReading:
    """The figure of this identifier. Raises NotAFigure, NoSuchFigure, Http404 and PermissionDenied."""
    try:
        return read_figure_of(read_figure(identifier), reader)
    except UnknownScope as error:
        raise Http404(str(error)) from error
    except HiddenScope as error:
        raise PermissionDenied(str(error)) from error
