"""Pages on which case studies are written, previewed, uploaded and submitted."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms.formsets import BaseFormSet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from casestudies import forms_writing as forms
from casestudies.content import Content, faults_of
from casestudies.models import CaseStudy
from casestudies.queries import default_model, unknown_items, writable_agencies
from casestudies.services_import import ImportRefused, Report, import_files
from casestudies.services_review import CannotSubmit, submit_case_study, withdraw_case_study
from casestudies.services_writing import (
    InvalidCaseStudy,
    StaleCaseStudy,
    create_case_study,
    edit_case_study,
)
from maturity.queries import current_version
from portal.access.rules import Right
from portal.requests import form_page, person, posted


def crumbs() -> list[tuple[str, str]]:
    """The way to every page below the list."""
    return [("Case studies", reverse("casestudies:case-study-list"))]


def visible_study(request: HttpRequest, slug: str) -> CaseStudy:
    """The case study, if whoever asks may know of it."""
    seen = CaseStudy.objects.visible_to(person(request)).select_related("agency", "author")
    return get_object_or_404(seen, slug=slug)


def inside_study(request: HttpRequest, slug: str) -> CaseStudy:
    """The case study, if whoever asks may see its drafts; 403 where they may only read it."""
    study = visible_study(request, slug)
    if not CaseStudy.objects.inside_to(person(request)).filter(pk=study.pk).exists():
        raise PermissionDenied("Its agency's people, reviewers and program officers see to this case study.")
    return study


def _needs_to_write_somewhere(request: HttpRequest) -> None:
    if not person(request).has_anywhere(Right.WRITE_CASES):
        raise PermissionDenied("Agency leads, contributors and program officers write case studies.")


@form_page
def case_study_new(request: HttpRequest) -> HttpResponse:
    """Write a case study."""
    _needs_to_write_somewhere(request)
    return _written(request, None)


@form_page
def case_study_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Change a draft, or begin to change a published one."""
    study = inside_study(request, slug)
    if not CaseStudy.objects.editable_by(person(request)).filter(pk=study.pk).exists():
        raise PermissionDenied("You may read this case study and not change it.")
    if not study.is_open:
        messages.warning(request, "It is in review. It can be changed when it is returned or published.")
        return redirect("casestudies:case-study-detail", slug=slug)
    return _written(request, study)


def _written(request: HttpRequest, study: CaseStudy | None) -> HttpResponse:
    """The form; on POST kept or, with `preview`, shown as it would look."""
    data = posted(request)
    before = study.content if study is not None else None
    model = before.model if before and before.model else default_model()
    version = current_version(model)
    kept = [item for lesson in before.lessons for item in lesson.items] if before else []
    initial = forms.initial_of(study, before) if study is not None and before is not None else None
    form = forms.CaseStudyForm(data, user=person(request), study=study, version=version, initial=initial)
    lessons: BaseFormSet[forms.LessonForm] = forms.LessonFormSet(
        data,
        prefix="lessons",
        initial=[{"title": one.title, "text": one.text, "items": one.items} for one in before.lessons]
        if before
        else [],
        form_kwargs={"choices": forms.item_choices(version, kept)},
    )
    context: dict[str, Any] = {"form": form, "lessons": lessons, "study": study, "crumbs": _crumbs_of(study)}
    # `and` would leave the second unjudged.
    if data is not None and all([form.is_valid(), lessons.is_valid()]):
        content = form.content(model, [one.lesson for one in lessons if one.lesson is not None])
        if "preview" in data:
            _tell(form, faults_of(content))
            if not form.errors:
                context["preview"] = content
        elif (saved := _saved(request, form, study, content, kept)) is not None:
            messages.success(request, "The draft is kept.")
            return redirect("casestudies:case-study-detail", slug=saved.slug)
    wrong = bool(form.errors) or (data is not None and not lessons.is_valid())
    return render(request, "casestudies/case_study_edit.html", context, status=422 if wrong else 200)


def _saved(
    request: HttpRequest,
    form: forms.CaseStudyForm,
    study: CaseStudy | None,
    content: Content,
    kept: list[str],
) -> CaseStudy | None:
    """What was written, kept; None where the form says now what is wrong."""
    agency = form.cleaned_data["agency"]
    by, at = person(request), timezone.now()
    named = {item for lesson in content.lessons for item in lesson.items}
    if named - set(kept) and (unknown := unknown_items(content)):
        _tell(form, [("lessons", reason) for reason in unknown])
        return None
    try:
        if study is None:
            return create_case_study(content=content, agency=agency, by=by, at=at)
        revision = form.cleaned_data["revision"] or 0
        return edit_case_study(
            study_id=study.pk, revision=revision, content=content, agency=agency, by=by, at=at
        )
    except InvalidCaseStudy as error:
        _tell(form, error.faults)
    except StaleCaseStudy as error:
        form.add_error(None, f"{error} What you wrote is still below.")
    return None


