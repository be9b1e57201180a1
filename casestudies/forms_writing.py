"""The forms in which case studies are written, judged, matched with agencies and uploaded."""

from collections.abc import Iterable
from itertools import islice
from typing import Any, cast

from django import forms
from django.forms.boundfield import BoundWidget
from django.forms.formsets import BaseFormSet

from casestudies.content import LINES, MOST_LESSON, MOST_LESSONS, MOST_SUMMARY, Content, LessonText
from casestudies.frontmatter import MOST_BYTES
from casestudies.markdown import MOST_CHARACTERS
from casestudies.models import CaseStudy
from casestudies.queries import writable_agencies
from casestudies.queries_matching import Suggestion
from maturity.models import Item, ModelVersion
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency
from portal.agencies.queries import NoSuchAgency, find_agency
from portal.agencies.text import one_line

MOST_CHOICES = 60  # agencies in a list to choose from; beyond that one is named
MOST_UPLOADED = 50  # files at once
BLANK_LESSONS = 2
NONE = "none"

ItemChoices = list[tuple[str, list[tuple[str, str]]]]


class AgencyField(forms.CharField):
    """The agency of this name, slug or identifier among those that the person may write for."""

    def __init__(self, *, among: Any, **kwargs: Any) -> None:
        super().__init__(max_length=300, **kwargs)
        self.among = among

    def clean(self, value: Any) -> Agency | None:
        """The agency; None where nothing is said."""
        words = super().clean(value)
        if not words:
            return None
        try:
            return find_agency(words, self.among)
        except NoSuchAgency as error:
            raise forms.ValidationError(str(error)) from error


def _line(name: str, **kwargs: Any) -> forms.CharField:
    label, most = LINES[name]
    return forms.CharField(label=label, max_length=most, required=False, **kwargs)


class CaseStudyForm(forms.Form):
    """All of a case study but its lessons."""

    title = forms.CharField(max_length=LINES["title"][1], error_messages={"required": "Give the title."})
    agency = forms.CharField(required=False)
    organization = _line("organization", help_text="Whose work it was, as readers are to see it.")
    may_be_named = forms.BooleanField(
        label="The agency agrees to be named",
        required=False,
        help_text="Otherwise readers see neither the organization nor who may be asked. Then name it nowhere "
        "in the text either.",
    )
    contact = _line("contact", help_text="A name with an e-mail address or a telephone number.")
    agency_type = _line("agency_type", help_text="For example: Cabinet-level, several components.")
    first_stage = forms.TypedChoiceField(label="From stage", required=False, coerce=int, empty_value=None)
    last_stage = forms.TypedChoiceField(label="To stage", required=False, coerce=int, empty_value=None)
    technologies = forms.CharField(required=False, max_length=2_000, help_text="Separated by commas.")
    summary = forms.CharField(
        required=False,
        max_length=MOST_SUMMARY,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Two or three sentences.",
    )
    body = forms.CharField(
        label="Text",
        required=False,
        max_length=MOST_CHARACTERS,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 18}),
        help_text="Markdown: ## for a heading, - for a list, [words](https://address) for a link. HTML "
        "is shown as it is typed, and a picture as a link to it.",
    )
    dated = _line("dated", help_text="When it happened, in your words: 2024 to 2026.")
    link = _line("link", help_text="A page with more, beginning with https://.")
    source = _line("source", help_text="Where it is from, if it is from a document.")
    licence = _line("licence", help_text="Of the text, if it was published elsewhere.")
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, *args: Any, user: User, study: CaseStudy | None, version: ModelVersion | None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        among = writable_agencies(user)
        everywhere = user.has_everywhere(Right.PUBLISH_CASES)
        has_one = study is not None and study.agency_id is not None
        may_be_none = user.has_anywhere(Right.PUBLISH_CASES) and (everywhere or not has_one)
        self.fields["agency"] = _agency_field(among, required=not may_be_none)
        stages = [(n, str(n)) for n in range(1, (version.stage_count if version else 5) + 1)]
        for name in ("first_stage", "last_stage"):
            cast("forms.ChoiceField", self.fields[name]).choices = [("", "Not said"), *stages]

    def content(self, model: str, lessons: Iterable[LessonText]) -> Content:
        """What was entered, for services to judge."""
        said = self.cleaned_data
        first, last = said["first_stage"], said["last_stage"]
        names = [one_line(name) for name in said["technologies"].replace("\n", ",").split(",")]
        return Content(
            **{name: one_line(said[name]) for name in LINES},
            summary=_text(said["summary"]),
            body=_text(said["body"]),
            stages=(first or last, last or first) if first or last else None,
            technologies=tuple(dict.fromkeys(name for name in names if name)),
            may_be_named=said["may_be_named"],
            model=model,
            lessons=tuple(lessons),
        )


def _text(text: str) -> str:
    """With line ends as they are stored, and nothing blank at the end."""
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip()


def _agency_field(among: Any, *, required: bool) -> forms.Field:
    """A list to choose from where it is short, else a field to name the agency in."""
    empty = "Choose one" if required else "An organization outside the portal"
    slugs = list(among.values_list("slug", "name")[: MOST_CHOICES + 1])
    help_text = "" if required else "Leave it empty for an organization outside the portal."
    field = AgencyField(among=among, label="Agency", required=required)
    if len(slugs) <= MOST_CHOICES:
        field.widget = forms.Select(choices=[("", empty), *slugs])
    else:
        field.help_text = f"Its name, slug or identifier. {help_text}".strip()
    return field


