"""Evidence belongs to an assessment and serves several answers; files of evidence; exemptions."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SLICE = 2_000


def link_to_assessments(apps, schema_editor):
    """Each piece of evidence gets the assessment of its answer, and its use for that answer.

    A run that was named for several answers of one assessment becomes one piece of evidence, used for each
    of them; who named it where is kept with each use.
    """
    Evidence = apps.get_model("assessments", "Evidence")
    EvidenceUse = apps.get_model("assessments", "EvidenceUse")
    last, first_of_run, again = 0, {}, []
    while rows := list(Evidence.objects.filter(pk__gt=last).select_related("answer").order_by("pk")[:SLICE]):
        uses = []
        for row in rows:
            row.assessment_id = row.answer.assessment_id
            row.owner_id = row.added_by_id
            kept = row.pk
            if row.run_id is not None:
                kept = first_of_run.setdefault((row.assessment_id, row.run_id), row.pk)
                if kept != row.pk:
                    again.append(row.pk)
            uses.append(
                EvidenceUse(
                    evidence_id=kept, answer_id=row.answer_id, added_by_id=row.added_by_id, added_at=row.added_at
                )
            )
        Evidence.objects.bulk_update(rows, ["assessment_id", "owner_id"], batch_size=500)
        EvidenceUse.objects.bulk_create(uses, batch_size=500, ignore_conflicts=True)
        last = rows[-1].pk
    for start in range(0, len(again), 500):
        Evidence.objects.filter(pk__in=again[start : start + 500]).delete()
    # PostgreSQL alters no table with checks of foreign keys still to come.
    schema_editor.connection.check_constraints()


def link_to_answers(apps, schema_editor):
    """Back: each use becomes a piece of evidence of its own. Files and their bytes stay behind."""
    EvidenceUse = apps.get_model("assessments", "EvidenceUse")
    seen = set()
    for use in EvidenceUse.objects.select_related("evidence").order_by("pk").iterator(chunk_size=SLICE):
        row = use.evidence
        if row.pk in seen:
            row.pk = None
        seen.add(use.evidence_id)
        row.answer_id = use.answer_id
        row.save()
    schema_editor.connection.check_constraints()


class Migration(migrations.Migration):

    dependencies = [
        ('agencies', '0002_cohorts'),
        ('assessments', '0013_checkins'),
        ('maturity', '0005_library_sections_and_figures'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='EvidenceFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200)),
                ('media_type', models.CharField(max_length=100)),
                ('uploaded_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['-uploaded_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='EvidenceUse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('added_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['evidence', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Exemption',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.TextField()),
                ('from_on', models.DateField()),
                ('until_on', models.DateField()),
                ('state', models.CharField(choices=[('asked', 'Waits for approval'), ('approved', 'Approved'), ('declined', 'Declined'), ('withdrawn', 'Withdrawn')], default='asked', max_length=10)),
                ('revision', models.PositiveIntegerField(default=1)),
                ('requested_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(null=True)),
                ('decision_note', models.TextField(blank=True)),
                ('ended_on', models.DateField(null=True)),
                ('end_reason', models.TextField(blank=True)),
            ],
            options={
                'ordering': ['agency__name', '-until_on', '-id'],
            },
        ),
        migrations.CreateModel(
            name='StoredBytes',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sha256', models.CharField(max_length=64, unique=True)),
                ('size', models.PositiveBigIntegerField()),
                ('brought_at', models.DateTimeField()),
            ],
            options={
                'verbose_name_plural': 'stored bytes',
            },
        ),
        migrations.RemoveConstraint(
            model_name='evidence',
            name='evidence_holds_what_it_says',
        ),
        migrations.RemoveConstraint(
            model_name='evidence',
            name='evidence_names_a_run_once',
        ),
        migrations.AddField(
            model_name='answer',
            name='review_by',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='evidence',
            name='assessment',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='evidence', to='assessments.assessment'),
        ),
        migrations.AddField(
            model_name='evidence',
            name='copied_from',
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='evidence',
            name='expires_on',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='evidence',
            name='independence',
            field=models.CharField(choices=[('self', 'Our own word'), ('internal', 'Checked inside the agency'), ('external', 'Checked by somebody outside')], default='self', max_length=10),
        ),
        migrations.AddField(
            model_name='evidence',
            name='owner',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='evidence',
            name='owner_name',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name='evidence',
            name='revision',
            field=models.PositiveIntegerField(default=1),
        ),
        migrations.AlterField(
            model_name='evidence',
            name='kind',
            field=models.CharField(choices=[('file', 'File'), ('link', 'Link'), ('statement', 'Statement'), ('run', 'Run of an instrument')], max_length=10),
        ),
        migrations.AddField(
            model_name='evidencefile',
            name='agency',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='evidence_files', to='agencies.agency'),
        ),
        migrations.AddField(
            model_name='evidencefile',
            name='uploaded_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='evidence',
            name='file',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='evidence', to='assessments.evidencefile'),
        ),
        migrations.AddField(
            model_name='evidenceuse',
            name='added_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='evidenceuse',
            name='answer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='evidence_uses', to='assessments.answer'),
        ),
        migrations.AddField(
            model_name='evidenceuse',
            name='evidence',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='uses', to='assessments.evidence'),
        ),
        migrations.AddIndex(
            model_name='evidence',
            index=models.Index(fields=['expires_on'], name='evidence_by_expiry'),
        ),
        migrations.AddField(
            model_name='exemption',
            name='agency',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='exemptions', to='agencies.agency'),
        ),
        migrations.AddField(
            model_name='exemption',
            name='decided_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='exemption',
            name='ended_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='exemption',
            name='item',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='exemptions', to='maturity.item'),
        ),
        migrations.AddField(
            model_name='exemption',
            name='requested_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='storedbytes',
            constraint=models.CheckConstraint(condition=models.Q(('size__gt', 0)), name='stored_bytes_are_some'),
        ),
        migrations.AddField(
            model_name='evidencefile',
            name='stored',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='files', to='assessments.storedbytes'),
        ),
        migrations.AddConstraint(
            model_name='evidenceuse',
            constraint=models.UniqueConstraint(fields=('evidence', 'answer'), name='evidence_used_once_for_an_answer'),
        ),
        migrations.AddIndex(
            model_name='exemption',
            index=models.Index(fields=['agency', 'state', 'until_on'], name='exemption_by_agency'),
        ),
        migrations.AddConstraint(
            model_name='exemption',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='exemption_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='exemption',
            constraint=models.CheckConstraint(condition=models.Q(('from_on__lte', models.F('until_on'))), name='exemption_days_in_order'),
        ),
        migrations.AddConstraint(
            model_name='exemption',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'approved'), _negated=True), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False)), _connector='OR'), name='exemption_approved_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='exemption',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'approved'), _negated=True), models.Q(('decided_by', models.F('requested_by')), _negated=True), _connector='OR'), name='exemption_approved_by_somebody_else'),
        ),
        migrations.AddConstraint(
            model_name='exemption',
            constraint=models.CheckConstraint(condition=models.Q(('ended_on__isnull', True), ('state', 'approved'), _connector='OR'), name='exemption_ended_was_approved'),
        ),
        migrations.AddConstraint(
            model_name='exemption',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'asked')), fields=('agency', 'item'), name='exemption_asked_once'),
        ),
        migrations.AddConstraint(
            model_name='evidencefile',
            constraint=models.UniqueConstraint(fields=('agency', 'stored', 'name'), name='evidence_file_once_in_an_agency'),
        ),
        migrations.AlterField(
            model_name='evidence',
            name='answer',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='evidence', to='assessments.answer'),
        ),
        migrations.RunPython(link_to_assessments, link_to_answers),
        migrations.RemoveField(
            model_name='evidence',
            name='answer',
        ),
        migrations.AlterField(
            model_name='evidence',
            name='assessment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='evidence', to='assessments.assessment'),
        ),
        migrations.AlterModelOptions(
            name='evidence',
            options={'ordering': ['assessment', '-dated_on', 'id'], 'verbose_name_plural': 'evidence'},
        ),
        migrations.AddField(
            model_name='evidence',
            name='answers',
            field=models.ManyToManyField(related_name='evidence', through='assessments.EvidenceUse', to='assessments.answer'),
        ),
        migrations.AddConstraint(
            model_name='evidence',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('file__isnull', True), ('kind', 'link'), ('run__isnull', True), models.Q(('url', ''), _negated=True)), models.Q(('file__isnull', True), ('kind', 'statement'), ('run__isnull', True), models.Q(('statement', ''), _negated=True)), models.Q(('file__isnull', False), ('kind', 'file'), ('run__isnull', True)), models.Q(('file__isnull', True), ('kind', 'run'), ('run__isnull', False)), _connector='OR'), name='evidence_holds_what_it_says'),
        ),
        migrations.AddConstraint(
            model_name='evidence',
            constraint=models.CheckConstraint(condition=models.Q(('owner__isnull', True), ('owner_name', ''), _connector='OR'), name='evidence_has_one_owner'),
        ),
        migrations.AddConstraint(
            model_name='evidence',
            constraint=models.UniqueConstraint(fields=('assessment', 'run'), name='evidence_names_a_run_once'),
        ),
        migrations.AddConstraint(
            model_name='evidence',
            constraint=models.UniqueConstraint(fields=('assessment', 'file'), name='evidence_names_a_file_once'),
        ),
    ]
