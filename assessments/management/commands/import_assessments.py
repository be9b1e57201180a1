"""Load past assessments from a file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from assessments.import_checking import Problem
from assessments.import_reading import UnreadableFile
from assessments.services_import import Disturbed, ImportRefused, NotAllowed, Report, import_assessments
from portal.access.models import User
from portal.agencies.models import Program

FEDERAL_YEAR_STARTS_IN = 10


class Command(BaseCommand):
    """`import_assessments FILE --as USERNAME`: all or nothing, safe to repeat."""

    help = "Load past assessments from a CSV or JSON file as approved; see docs/import-assessments.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file, who loads it, and what to do where it is not plain."""
        parser.add_argument(
            "file", type=Path, help="CSV with one answer or domain score a row, or .json; UTF-8"
        )
        parser.add_argument(
            "--as",
            required=True,
            dest="username",
            metavar="USERNAME",
            help="the administrator who loads the file; the audit names this person",
        )
        parser.add_argument(
            "--program",
            metavar="SLUG",
            help="whose calendar the periods follow (default: the US federal fiscal year)",
        )
        parser.add_argument(
            "--fill-reasons",
            default="",
            metavar="TEXT",
            help="the reason of not-applicable answers that give none",
        )
        parser.add_argument(
            "--amend", action="store_true", help="correct assessments that the file contradicts by amendments"
        )
        parser.add_argument(
            "--partial",
            action="store_true",
            help="load the assessments of which every row is right and leave the others out",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Load the file, or name each bad row and each conflict."""
        file: Path = options["file"]
        try:
            report = import_assessments(
                path=file,
                year_starts_in=self._year_starts_in(options["program"]),
                fill_reasons=options["fill_reasons"],
                amend=options["amend"],
                partial=options["partial"],
                by=self._person(options["username"]),
                at=timezone.now(),
            )
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        except UnreadableFile as error:
            raise CommandError(f"The file is refused, nothing was changed: {error}.") from error
        except (NotAllowed, Disturbed) as error:
            raise CommandError(str(error)) from error
        except ImportRefused as error:
            raise CommandError(_refusal(error.report)) from error
        for problem in [*report.problems, *report.conflicts]:
            self.stderr.write(f"  {problem}")
        self.stdout.write("\n".join(_told(report)))

    def _person(self, username: str) -> User:
        person = User.objects.filter(username=username).first()
        if person is None:
            raise CommandError(f"There is nobody called {username!r}.")
        return person

    def _year_starts_in(self, slug: str | None) -> int:
        if slug is None:
            return FEDERAL_YEAR_STARTS_IN
        program = Program.objects.filter(slug=slug).first()
        if program is None:
            there = ", ".join(Program.objects.values_list("slug", flat=True)) or "none"
            raise CommandError(f"There is no program {slug!r}. Programs: {there}.")
        return program.year_starts_in


def _refusal(report: Report) -> str:
    lines = ["The file is refused, nothing was changed."]
    if report.problems:
        lines += [f"{_count(len(report.problems), 'row')} cannot be loaded:", *_listed(report.problems)]
    if report.conflicts:
        lines += [
            f"{_count(len(report.conflicts), 'conflict')} with what is in the portal "
            "(--amend corrects what is approved there):",
            *_listed(report.conflicts),
        ]
    return "\n".join(lines)


def _listed(problems: list[Problem]) -> list[str]:
    return [f"  {problem}" for problem in problems]


def _told(report: Report) -> list[str]:
    lines = [
        f"{_count(report.rows, 'row')} read, {_count(report.blank, 'blank line')}, "
        f"{_count(report.merged, 'repeated row')} merged.",
        f"Assessments: {report.created:,} created, {report.amended:,} amended, "
        f"{report.unchanged:,} unchanged, {report.left_out:,} left out; "
        f"{_count(report.answers, 'answer')} with evidence for {report.evidence:,} written.",
    ]
    if report.scores or report.missing:
        lines.append(
            f"Scores of domains: {report.scores:,} written, {report.missing:,} missing in the file, "
            "which is not the same as 0."
        )
    if report.stages_created or report.stages_changed or report.stages_unchanged:
        lines.append(
            f"Declared stages: {report.stages_created:,} created, {report.stages_changed:,} changed, "
            f"{report.stages_unchanged:,} unchanged."
        )
    if report.not_read:
        lines.append(f"Columns not read: {', '.join(report.not_read)}.")
    return lines


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
