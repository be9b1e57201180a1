from django.db import migrations
from django.db.models import Count, OuterRef, Subquery
from django.utils import timezone


def follow_the_results(apps, schema_editor):
    """Standings take the rule of their result; trends keep their numbers under the latest version's rule
    until they are counted anew. Where a model has results of several versions, which were one line until
    now, the agencies are computed again."""
    Result = apps.get_model("assessments", "Result")
    Standing = apps.get_model("dashboards", "Standing")
    Trend = apps.get_model("dashboards", "Trend")
    result = Result.objects.filter(pk=OuterRef("result_id"))
    Standing.objects.filter(model__isnull=False).update(method=Subquery(result.values("method")[:1]))
    several = set()
    for model in Trend.objects.order_by().values_list("model_id", flat=True).distinct():
        results = Result.objects.filter(model_id=model)
        latest = results.order_by("-version__published_at", "-version_id").values_list("method", flat=True)
        Trend.objects.filter(model_id=model).update(method=latest.first() or "")
        versions = results.order_by().values("agency_id").annotate(n=Count("version_id", distinct=True))
        several |= set(versions.filter(n__gt=1).values_list("agency_id", flat=True))
    StaleMark = apps.get_model("agencies", "StaleMark")
    StaleMark.objects.bulk_create(
        [StaleMark(agency_id=pk, reason="scoring rules", marked_at=timezone.now()) for pk in sorted(several)],
        batch_size=500,
    )
    apps.get_model("dashboards", "Scope").objects.update(recount=True)


class Migration(migrations.Migration):

    dependencies = [
        ('dashboards', '0002_rules'),
        ('assessments', '0003_rules_data'),
        ('agencies', '0001_initial'),
    ]

    operations = [
        migrations.RunPython(follow_the_results, migrations.RunPython.noop, elidable=True),
    ]
