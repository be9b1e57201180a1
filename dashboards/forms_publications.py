"""What an officer fills in to correct published figures."""

from django import forms

LONGEST_REASON = 2_000


class CorrectionForm(forms.Form):
    """Why figures that were published are corrected."""

    reason = forms.CharField(
        label="Why are they corrected?",
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Shown beside the corrected figures to everybody who sees them.",
    )
