"""When an agency belongs to a cohort: the months in which its profile fits all conditions. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from dashboards.differences import overlap
from dashboards.standings import Span, union
from portal.agencies.profile import Value
from portal.agencies.profile_filter import Condition

# What an agency's profile held when, by field.
Profile = Mapping[str, Sequence[tuple[Span, Value]]]


def fitting_spans(
    conditions: Iterable[Condition], profile: Profile, among: Collection[Span]
) -> tuple[Span, ...]:
    """The months of `among` at whose end the profile fits every condition, sorted and disjoint."""
    found = union(among)
    for condition in conditions:
        held = profile.get(condition.field, ())
        fits = union(span for span, value in held if condition.fits(value))
        found = union(overlap(found, fits))
    return tuple(found)
