"""Writing a roadmap: actions from the gaps or one's own, targets, milestones. For whoever plans."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from assessments.models import Action, Milestone, Target
from assessments.services_roadmap import (
    BadPlan,
    CannotPlan,
    StalePlan,
    change_action,
    make_action,
    make_recommended,
    remove_milestone,
    save_milestone,
    set_target,
    withdraw_target,
)
from assessments.words import REASON_WORDS
from dashboards.analytics.what_if import card_of
from dashboards.forms_roadmap import (
    LEVEL_CHOICES,
    WHOLE,
    ActionForm,
    GapsForm,
    MilestoneForm,
    TargetForm,
    items_of,
)
from dashboards.queries import what_if as reads
from dashboards.queries.measures import Measure
from dashboards.views.one_agency import Subject, subject_context
from dashboards.views.roadmap import model_query, planned_subject, roadmap_address
from maturity.models import Item
from portal.access.rules import Right
from portal.agencies.models import Agency
from portal.agencies.queries import current_profile
from portal.requests import form_page, posted


@dataclass(frozen=True)
class ItemChoice:
    """An item that an action may move. `told`: why it matters; `planned`: an open action moves it."""

    item: Item
    told: str
    holds: bool
    planned: bool
    chosen: str  # a level, or "on" where it is only chosen; "" where it is not


def _planner(request: HttpRequest, slug: str) -> tuple[Subject, Measure]:
    """The agency for whoever may plan for it. Raises Http404, PermissionDenied."""
    subject, measure = planned_subject(request, slug)
    if not subject.reader.can(Right.SUBMIT, subject.agency):
        raise PermissionDenied("Its roadmap is written by the leads of the agency.")
    return subject, measure


def _page(
    request: HttpRequest, subject: Subject, template: str, here: str, more: Mapping[str, Any], status: int
) -> HttpResponse:
    context = subject_context(subject, request)
    back = roadmap_address(request, subject)
    crumbs = [*context["crumbs"], ("Roadmap", back)]
    context |= {"here": here, "crumbs": crumbs, "back": back, "query": model_query(request)} | dict(more)
    return render(request, f"dashboards/{template}.html", context, status=status)


def _status(form: forms.Form, stale: StalePlan | None = None) -> int:
    if stale is not None:
        return 409
    return 422 if form.is_bound else 200


def _tell(form: forms.Form, error: BadPlan | CannotPlan | StalePlan) -> None:
    """Put what the service says into the form, by field where it names one."""
    if not isinstance(error, BadPlan):
        form.add_error(None, str(error))
        return
    for name, message in error.errors.items():
        form.add_error(name if name in form.fields else None, message)


def _read_again(form: forms.Form, seen: Mapping[str, Any]) -> None:
    """Once a person was told what it says now, sending the form again writes over that."""
    data: Any = cast(Any, form.data).copy()
    for name, value in seen.items():
        data[name] = str(value)
    form.data = data


# --- actions ----------------------------------------------------------------------------------------


@form_page
def roadmap_gaps(request: HttpRequest, slug: str) -> HttpResponse:
    """Choose gaps: each becomes an action with what the questionnaire recommends."""
    subject, measure = _planner(request, slug)
    form = GapsForm(list(subject.agency.milestones.all()), posted(request))
    picked = request.POST.getlist("item")
    if form.is_bound and form.is_valid():
        try:
            made = make_recommended(
                agency=subject.agency,
                version=measure.version,
                items=picked,
                by=subject.reader,
                at=timezone.now(),
                **form.given(),
            )
        except (BadPlan, CannotPlan) as error:
            _tell(form, error)
        else:
            messages.success(request, f"{len(made)} action{'' if len(made) == 1 else 's'} made.")
            return redirect(roadmap_address(request, subject))
    groups = _groups(subject, measure, dict.fromkeys(picked, "on"))
    more = {"form": form, "groups": groups}
    return _page(request, subject, "roadmap_gaps", "Actions from the gaps", more, _status(form))


@form_page
def action_new(request: HttpRequest, slug: str) -> HttpResponse:
    """An action of one's own."""
    subject, measure = _planner(request, slug)
    return _action_page(request, subject, measure, None)


