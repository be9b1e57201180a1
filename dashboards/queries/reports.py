"""Reports beside what was published: whose figures they show, and what of that was corrected since."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from dashboards.models import Publication, PublishedStanding, PublishedTrend, Report
from dashboards.queries.agencies import Frozen, member_ids
from dashboards.queries.agency_page import shown_on
from dashboards.queries.measures import Measure
from dashboards.queries.one_page import points_up_to, subject_at
from portal.access.models import User


def publications_shown(report: Report, measure: Measure) -> set[int]:
    """The ids of the publications whose rows a report shows: of all its quarters, and of each the rounds by
    which its agencies were published, which may be other programs'. None of what is provisional.

    Raises NothingToShow.
    """
    if report.publication is None:
        return set()
    if report.agency is not None:
        points = points_up_to(measure, report.on, report.year_starts_in)
        return shown_on(report.agency, measure, points[-1], report.publication)
    if report.scope is None:
        return set()
    subject = subject_at(report.scope, measure, report.on, report.year_starts_in, report.publication)
    found = {report.publication.pk}
    for on, row in subject.series.rows.items():
        if row.publication is None or not isinstance(row.read, Frozen):
            continue
        members = member_ids(report.scope, on, row.read)
        standings = PublishedStanding.objects.as_of(row.read.publication).on(on).order_by()
        standings = standings.filter(model=measure.model, method=measure.method, agency__in=members)
        found |= {row.publication.pk, *standings.values_list("publication_id", flat=True).distinct()}
    return found


def later_revisions(report: Report) -> list[Publication]:
    """The corrections since then of the figures that it shows, the earliest first, with their rounds."""
    if report.publication_id is None:
        return []
    later = Publication.objects.filter(pk__gt=report.publication_id)
    shown = Shown(
        report.scope_id, report.agency_id, report.model_id, report.method, report.on, shown_in=report.pk
    )
    changed = _changed(shown, Q(publication=OuterRef("pk")), Q(replaced_by=OuterRef("pk")))
    return list(later.filter(changed).select_related("cycle").order_by("pk"))


def is_outdated(report: Report) -> bool:
    """Whether a report of the same made now would hold the figures of a later publication. Where a quarter
    before its own was corrected it would not: beside published figures that stays as it was then."""
    if report.publication_id is None:
        return False
    of_measure = {"model": report.model_id, "method": report.method, "publication__gt": report.publication_id}
    if report.agency_id is not None:
        standings = PublishedStanding.objects.as_of(None).on(report.on)
        return standings.filter(**of_measure, agency=report.agency_id).exists()
    return PublishedTrend.objects.filter(**of_measure, scope=report.scope_id, on=report.on).exists()


def reports_with_earlier_figures(publication: Publication, user: User) -> QuerySet[Report]:
    """The reports that show a figure of the round as it was before it was corrected by this publication or
    an earlier one, as far as `user` may see them, the latest first."""
    return _seen(user).filter(_corrected_up_to(publication))


def reports_with_figures(publication: Publication, user: User) -> QuerySet[Report]:
    """The reports that show figures of the round as they are in this publication, as far as `user` may see
    them, the latest first."""
    of_round = Report.publications.through.objects.filter(publication__cycle=publication.cycle_id)
    found = _seen(user).filter(pk__in=of_round.order_by().values("report_id"))
    found = found.exclude(_corrected_up_to(publication))
    later = Publication.objects.filter(cycle=publication.cycle_id, pk__gt=publication.pk).order_by("pk")
    following = later.values_list("pk", flat=True).first()
    return found if following is None else found.filter(publication__lt=following)


def _seen(user: User) -> QuerySet[Report]:
    found = Report.objects.visible_to(user).with_list_relations()
    return found.filter(made_at__isnull=False, publication__isnull=False).order_by("-pk")


def _corrected_up_to(publication: Publication) -> Q:
    """Of reports, that something which they show was changed since by a revision of the round up to this."""
    since = {"cycle": publication.cycle_id, "pk__gt": OuterRef("publication"), "pk__lte": publication.pk}
    names = ("scope", "agency", "model", "method", "on", "pk")
    return _changed(
        Shown(*(OuterRef(name) for name in names)),
        Q(**{f"publication__{name}": value for name, value in since.items()}),
        Q(**{f"replaced_by__{name}": value for name, value in since.items()}),
    )


@dataclass(frozen=True)
class Shown:
    """What a report is about, as values or as fields of the query around; `shown_in`: the report's id."""

    scope: Any
    agency: Any
    model: Any
    method: Any
    on: Any
    shown_in: Any


def _changed(report: Shown, by: Q, instead: Q) -> Q:
    """That a row which the report shows was published anew: of its scope `by`, of its agency `instead`.

    It is the rows that tell, not the round: an agency may be corrected by another program's round than the
    one that published it first.
    """
    measure = {"model": report.model, "method": report.method}
    trends = PublishedTrend.objects.filter(by, **measure, scope=report.scope, on__lte=report.on)
    before = PublishedTrend.objects.filter(
        **{name: OuterRef(name) for name in ("scope", "model", "method", "on")},
        publication__shown_in=_outer(report.shown_in),
    )
    standings = PublishedStanding.objects.filter(
        instead,
        **measure,
        agency=report.agency,
        from_on__lte=report.on,
        publication__shown_in=report.shown_in,
    )
    return Q(Exists(trends.filter(Exists(before)))) | Q(Exists(standings))


def _outer(value: Any) -> Any:
    """The same one query further in."""
    return OuterRef(value) if isinstance(value, OuterRef) else value
