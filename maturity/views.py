"""Pages to read a model: as a whole, by stage, by domain, one item."""

from django.db.models import Count, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from maturity.models import Domain, Item, ModelVersion, Stage
from maturity.queries_library import references_of

VERSIONS_SHOWN = 100


def _version(model: str, version: str) -> ModelVersion:
    versions = ModelVersion.objects.select_related("model")
    return get_object_or_404(versions, model__slug=model, version=version)


def _crumbs(version: ModelVersion, stage: Stage | None = None) -> list[tuple[str, str]]:
    """The way from the list of models down to this version, or to a stage of it."""
    key = [version.model.slug, version.version]
    crumbs = [("Models", reverse("maturity:model-list"))]
    crumbs.append((str(version), reverse("maturity:version-detail", args=key)))
    if stage is not None:
        word = "Stage" if version.is_staged else "Band"
        crumbs.append((f"{word} {stage.number}", reverse("maturity:stage-detail", args=[*key, stage.number])))
    return crumbs


def model_list(request: HttpRequest) -> HttpResponse:
    """All published versions of all models."""
    versions = ModelVersion.objects.select_related("model").annotate(
        practice_count=Count("items", filter=Q(items__kind=Item.Kind.PRACTICE)),
        challenge_count=Count("items", filter=Q(items__kind=Item.Kind.CHALLENGE)),
    )
    return render(request, "maturity/model_list.html", {"versions": versions[:VERSIONS_SHOWN]})


def version_detail(request: HttpRequest, model: str, version: str) -> HttpResponse:
    """One version: its stages, its domains, where it comes from, how it is scored."""
    found = _version(model, version)
    practices = Count("items", filter=Q(items__kind=Item.Kind.PRACTICE))
    challenges = Count("items", filter=Q(items__kind=Item.Kind.CHALLENGE))
    cells = {
        (row["domain_id"], row["stage__number"]): row["n"]
        for row in found.items.filter(kind=Item.Kind.PRACTICE)
        .values("domain_id", "stage__number")
        .annotate(n=Count("id"))
    }
    stages = list(found.stages.annotate(practice_count=practices, challenge_count=challenges))
    domains = list(found.domains.annotate(practice_count=practices, point_count=Sum("items__points")))
    matrix = [(domain, [cells.get((domain.pk, stage.number), 0) for stage in stages]) for domain in domains]
    context = {"version": found, "stages": stages, "matrix": matrix, "crumbs": _crumbs(found)[:1]}
    context["must_haves"] = found.items.filter(must_have=True).select_related("stage", "domain")
    return render(request, "maturity/version_detail.html", context)


def stage_detail(request: HttpRequest, model: str, version: str, number: int) -> HttpResponse:
    """One stage: its challenges with action and outcome, and its practices by domain."""
    found = _version(model, version)
    stage = get_object_or_404(Stage, version=found, number=number)
    items = list(stage.items.select_related("domain"))
    context = {
        "version": found,
        "crumbs": _crumbs(found),
        "stage": stage,
        "stages": found.stages.all(),
        "practices": [item for item in items if item.kind == Item.Kind.PRACTICE],
        "challenges": [item for item in items if item.kind == Item.Kind.CHALLENGE],
    }
    return render(request, "maturity/stage_detail.html", context)


def domain_detail(request: HttpRequest, model: str, version: str, domain: str) -> HttpResponse:
    """One domain: its practices by stage."""
    found = _version(model, version)
    row = get_object_or_404(Domain, version=found, slug=domain)
    practices = row.items.select_related("stage").order_by("stage__number", "position")
    context = {"version": found, "domain": row, "domains": found.domains.all(), "practices": practices}
    context["crumbs"] = _crumbs(found)
    return render(request, "maturity/domain_detail.html", context)


def item_detail(request: HttpRequest, model: str, version: str, item: str) -> HttpResponse:
    """One practice or challenge: question, recommended action, sources, what it is connected with."""
    found = _version(model, version)
    row = get_object_or_404(Item.objects.select_related("stage", "domain"), version=found, slug=item)
    # A challenge's practices are found among all of the version's: SQLite has no look-up inside a JSON list.
    answered_by = [p for p in found.items.select_related("stage") if row.slug in p.challenges]
    context = {
        "version": found,
        "crumbs": _crumbs(found, row.stage if found.is_staged else None),
        "item": row,
        "challenges": found.items.filter(slug__in=row.challenges).select_related("stage"),
        "answered_by": answered_by if row.kind == Item.Kind.CHALLENGE else [],
        "places": {told.slug: told.place for told in references_of([row])[row.slug]},
        "source_titles": {source["ref"]: source["title"] for source in found.sources},
    }
    return render(request, "maturity/item_detail.html", context)
