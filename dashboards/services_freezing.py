"""Writing down what is published: standings, members and trends of a publication.

All of it under the locks of all scopes (services.lock_all_scopes), which keep standings, members and trends
still and in step with each other.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping

from django.db import connection

from dashboards.differences import Change, Measure, difference
from dashboards.models import (
    Publication,
    PublishedMember,
    PublishedStanding,
    PublishedTrend,
    ScopeMember,
    Trend,
)
from dashboards.months import Holding, holding, in_scopes, shifted, stretches, touches
from dashboards.queries.publishing import (
    counted_scopes,
    covered,
    frozen,
    key_of,
    latest_rows,
    live,
    measures_at,
    publishable,
    published_measures,
    published_scopes,
    targets,
)
from dashboards.services_bulk import insert_rows
from dashboards.services_sums import SUM_FIELDS
from dashboards.standings import Span, cut, dates, end_of, month_of, span_of, union

Scopes = Mapping[int, Collection[int]]  # by month the ids of scopes
KEPT_FIELDS = ("score", "stages_completed", "domains", "limited_basis", "rescored", "target_stage")
NOT_REPORTING = PublishedStanding.State.NOT_REPORTING.value


def freeze(*, publication: Publication, months: Collection[int]) -> int:
    """Publish what is not yet of the scopes whose figures are final now, for the ends of these months.

    An agency that was published before, by another round, keeps its published standing: a figure never
    moves by itself, and every published trend is the sum of published standings. Returns the number of
    rows of trends.
    """
    program, model = publication.cycle.program, publication.cycle.version.model_id
    rows = 0
    for measure in measures_at(program, model, months):
        before, counted = published_scopes(months, measure), counted_scopes(months, measure)
        wanted = {
            month: (publishable(program, model, month) & counted[month]) - before[month] for month in months
        }
        wanted = {month: scopes for month, scopes in wanted.items() if scopes}
        if wanted:
            earlier = _freeze_standings(publication, measure, wanted)
            earlier |= _freeze_members(publication, wanted)
            rows += _copy_trends(publication, measure, wanted)
            _add_earlier(publication, measure, wanted, earlier)
    return rows


def replace(*, publication: Publication, months: Collection[int], agencies: Collection[int]) -> set[int]:
    """Publish how these agencies stand and are counted now in the place of what was published of them, for
    the ends of these months. Returns those for which that makes a difference.

    Under every measure that is published then, because who is counted is published for all of them alike.
    """
    scopes = published_scopes(months)
    changes = {
        measure: _changes(measure, months, agencies, scopes)
        for measure in published_measures(months, agencies)
    }
    changed: dict[int, Change] = {}
    for measure, found in changes.items():
        _replace_standings(publication, measure, months, found)
        changed |= found
    _replace_members(publication, months, changed)
    for measure, found in changes.items():
        _shift_trends(publication, measure, months, found)
    return set(changed)


def _changes(
    measure: Measure, months: Collection[int], agencies: Collection[int], scopes: Scopes
) -> dict[int, Change]:
    """What of these agencies is published otherwise than it is now."""
    old, new = frozen(agencies, measure, months), live(agencies, measure, months)
    found = {pk: Change(old[pk], in_scopes(new[pk], scopes)) for pk in sorted(agencies)}
    return {pk: change for pk, change in found.items() if change.old != change.new}


def _freeze_standings(publication: Publication, measure: Measure, wanted: Scopes) -> set[int]:
    """Publish the standings of all members of these scopes that are not yet; returns those that were."""
    members: dict[int, set[int]] = {}
    for month, scopes in wanted.items():
        rows = ScopeMember.objects.on(end_of(month)).filter(scope__in=scopes).order_by()
        members[month] = set(rows.values_list("agency_id", flat=True).distinct())
    agencies = set().union(*members.values())
    known = covered(agencies, measure, wanted)
    now, aims = live(agencies, measure, wanted), targets(agencies, wanted)
    new: list[PublishedStanding] = []
    for pk in sorted(agencies):
        missing = {
            month: holding(now[pk], measure, month)
            for month in wanted
            if pk in members[month] and month not in known.get(pk, ())
        }
        spans = stretches(missing)
        new += [_standing(publication, measure, pk, span, found, aims) for span, found in spans]
    insert_rows(new)
    return set(known)


def _freeze_members(publication: Publication, wanted: Scopes) -> set[int]:
    """Publish who is counted in these scopes, but for those published already (under another measure).

    Returns the agencies whose published membership may be another than the live one.
    """
    before = published_scopes(list(wanted))
    fresh = {month: set(scopes) - before[month] for month, scopes in wanted.items()}
    fresh = {month: scopes for month, scopes in fresh.items() if scopes}
    found: defaultdict[tuple[int, int], dict[int, bool]] = defaultdict(dict)
    for month, scopes in fresh.items():
        rows = ScopeMember.objects.on(end_of(month)).filter(scope__in=scopes).order_by()
        for scope, agency in rows.values_list("scope_id", "agency_id"):
            found[scope, agency][month] = True
    held = PublishedMember.objects.as_of(None).over(end_of(min(wanted)), end_of(max(wanted)))
    held = held.filter(scope__in=set().union(*fresh.values())).order_by()
    for scope, agency, from_on, until_on in held.values_list("scope_id", "agency_id", "from_on", "until_on"):
        for month in fresh:  # written down for a scope of which there was no number yet
            if from_on <= end_of(month) <= until_on:
                found[scope, agency].pop(month, None)
    insert_rows(
        [
            _member(publication, scope, agency, span)
            for (scope, agency), months in found.items()
            for span, _ in stretches(months)
        ]
    )
    old = set().union(*(set(scopes) - fresh.get(month, set()) for month, scopes in wanted.items()))
    then = PublishedMember.objects.as_of(None).over(end_of(min(wanted)), end_of(max(wanted)))
    found_in = (then.filter(scope__in=old), ScopeMember.objects.filter(scope__in=old))
    return {pk for rows in found_in for pk in rows.order_by().values_list("agency_id", flat=True).distinct()}


def _copy_trends(publication: Publication, measure: Measure, wanted: Scopes) -> int:
    """Copy the rows of trends in the database, without reading them."""
    quote = connection.ops.quote_name
    fields = ["scope_id", "model_id", "method", "on", *SUM_FIELDS, "computed_at"]  # columns are called alike
    columns = ", ".join(quote(name) for name in fields)
    copied = 0
    with connection.cursor() as cursor:
        for month, scopes in wanted.items():
            rows = Trend.objects.filter(
                scope__in=scopes, model=measure[0], method=measure[1], on=end_of(month)
            ).order_by()
            select, parameters = rows.values_list(*fields).query.sql_with_params()
            target = quote(PublishedTrend._meta.db_table)
            cursor.execute(
                f"INSERT INTO {target} ({columns}, {quote('publication_id')})"  # noqa: S608 - our own names
                f" SELECT copied.*, %s FROM ({select}) AS copied",
                [publication.pk, *parameters],
            )
            copied += cursor.rowcount
    return copied


def _add_earlier(
    publication: Publication, measure: Measure, wanted: Scopes, earlier: Collection[int]
) -> None:
    """Put what was published of agencies earlier in the place of how they stand now, in the copied rows."""
    if not earlier:
        return
    now, then = live(earlier, measure, wanted), frozen(earlier, measure, wanted)
    changes = [Change(now[pk], then[pk]) for pk in sorted(earlier) if now[pk] != then[pk]]
    if not changes:
        return
    rows = PublishedTrend.objects.filter(publication=publication, model=measure[0], method=measure[1])
    stored = {(row.scope_id, row.on): row for row in rows}
    touched = []
    for scope in sorted(set().union(*wanted.values())):
        found = difference(key_of(scope), changes, max(wanted))
        for month, scopes in wanted.items():
            row = stored.get((scope, end_of(month)))
            if row is None or scope not in scopes or not touches(found, measure, month):
                continue
            for name, value in shifted(row, {}, found, measure, month).items():
                setattr(row, name, value)
            touched.append(row)
    PublishedTrend.objects.bulk_update(touched, SUM_FIELDS, batch_size=100)


def _replace_standings(
    publication: Publication, measure: Measure, months: Collection[int], changes: Mapping[int, Change]
) -> None:
    known = PublishedStanding.objects.as_of(None).filter(
        agency__in=list(changes), model=measure[0], method=measure[1]
    )
    known = known.over(end_of(min(months)), end_of(max(months)))
    rows, replaced = [], []
    for row in known:
        replaced.append(row.pk)
        rows += [_rest(row, publication, span) for span in _outside(row, months)]
    PublishedStanding.objects.filter(pk__in=replaced).update(replaced_by=publication)
    aims = targets(list(changes), months)
    for pk, change in changes.items():
        counted = {
            m for side in (change.old, change.new) for spans in side.members.values() for m, _ in spans
        }
        now = {month: holding(change.new, measure, month) for month in counted}
        rows += [_standing(publication, measure, pk, span, found, aims) for span, found in stretches(now)]
    PublishedStanding.objects.bulk_create(rows, batch_size=500)


def _replace_members(
    publication: Publication, months: Collection[int], changes: Mapping[int, Change]
) -> None:
    """Publish where these agencies are counted now; of a scope in which nothing changed the rows stay."""
    moved = {
        (key, pk): change.new.members.get(key, ())
        for pk, change in changes.items()
        for key in change.keys
        if change.old.members.get(key, ()) != change.new.members.get(key, ())
    }
    known = PublishedMember.objects.as_of(None).over(end_of(min(months)), end_of(max(months)))
    rows, replaced = [], []
    for row in known.filter(agency__in={pk for _, pk in moved}):
        if (key_of(row.scope_id), row.agency_id) in moved:
            replaced.append(row.pk)
            rows += [
                _member(publication, row.scope_id, row.agency_id, span) for span in _outside(row, months)
            ]
    PublishedMember.objects.filter(pk__in=replaced).update(replaced_by=publication)
    for (key, pk), spans in moved.items():
        found = dict.fromkeys((month for month, _ in spans), True)
        rows += [_member(publication, key[1], pk, span) for span, _ in stretches(found)]
    PublishedMember.objects.bulk_create(rows, batch_size=500)


def _shift_trends(
    publication: Publication, measure: Measure, months: Collection[int], changes: Mapping[int, Change]
) -> None:
    scopes = {key[1] for change in changes.values() for key in change.keys}
    rows = []
    of_scope: defaultdict[int, list[PublishedTrend]] = defaultdict(list)
    for (scope, _), row in latest_rows(scopes, measure, months).items():
        of_scope[scope].append(row)
    for scope, stored in of_scope.items():
        concerned = [change for change in changes.values() if key_of(scope) in change.keys]
        found = difference(key_of(scope), concerned, max(months))
        for row in stored:
            month = month_of(row.on)
            if not touches(found, measure, month):
                continue
            rows.append(
                PublishedTrend(
                    publication=publication,
                    scope_id=scope,
                    model_id=measure[0],
                    method=measure[1],
                    on=row.on,
                    computed_at=publication.published_at,
                    **shifted(row, {}, found, measure, month),
                )
            )
    PublishedTrend.objects.bulk_create(rows, batch_size=100)


def _standing(
    publication: Publication,
    measure: Measure,
    agency: int,
    span: Span,
    found: Holding,
    aims: Mapping[tuple[int, int], int],
) -> PublishedStanding:
    """With the target that held when the span begins: of what is published, no later date counts."""
    from_on, until_on = dates(span)
    row = PublishedStanding(
        agency_id=agency, model_id=measure[0], method=measure[1], publication=publication, state=NOT_REPORTING
    )
    row.from_on, row.until_on = from_on, until_on or from_on
    row.target_stage = aims.get((agency, span[0]))
    if found is not None:
        row.state = found[0].value
        if value := found[1]:
            row.result_id, row.score, row.stages_completed = (
                value.result_id,
                value.score,
                value.stages_completed,
            )
            row.limited_basis, row.rescored = value.limited_basis, value.rescored
            row.domains = dict(value.domains)
    return row


def _member(publication: Publication, scope: int, agency: int, span: Span) -> PublishedMember:
    from_on, until_on = dates(span)
    return PublishedMember(
        scope_id=scope,
        agency_id=agency,
        from_on=from_on,
        until_on=until_on or from_on,
        publication=publication,
    )


def _outside(row: PublishedStanding | PublishedMember, months: Collection[int]) -> Iterator[Span]:
    """The part of its time that lies in none of these months."""
    return cut(span_of(row.from_on, row.until_on), union((month, month + 1) for month in months))


def _rest(row: PublishedStanding, publication: Publication, span: Span) -> PublishedStanding:
    """The same standing over another time."""
    from_on, until_on = dates(span)
    rest = PublishedStanding(publication=publication, from_on=from_on, until_on=until_on or from_on)
    for name in ("agency_id", "model_id", "method", "state", "result_id", *KEPT_FIELDS):
        setattr(rest, name, getattr(row, name))
    return rest
