"""Reports beside what was published since."""

from django.db.models import QuerySet

from dashboards.models import Publication, Report


def later_revisions(report: Report) -> list[Publication]:
    """The corrections of its figures that were published since, the earliest first."""
    if report.publication is None:
        return []
    later = Publication.objects.filter(cycle=report.publication.cycle_id, pk__gt=report.publication.pk)
    return list(later.order_by("revision"))


def reports_with_earlier_figures(publication: Publication) -> QuerySet[Report]:
    """The reports that carried the figures which this publication corrected, the latest first."""
    earlier = Publication.objects.filter(cycle=publication.cycle_id, pk__lt=publication.pk)
    return Report.objects.filter(publication__in=earlier, made_at__isnull=False)
