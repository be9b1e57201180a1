"""The filters of the list of case studies."""

from typing import Any

from django import forms

from casestudies.models import CaseStudy, Technology
from maturity.models import Domain, Item, Stage


class CaseStudyFilterForm(forms.Form):
    """What to look for; every field may be left empty."""

    text = forms.CharField(label="Words", required=False, max_length=200)
    stage = forms.TypedChoiceField(label="Stage", required=False, coerce=int, empty_value=None)
    domain = forms.ChoiceField(label="Domain", required=False)
    technology = forms.ChoiceField(label="Technology", required=False)
    agency_type = forms.ChoiceField(label="Agency type", required=False)
    item = forms.SlugField(required=False, max_length=80, widget=forms.HiddenInput)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        stages = Stage.objects.order_by("number").values_list("number", "name").distinct()
        domains = Domain.objects.order_by("name").values_list("slug", "name").distinct()
        # What is named in drafts only is nobody's to read here.
        types = CaseStudy.objects.public().exclude(agency_type="").order_by("agency_type")
        named = Technology.objects.filter(case_studies__is_public=True).distinct()
        kinds = types.values_list("agency_type", flat=True).distinct()
        choices: dict[str, list[tuple[Any, str]]] = {
            "stage": [(number, f"{number}: {name}") for number, name in stages],
            "domain": list(domains),
            "technology": list(named.values_list("slug", "name")),
            "agency_type": [(kind, kind) for kind in kinds],
        }
        for name, found in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
            field.choices = [("", "Any"), *found]

    def item_asked(self) -> Item | None:
        """The practice or challenge that lessons are to speak to, if one was named."""
        slug = self.cleaned_data.get("item")
        return Item.objects.filter(slug=slug).order_by("-version__published_at").first() if slug else None