def initial_of(study: CaseStudy, content: Content) -> dict[str, Any]:
    """What the form begins with."""
    first, last = content.stages or (None, None)
    return {name: getattr(content, name) for name in (*LINES, "summary", "body", "may_be_named")} | {
        "agency": study.agency.slug if study.agency else "",
        "first_stage": first,
        "last_stage": last,
        "technologies": ", ".join(content.technologies),
        "revision": study.revision,
    }


class LessonForm(forms.Form):
    """One lesson; left empty it is none."""

    title = forms.CharField(required=False, max_length=200)
    text = forms.CharField(required=False, max_length=MOST_LESSON, widget=forms.Textarea(attrs={"rows": 4}))
    items = forms.MultipleChoiceField(
        label="Practices and challenges it speaks to",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Open a stage and tick what the lesson speaks to.",
    )

    def __init__(self, *args: Any, choices: ItemChoices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.MultipleChoiceField", self.fields["items"]).choices = choices

    @property
    def item_groups(self) -> list[tuple[str, list[BoundWidget], int]]:
        """By stage and kind the check boxes of `items`, and how many of them are ticked."""
        boxes = iter(self["items"].subwidgets)
        groups = []
        for name, choices in cast(
            "ItemChoices", cast("forms.MultipleChoiceField", self.fields["items"]).choices
        ):
            own = list(islice(boxes, len(choices)))
            groups.append((name, own, sum(bool(box.data["selected"]) for box in own)))
        return groups

    @property
    def lesson(self) -> LessonText | None:
        """What was entered; None where nothing was."""
        said = self.cleaned_data
        title, text, items = (
            one_line(said.get("title", "")),
            _text(said.get("text", "")),
            said.get("items", []),
        )
        return LessonText(title, text, tuple(items)) if title or text or items else None


LessonFormSet: "type[BaseFormSet[LessonForm]]" = forms.formset_factory(
    LessonForm, extra=BLANK_LESSONS, max_num=MOST_LESSONS, absolute_max=MOST_LESSONS
)


def item_choices(version: ModelVersion | None, kept: Iterable[str] = ()) -> ItemChoices:
    """The practices and challenges of a version by stage, and those of a draft that it has no longer."""
    groups: dict[str, list[tuple[str, str]]] = {}
    known = set()
    items = Item.objects.filter(version=version).select_related("stage").order_by("stage__number", "position")
    for item in items:
        group = f"Stage {item.stage.number}: {item.get_kind_display().lower()}s"
        groups.setdefault(group, []).append((item.slug, item.title))
        known.add(item.slug)
    gone = [slug for slug in dict.fromkeys(kept) if slug not in known]
    if gone:
        groups["No longer asked"] = [(slug, slug) for slug in gone]
    return list(groups.items())


class DecisionForm(forms.Form):
    """To publish or to return what was reviewed."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    comment = forms.CharField(
        label="Comment to who wrote it",
        required=False,
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Needed where you return it: say what to change.",
    )
    decision = forms.ChoiceField(choices=[("publish", "Publish"), ("return", "Return")])


class MatchForm(forms.Form):
    """Which agency a file means."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    choice = forms.ChoiceField(label="Which agency is meant?", widget=forms.RadioSelect)
    other = forms.CharField(
        label="The other agency", required=False, max_length=300, help_text="Its name, slug or identifier."
    )
    alike = forms.BooleanField(required=False)

    def __init__(
        self, *args: Any, suggestions: list[Suggestion], among: Any, outside: bool, alike: int, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if alike:
            more = "draft that gives" if alike == 1 else "drafts that give"
            self.fields["alike"].label = f"The same for the {alike} other {more} this name"
        else:
            del self.fields["alike"]
        self.among = among
        offered = [(one.agency.slug, _told(one)) for one in suggestions]
        offered.append(("other", "Another agency of the portal, named below"))
        if outside:
            offered.append((NONE, "None: an organization outside the portal"))
        cast("forms.ChoiceField", self.fields["choice"]).choices = offered

    def clean(self) -> dict[str, Any]:
        """With `agency`: the one that was chosen, None for an organization outside."""
        said = super().clean() or {}
        choice = said.get("choice")
        said["agency"] = None
        if choice and choice != NONE:
            words = said.get("other", "") if choice == "other" else choice
            try:
                if not words:
                    raise NoSuchAgency("Name the agency.")
                said["agency"] = find_agency(words, self.among)
            except NoSuchAgency as error:
                self.add_error("other", str(error))
        return said


def _told(one: Suggestion) -> str:
    parent = f", {one.agency.parent}" if one.agency.parent else ""
    return f"{one.agency}{parent} ({one.why})"


class _Files(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One file or several, as a list."""

    widget = _Files

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Each as a single file is judged, and how many there are."""
        files = data if isinstance(data, list | tuple) else [data]
        if len(files) > MOST_UPLOADED:
            raise forms.ValidationError(f"{len(files)} files; {MOST_UPLOADED} at once are the most.")
        found = [super(FilesField, self).clean(one, initial) for one in files or [None]]
        for one in found:
            if (one.size or 0) > MOST_BYTES:
                raise forms.ValidationError(f"{one.name} is larger than 1 MB; shorten it.")
        return found


class FileForm(forms.Form):
    """Case studies as files."""

    file = FilesField(
        label="Markdown files",
        help_text=f"Up to {MOST_UPLOADED}, each with front matter between two lines of ---; UTF-8, at most "
        "1 MB.",
    )