def _tell(form: forms.CaseStudyForm, faults: Any) -> None:
    """Say each fault at its field, or above the form where it has none."""
    for name, reason in faults:
        place = "first_stage" if name == "stages" else name
        form.add_error(place if place in form.fields else None, reason)


def _crumbs_of(study: CaseStudy | None) -> list[tuple[str, str]]:
    if study is None:
        return crumbs()
    return [*crumbs(), (study.title, reverse("casestudies:case-study-detail", args=[study.slug]))]


@form_page
def case_study_import(request: HttpRequest) -> HttpResponse:
    """Make drafts of uploaded files: of all, or of none where one is wrong."""
    _needs_to_write_somewhere(request)
    reader = person(request)
    form = forms.FileForm(posted(request), request.FILES or None)
    context: dict[str, Any] = {"form": form, "crumbs": crumbs()}
    if request.method == "POST" and form.is_valid():
        files = form.cleaned_data["file"]
        try:
            report = import_files(
                files=[(file.name, file.read()) for file in files],
                agencies=writable_agencies(reader),
                by=reader,
                at=timezone.now(),
                collection=f"upload-{reader.pk}",
                by_name=False,
            )
        except ImportRefused as error:
            refused = "The file is refused" if len(files) == 1 else "The files are refused"
            form.add_error("file", f"{refused}, nothing was changed.")
            context["problems"] = error.problems
        else:
            if len(files) == 1:
                return _uploaded(request, report)
            context |= {"form": forms.FileForm(), "report": report, "unread": sorted(report.unused.items())}
            context["waiting"] = _one_of_each_name(report)
    return render(request, "casestudies/case_study_import.html", context, status=422 if form.errors else 200)


def _one_of_each_name(report: Report) -> list[tuple[str, int, CaseStudy]]:
    """Each name that is no agency's, how many of the drafts give it, and one of them to decide it at."""
    given: dict[str, list[CaseStudy]] = {}
    for study in report.studies:
        if study.agency_name_given:
            given.setdefault(study.agency_name_given, []).append(study)
    return [(name, len(studies), studies[0]) for name, studies in sorted(given.items())]


def _uploaded(request: HttpRequest, report: Report) -> HttpResponse:
    """To what came of a file, with what there is to know of it."""
    if report.left:
        messages.warning(
            request, "Somebody wrote at this draft since it was read in; the file is left unread."
        )
    if report.unchanged:
        messages.info(request, "This file is in the portal already; nothing was changed.")
    if not report.studies:
        return redirect(f"{reverse('casestudies:case-study-list')}?show=mine")
    study: CaseStudy = report.studies[0]
    messages.success(request, " ".join(_told(report)))
    page = "match" if study.agency_name_given else "detail"
    return redirect(f"casestudies:case-study-{page}", slug=study.slug)


def _told(report: Report) -> Iterator[str]:
    """What was read, what was changed on the way and what was not read, for one message."""
    yield "The file is read as a draft."
    if report.notes:
        yield f"Changed on the way: {'; '.join(report.notes)}."
    if report.unused:
        yield f"Fields that are not read: {', '.join(sorted(report.unused))}."


@require_POST
def case_study_submit(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask for the review."""
    study = inside_study(request, slug)
    if not CaseStudy.objects.editable_by(person(request)).filter(pk=study.pk).exists():
        raise PermissionDenied("Who writes a case study submits it.")
    try:
        submit_case_study(
            study_id=study.pk, revision=_revision(request), by=person(request), at=timezone.now()
        )
    except (StaleCaseStudy, CannotSubmit) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "It is submitted for review.")
    return redirect("casestudies:case-study-detail", slug=slug)


@require_POST
def case_study_withdraw(request: HttpRequest, slug: str) -> HttpResponse:
    """Take it from all readers."""
    study = inside_study(request, slug)
    reader = person(request)
    may = CaseStudy.objects.editable_by(reader) | CaseStudy.objects.publishable_by(reader)
    if not may.filter(pk=study.pk).exists():
        raise PermissionDenied("Its agency or a program officer withdraws a case study.")
    try:
        withdraw_case_study(
            study_id=study.pk,
            revision=_revision(request),
            comment=request.POST.get("comment", "")[:5_000],
            by=reader,
            at=timezone.now(),
        )
    except StaleCaseStudy as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "It is withdrawn: readers see it no more.")
    return redirect("casestudies:case-study-detail", slug=slug)


def _revision(request: HttpRequest) -> int:
    """The revision that was seen; one that is none fits none."""
    said = request.POST.get("revision", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else 0
