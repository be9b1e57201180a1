"""What the pages of instruments need of numbers."""

from decimal import Decimal

from django import template

from assessments.run_reading import measure_words
from maturity.instruments.outcomes import Measure

register = template.Library()


@register.filter
def measured(value: Decimal, unit: str) -> str:
    """A number with its unit, as a run's page shows it: "62.5%", "1,200 hours"."""
    text = f"{value.quantize(Decimal('0.01')):f}".rstrip("0").rstrip(".") if value % 1 else f"{value:f}"
    return measure_words(Measure("", "", text.split(".")[0] if text.endswith(".00") else text, unit))
