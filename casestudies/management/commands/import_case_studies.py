"""Publish case studies from a pack's file, or make drafts of Markdown files."""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from casestudies.pack import PACKS, read_case_studies
from casestudies.services import publish_case_studies
from casestudies.services_import import ImportRefused, Report, files_at, import_files
from maturity.models import Item
from maturity.yamlfile import PackError
from portal.access.models import User
from portal.agencies.models import Agency


class Command(BaseCommand):
    """`import_case_studies [PATH]`: check all of it, then read it in. Safe to repeat."""

    help = (
        "Without a path or with a .yaml file: check and publish the case studies of a pack. With a .md file "
        "or a folder of them: make drafts, which people review; see docs/case-studies.md."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One optional path, and how Markdown is read in."""
        parser.add_argument("path", type=Path, nargs="?", default=PACKS / "sources.yaml")
        parser.add_argument(
            "--as",
            dest="username",
            metavar="USERNAME",
            help="whose drafts they are; this person may not publish them. Without it they are nobody's",
        )
        parser.add_argument(
            "--collection",
            default="",
            metavar="NAME",
            help="keeps files of the same name from different places apart",
        )
        parser.add_argument(
            "--partial", action="store_true", help="make drafts of the good files even if others are wrong"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Read in, or say file, line and reason of each fault."""
        path: Path = options["path"]
        if path.is_dir() or path.suffix.lower() in {".md", ".markdown"}:
            self._drafts(path, options)
        else:
            self._pack(path)

    def _pack(self, path: Path) -> None:
        try:
            model = read_case_studies(path).model
            items = set(Item.objects.filter(version__model__slug=model).values_list("slug", flat=True))
            pack = read_case_studies(path, items)
            done = publish_case_studies(pack=pack, by=None, at=timezone.now())
        except PackError as error:
            raise CommandError(_refusal("file", error.problems)) from error
        self.stdout.write(
            f"{len(pack.case_studies)} case studies with {len(pack.lessons)} lessons: "
            f"{done.created} created, {done.changed} changed, {done.unchanged} unchanged."
        )

    def _drafts(self, path: Path, options: dict[str, Any]) -> None:
        try:
            report = import_files(
                files=files_at(path),
                agencies=Agency.objects.all(),
                by=self._person(options["username"]),
                at=timezone.now(),
                collection=options["collection"],
                partial=options["partial"],
            )
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
        except ImportRefused as error:
            raise CommandError(_refusal("import", error.problems)) from error
        for problem in report.problems:
            self.stderr.write(f"  {problem}")
        self.stdout.write("\n".join(_told(report)))

    def _person(self, username: str | None) -> User | None:
        if username is None:
            return None
        person = User.objects.filter(username=username, is_active=True).first()
        if person is None:
            raise CommandError(f"There is nobody called {username!r}.")
        return person


def _refusal(what: str, problems: list[str]) -> str:
    return "\n".join([f"The {what} is refused, nothing was changed:", *problems])


def _told(report: Report) -> Iterator[str]:
    """What was done, a line for each thing to know."""
    yield (
        f"Case studies as drafts: {len(report.created)} created, {len(report.changed)} changed, "
        f"{len(report.unchanged)} unchanged, {len(report.left)} left as people wrote them since, "
        f"{len(report.problems)} faults."
    )
    yield from (f"  left: {name}" for name in report.left)
    yield from (f"Matched by its own name: {name}." for name in sorted(report.matched))
    if report.unmatched:
        yield f"{len(report.unmatched)} names are no agency's; match them at /case-studies/?show=unmatched:"
        yield from (f"  {name}: {', '.join(files)}" for name, files in sorted(report.unmatched.items()))
    if report.without_agency:
        yield f"No agency is named in: {', '.join(report.without_agency)}."
    if report.notes:
        yield "Changed on the way:"
        yield from (f"  {note}" for note in report.notes)
    if report.unused:
        yield f"Fields not read: {', '.join(sorted(report.unused))}."