@form_page
def action_edit(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Change an action: also its status."""
    subject, measure = _planner(request, slug)
    found = Action.objects.filter(agency=subject.agency, model=measure.model)
    return _action_page(request, subject, measure, get_object_or_404(found.with_list_relations(), pk=pk))


def _action_page(
    request: HttpRequest, subject: Subject, measure: Measure, action: Action | None
) -> HttpResponse:
    initial = ActionForm.start_of(action) if action else {"status": Action.Status.PLANNED}
    milestones = list(subject.agency.milestones.all())
    form = ActionForm(milestones, settings.CURRENCY, posted(request), initial=initial)
    items = {one.item: one.level for one in action.items.all()} if action else {}
    stale: StalePlan | None = None
    if form.is_bound:
        items = items_of(request.POST)
    if form.is_bound and form.is_valid():
        try:
            _save_action(subject, measure, form, items, action)
        except (BadPlan, CannotPlan) as error:
            _tell(form, error)
        except StalePlan as error:
            stale = error
            _tell(form, error)
            _read_again(
                form, {"revision": error.current.revision if isinstance(error.current, Action) else 0}
            )
        else:
            messages.success(request, "The action is saved.")
            return redirect(roadmap_address(request, subject))
    more = {
        "form": form,
        "action": action,
        "groups": _groups(subject, measure, items),
        "levels": LEVEL_CHOICES,
        "now": stale.current if stale is not None else None,
    }
    here = "Change an action" if action else "New action"
    return _page(request, subject, "roadmap_action", here, more, _status(form, stale))


def _save_action(
    subject: Subject, measure: Measure, form: ActionForm, items: Mapping[str, str], action: Action | None
) -> None:
    fields, by, at = form.given(items), subject.reader, timezone.now()
    if action is None:
        make_action(agency=subject.agency, version=measure.version, fields=fields, by=by, at=at)
        return
    revision = form.cleaned_data["revision"] or 0
    change_action(
        action_id=action.pk, version=measure.version, revision=revision, fields=fields, by=by, at=at
    )


def _groups(
    subject: Subject, measure: Measure, chosen: Mapping[str, str]
) -> list[tuple[int, str, list[ItemChoice], bool]]:
    """The items that may be moved, by stage: number, name, items, whether it is to be open. Without an
    approved result these are all."""
    held = reads.held_of(subject.agency, measure, subject.latest_on) if measure.staged else None
    reasons, holding = {}, set()
    if held is not None:
        card = card_of(reads.rules_for(measure), held.levels)
        reasons = {gap.slug: REASON_WORDS[gap.reason] for gap in card.gaps}
        reasons |= reads.returned_in(held, measure, timezone.localdate())
        holding = {gap.slug for gap in card.holding}
    items = Item.objects.filter(version=measure.version).select_related("stage", "domain")
    open_ones = Action.objects.filter(agency=subject.agency, model=measure.model).still_open()
    planned = set(open_ones.values_list("items__item", flat=True).order_by())
    choices = [
        ItemChoice(
            item,
            reasons.get(item.slug, ""),
            item.slug in holding,
            item.slug in planned,
            chosen.get(item.slug, ""),
        )
        for item in items.order_by("stage__number", "position")
        if held is None or item.slug in reasons or item.slug in chosen
    ]
    found = []
    for number, grouped in groupby(choices, key=lambda one: one.item.stage.number):
        listed = sorted(grouped, key=lambda one: not one.holds)
        opened = any(one.holds or one.chosen for one in listed)
        found.append((number, measure.stage_name(number), listed, opened))
    return found


# --- targets ----------------------------------------------------------------------------------------


@form_page
def target_set(request: HttpRequest, slug: str) -> HttpResponse:
    """Set the stage to be completed by a day, as a whole or in a domain."""
    subject, measure = _planner(request, slug)
    targets = list(Target.objects.in_force().filter(agency=subject.agency, model=measure.model))
    form = TargetForm(measure, posted(request), initial=_target_start(request, subject, targets))
    stale: StalePlan | None = None
    if form.is_bound and form.is_valid():
        try:
            set_target(
                agency=subject.agency,
                version=measure.version,
                domain=form.chosen_domain,
                stage=form.cleaned_data["stage"],
                by_on=form.cleaned_data["by_on"],
                replaces=form.replaces,
                by=subject.reader,
                at=timezone.now(),
            )
        except (BadPlan, CannotPlan) as error:
            _tell(form, error)
        except StalePlan as error:
            stale = error
            _tell(form, error)
            _read_again(form, {"seen": TargetForm.seen_of(targets)})
        else:
            messages.success(request, "The target is set.")
            return redirect(roadmap_address(request, subject))
    current = stale.current if stale is not None else None
    return _page(
        request, subject, "roadmap_form", "Set a target", {"form": form, "target_now": current},
        _status(form, stale),
    )  # fmt: skip


def _target_start(request: HttpRequest, subject: Subject, targets: Sequence[Target]) -> dict[str, Any]:
    """The target in force of the domain asked for; else the stage that the profile names."""
    domain = request.GET.get("domain", "")
    start: dict[str, Any] = {"domain": domain or WHOLE, "seen": TargetForm.seen_of(targets)}
    current = next((one for one in targets if one.domain == domain), None)
    if current is not None:
        return start | {"stage": current.stage, "by_on": current.by_on}
    aim = None if domain else current_profile(subject.agency).get("target_stage")
    return start | ({"stage": aim} if aim else {})


@require_POST
def target_withdraw(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """End a target without another."""
    subject, _ = _planner(request, slug)
    target = get_object_or_404(Target, pk=pk, agency=subject.agency)
    try:
        withdraw_target(target_id=target.pk, by=subject.reader, at=timezone.now())
    except (CannotPlan, StalePlan) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "The target is withdrawn; it stays in the history.")
    return redirect(roadmap_address(request, subject))


# --- milestones -------------------------------------------------------------------------------------


@form_page
def milestone_new(request: HttpRequest, slug: str) -> HttpResponse:
    """A new point on the way."""
    subject, _ = _planner(request, slug)
    return _milestone_page(request, subject, None)


@form_page
def milestone_edit(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Rename or move a milestone."""
    subject, _ = _planner(request, slug)
    return _milestone_page(request, subject, get_object_or_404(Milestone, pk=pk, agency=subject.agency))


def _milestone_page(request: HttpRequest, subject: Subject, row: Milestone | None) -> HttpResponse:
    initial = {name: getattr(row, name) for name in ("title", "due_on", "revision")} if row else {}
    form = MilestoneForm(posted(request), initial=initial)
    stale: StalePlan | None = None
    if form.is_bound and form.is_valid():
        said = form.cleaned_data
        try:
            save_milestone(
                agency=subject.agency,
                title=said["title"],
                due_on=said["due_on"],
                milestone_id=row.pk if row else None,
                revision=said["revision"] or 0,
                by=subject.reader,
                at=timezone.now(),
            )
        except (BadPlan, CannotPlan) as error:
            _tell(form, error)
        except StalePlan as error:
            stale = error
            _tell(form, error)
            _read_again(form, {"revision": row.revision if row else 0})
        else:
            messages.success(request, "The milestone is saved.")
            return redirect(roadmap_address(request, subject))
    here = "Change a milestone" if row else "New milestone"
    more = {"form": form, "milestone": row, "milestone_now": row if stale is not None else None}
    return _page(request, subject, "roadmap_form", here, more, _status(form, stale))


@require_POST
def milestone_remove(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Take a milestone off the roadmap."""
    subject, _ = _planner(request, slug)
    agency: Agency = subject.agency
    try:
        remove_milestone(agency=agency, milestone_id=pk, by=subject.reader, at=timezone.now())
    except Milestone.DoesNotExist as error:
        raise Http404 from error
    except CannotPlan as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "The milestone is removed; its actions stay.")
    return redirect(roadmap_address(request, subject))
