"""Where a thing stands. The rows are taken out, for the portal to write them anew when it is prepared."""

from django.db import migrations, models


def empty(apps, schema_editor):
    apps.get_model("search", "SearchRow").objects.all().delete()


class Migration(migrations.Migration):

    dependencies = [("search", "0001_search_row")]

    operations = [
        # It may be null, so that SQLite keeps the table and with it the triggers of the index.
        migrations.AddField("searchrow", "place", models.CharField(max_length=200, null=True)),
        migrations.RunPython(empty, migrations.RunPython.noop),
    ]
