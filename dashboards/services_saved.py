"""Views that people save, name, put in order and delete."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from dashboards.models import SavedView
from dashboards.saved_pages import NotSaveable, saveable
from portal.access.models import User
from portal.agencies.text import fault_of
from portal.audit.services import record

MOST_VIEWS = 50  # of one person
LONGEST_NAME = 120
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is read as another
CODE_LENGTH = 8


class CannotSave(Exception):
    """The view is not saved; the text says why."""


@transaction.atomic
def save_view(*, name: str, address: str, by: User, at: datetime) -> SavedView:
    """Keep a page of the portal, with what is chosen on it, under a name of its own.

    Raises CannotSave.
    """
    name = " ".join(name.split())
    if not name:
        raise CannotSave("Give the view a name.")
    if fault := fault_of(name, LONGEST_NAME):
        raise CannotSave(f"The name {fault}.")
    try:
        path, query = saveable(address)
    except NotSaveable as error:
        raise CannotSave(str(error)) from error
    own = list(_own(by))
    if len(own) >= MOST_VIEWS:
        raise CannotSave(f"You have {MOST_VIEWS} views already: delete one first.")
    if any(view.name == name for view in own):
        raise CannotSave(f"You have a view “{name}” already: choose another name.")
    view = SavedView.objects.create(
        owner=by,
        code="".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH)),
        name=name,
        path=path,
        query=query,
        position=len(own),
        created_at=at,
    )
    record(action="view.saved", obj=view, by=by, at=at)
    return view


@transaction.atomic
def delete_view(*, code: str, by: User, at: datetime) -> None:
    """Delete one of `by`'s own views; its short address leads nowhere from then on.

    Raises SavedView.DoesNotExist.
    """
    own = list(_own(by))
    view = _among(own, code)
    record(action="view.deleted", obj=view, by=by, at=at)
    view.delete()
    _renumber([other for other in own if other.code != code])


@transaction.atomic
def move_view(*, code: str, up: bool, by: User, at: datetime) -> None:
    """Swap one of `by`'s own views with the one before (`up`) or after it; at the end it stays.

    Raises SavedView.DoesNotExist.
    """
    own = list(_own(by))
    view = _among(own, code)
    place = own.index(view)
    other = place - 1 if up else place + 1
    if 0 <= other < len(own):
        own[place], own[other] = own[other], own[place]
        _renumber(own)
        record(action="view.moved", obj=view, by=by, at=at, changes={"position": [place, other]})


def _own(person: User) -> Sequence[SavedView]:
    """The views of a person in their order; the person's row is the lock on them."""
    User.objects.select_for_update().get(pk=person.pk)
    return list(SavedView.objects.filter(owner=person).order_by("position", "pk"))


def _among(own: Sequence[SavedView], code: str) -> SavedView:
    found = next((view for view in own if view.code == code), None)
    if found is None:
        raise SavedView.DoesNotExist(f"You have no view {code!r}.")
    return found


def _renumber(views: Sequence[SavedView]) -> None:
    for position, view in enumerate(views):
        view.position = position
    SavedView.objects.bulk_update(views, ["position"])
