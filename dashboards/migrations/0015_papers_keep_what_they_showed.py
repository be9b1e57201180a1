from django.db import migrations, models
from django.db.models import Exists, OuterRef, Q

STAGES = range(1, 11)  # more than any model has


def keep_targets(apps, schema_editor):
    """Published standings keep the target that the profiles tell today of the day they begin: what it was when
    they were published was not kept. A statement for each stage, whatever the number of rows."""
    ProfileValue = apps.get_model("agencies", "ProfileValue")
    Standing = apps.get_model("dashboards", "PublishedStanding")
    holding = ProfileValue.objects.filter(
        Q(until_on__isnull=True) | Q(until_on__gte=OuterRef("from_on")),
        agency=OuterRef("agency"),
        field="target_stage",
        from_on__lte=OuterRef("from_on"),
    )
    for stage in STAGES:
        Standing.objects.filter(Exists(holding.filter(value=stage))).order_by().update(target_stage=stage)


def keep_own_publications(apps, schema_editor):
    """Of reports that were made it is known by which publication, and no more."""
    Report = apps.get_model("dashboards", "Report")
    quote = schema_editor.connection.ops.quote_name
    shown, reports = quote(Report.publications.through._meta.db_table), quote(Report._meta.db_table)
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {shown} (report_id, publication_id)"  # noqa: S608 - our own names
            f" SELECT id, publication_id FROM {reports}"
            " WHERE publication_id IS NOT NULL AND made_at IS NOT NULL"
        )


class Migration(migrations.Migration):

    dependencies = [
        ('agencies', '0002_cohorts'),
        ('dashboards', '0014_versions'),
    ]

    operations = [
        migrations.AddField(
            model_name='publishedstanding',
            name='target_stage',
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='report',
            name='publications',
            field=models.ManyToManyField(related_name='shown_in', to='dashboards.publication'),
        ),
        migrations.RunPython(keep_targets, migrations.RunPython.noop, elidable=True),
        migrations.RunPython(keep_own_publications, migrations.RunPython.noop, elidable=True),
    ]
