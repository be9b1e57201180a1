"""Every template keeps to the content policy, and the form fields to the design system."""

import re
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.template import Context, Template
from django.test import RequestFactory

TEMPLATES = sorted((Path(settings.BASE_DIR) / "templates").rglob("*.html"))
FORBIDDEN = {
    "a style attribute": re.compile(r"<[^>]*\sstyle=", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "an inline script": re.compile(r"<script(?![^>]*\bsrc=)", re.IGNORECASE),
    "an event attribute": re.compile(r"<[^>]*\son[a-z]+=", re.IGNORECASE),
    "htmx code": re.compile(r"\shx-on|\sdata-hx-on", re.IGNORECASE),
    "another host": re.compile(r"""(?:src|href)=["'](?:https?:)?//""", re.IGNORECASE),
}


class SampleForm(forms.Form):
    name = forms.CharField(help_text="As the agency calls itself.")
    level = forms.ChoiceField(choices=[("0", "Not started"), ("1", "In place")], widget=forms.RadioSelect)
    parts = forms.MultipleChoiceField(
        choices=[("a", "Linux")], widget=forms.CheckboxSelectMultiple, required=False
    )
    attested = forms.BooleanField()


def rendered(name: str, form: forms.Form) -> str:
    return Template("{% load portal_ui %}{% field bound %}").render(Context({"bound": form[name]}))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(settings.BASE_DIR)))
def test_no_template_breaks_the_content_policy(path: Path):
    text = path.read_text()
    found = [what for what, pattern in FORBIDDEN.items() if pattern.search(text)]
    assert not found


def test_a_field_in_error_says_so_to_eye_and_ear():
    html = rendered("name", SampleForm({}))
    assert 'class="usa-input usa-input--error"' in html
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'id="id_name_helptext"' in html
    assert 'id="id_name_error"' in html


@pytest.mark.parametrize(
    ("name", "classes"),
    [("level", "usa-radio"), ("parts", "usa-checkbox"), ("attested", "usa-checkbox"), ("name", "usa-input")],
)
def test_each_kind_of_field_has_its_markup(name: str, classes: str):
    html = rendered(name, SampleForm())
    assert f'class="{classes}' in html
    assert ("<fieldset" in html) == (name in {"level", "parts"})


def test_what_is_optional_says_so():
    assert "(optional)" in rendered("parts", SampleForm())
    assert "(optional)" not in rendered("name", SampleForm())


def test_people_s_text_is_escaped_in_a_field():
    html = rendered("name", SampleForm({"name": '"><script>alert(1)</script>'}))
    assert "<script>" not in html


@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("/", "Portfolio"),
        ("/portfolio/quality/", "Portfolio"),
        ("/forecast/", "Portfolio"),
        ("/agencies/a-b/", "Agencies"),
        ("/groups/large/", "Agencies"),
        ("/publications/3/", "Cycles"),
        ("/briefings/a-b/2026-06-30/", "Portfolio"),
        ("/reports/schedules/", "Reports"),
        ("/jobs/", None),
    ],
)
def test_the_navigation_marks_where_one_is(path: str, current: str | None):
    context = Context({"request": RequestFactory().get(path)})
    html = Template("{% load portal_ui %}{% navigation %}").render(context)
    marked = re.findall(r'aria-current="page"\s+href="[^"]+">([^<]+)<', html)
    assert marked == ([current] if current else [])
