"""Who answers what in an assessment, and how far each of them is."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from assessments.forms_together import AssignForm
from assessments.models import Assessment
from assessments.queries import Sheet, load_sheet
from assessments.queries_assigning import CHALLENGES, Owners, owners_of, part_of, progress_by_person
from assessments.services import NotOpen
from assessments.services_assigning import BadAssignment, StaleAssignment, assign_parts
from assessments.views import crumbs, person, require, seen
from portal.access.models import User
from portal.access.rules import Right
from portal.requests import posted


@dataclass(frozen=True)
class PartLine:
    """One part to tick: its key with whose it is now, as the form sends it, and in words."""

    value: str
    name: str
    owner: User | None
    able: bool
    own: bool  # an assignment of this very part, not its domain's
    items: "tuple[PartLine, ...]" = ()


@require_http_methods(["GET", "POST"])
def person_list(request: HttpRequest, pk: int) -> HttpResponse:
    """How far each person is; the agency's lead assigns domains and items here."""
    assessment = seen(request, pk)
    if request.method == "POST":
        require(request, Right.SUBMIT, assessment)
    sheet, owners = load_sheet(assessment), owners_of(assessment, timezone.localdate())
    form = AssignForm(owners.able, posted(request))
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        try:
            changed = assign_parts(
                assessment_id=pk, wanted=form.cleaned_data["wanted"], by=person(request), at=timezone.now()
            )
        except BadAssignment as error:
            form.add_error(None, str(error))
        except (NotOpen, StaleAssignment) as error:
            form.add_error(None, str(error))
            status = 409
        else:
            count = len(changed)
            messages.success(request, f"{count} assignment{'' if count == 1 else 's'} changed.")
            return redirect("assessments:person-list", pk=pk)
    return _page(request, assessment, sheet, owners, form, status)


def _page(
    request: HttpRequest,
    assessment: Assessment,
    sheet: Sheet,
    owners: Owners,
    form: AssignForm,
    status: int,
) -> HttpResponse:
    may_assign = assessment.is_open and person(request).can(Right.SUBMIT, assessment.agency)
    context = {
        "assessment": assessment,
        "lines": progress_by_person(sheet, owners),
        "may_assign": may_assign,
        "form": form,
        "parts": part_lines(sheet, owners) if may_assign else (),
        "ticked": set(request.POST.getlist("part")),
        "crumbs": crumbs(assessment),
    }
    return render(request, "assessments/person_list.html", context, status=status)


def part_lines(sheet: Sheet, owners: Owners) -> list[PartLine]:
    """The domains in the model's order and the challenges, each with its items."""
    names: dict[str, str] = {}
    items: dict[str, list[PartLine]] = {}
    numbers: dict[str, int] = {}
    for slug, item in sheet.items.items():
        part = part_of(item)
        names[part] = item.domain.name if item.domain is not None else "Challenges"
        numbers[part] = item.domain.number if item.domain is not None else 1_000_000
        items.setdefault(part, []).append(_line(owners, f"item:{slug}", item.title, owners.of(item)))
    return [
        _line(owners, part, names[part], None, tuple(items[part]))
        for part in sorted(names, key=lambda part: (part == CHALLENGES, numbers[part]))
    ]


def _line(
    owners: Owners, part: str, name: str, owner: User | None, items: tuple[PartLine, ...] = ()
) -> PartLine:
    row = owners.by_part.get(part)
    owner = row.person if row is not None else owner
    return PartLine(
        value=f"{part}|{row.person_id if row is not None else ''}",
        name=name,
        owner=owner,
        able=owner is None or owners.may_answer(owner),
        own=row is not None,
        items=items,
    )
