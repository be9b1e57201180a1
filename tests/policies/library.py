"""The library may be read by every person with a log-in."""

import tempfile
from pathlib import Path

from maturity.models import LibraryEntry
from tests.maturity.library import publish, small_library
from tests.policies.kinds import Policy, logged_in
from tests.world import World


def _library(**names: str):
    def made(world: World) -> dict[str, str]:
        if not LibraryEntry.objects.exists():
            with tempfile.TemporaryDirectory() as folder:
                publish(small_library(Path(folder)))
        return names

    return made


POLICIES: dict[str, Policy] = {
    "library:section-list": logged_in(),
    "library:section-detail": logged_in(kwargs=_library(section="basics")),
    "library:shelf-detail": logged_in(kwargs=_library(section="basics", shelf="words")),
    "library_entries:entry-detail": logged_in(kwargs=_library(slug="wo-image")),
    "api:library-shelf-list": logged_in(anonymous=401),
    "api:library-shelf-detail": logged_in(anonymous=401, kwargs=_library(slug="words")),
    "api:library-entry-list": logged_in(anonymous=401),
    "api:library-entry-detail": logged_in(anonymous=401, kwargs=_library(slug="wo-image")),
}
