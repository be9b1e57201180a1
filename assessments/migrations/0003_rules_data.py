from django.db import migrations
from django.db.models import F, OuterRef, Subquery, Value
from django.db.models.functions import Concat


def name_the_version(apps, schema_editor):
    """What a result is scored by is the method's version and the model's: "staged-1" becomes "staged-1@1"."""
    Result = apps.get_model("assessments", "Result")
    versions = apps.get_model("maturity", "ModelVersion").objects.filter(pk=OuterRef("version_id"))
    name = Concat(F("method"), Value("@"), Subquery(versions.values("version")[:1]))
    Result.objects.exclude(method__contains="@").update(method=name)


class Migration(migrations.Migration):

    dependencies = [
        ('assessments', '0002_rules'),
        ('maturity', '0001_initial'),
    ]

    operations = [
        migrations.RunPython(name_the_version, migrations.RunPython.noop, elidable=True),
    ]
