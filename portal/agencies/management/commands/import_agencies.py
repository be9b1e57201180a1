"""Read a list of agencies in from a CSV file."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from portal.agencies.import_plan import Plan
from portal.agencies.import_reading import COLUMNS, parse_columns
from portal.agencies.import_report import report_lines
from portal.agencies.models import Program
from portal.agencies.services_import import ImportRefused, import_agencies, plan_file
from portal.agencies.sheets import Problem, UnreadableFile


class Command(BaseCommand):
    """`import_agencies FILE --columns name=Bureau,parent=Agency`: all or nothing, safe to repeat."""

    help = "Read a list of agencies in from a CSV file; see docs/import-agencies.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file and how to read it."""
        parser.add_argument("file", type=Path, help="a CSV file in UTF-8 with a header")
        parser.add_argument(
            "--columns",
            required=True,
            help=f"FIELD=COLUMN,… as in name=Bureau,parent=Agency. Fields: {', '.join(COLUMNS)}",
        )
        parser.add_argument("--program", metavar="SLUG", help="all agencies of the file join this program")
        parser.add_argument(
            "--members-from",
            type=date.fromisoformat,
            metavar="YYYY-MM-DD",
            help="the day on which they join it (default: today)",
        )
        parser.add_argument(
            "--partial", action="store_true", help="read the good rows in, leave the bad ones out"
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, or name each bad row."""
        program = self._program(options["program"])
        if options["members_from"] and program is None:
            raise CommandError("--members-from needs --program.")
        file: Path = options["file"]
        try:
            content = file.read_bytes()
            columns = parse_columns(options["columns"])
            if options["dry_run"]:
                self._dry_run(content, columns, program, options["partial"], options["members_from"])
                return
            plan = import_agencies(
                content=content,
                file_name=file.name,
                columns=columns,
                program=program,
                changeable=None,
                partial=options["partial"],
                by=None,
                at=timezone.now(),
                members_from=options["members_from"],
            )
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        except UnreadableFile as error:
            raise CommandError(self._refusal(error.problems)) from error
        except ImportRefused as error:
            raise CommandError(self._refusal(error.plan.problems)) from error
        self._report(plan, done=True)

    def _program(self, slug: str | None) -> Program | None:
        if slug is None:
            return None
        program = Program.objects.filter(slug=slug).first()
        if program is None:
            there = ", ".join(Program.objects.values_list("slug", flat=True)) or "none"
            raise CommandError(f"There is no program {slug!r}. Programs: {there}.")
        return program

    def _dry_run(
        self, content: bytes, columns: dict[str, str], program: Program | None, partial: bool, on: date | None
    ) -> None:
        on = on or timezone.localdate()
        plan = plan_file(content=content, columns=columns, program=program, changeable=None, on=on)
        if plan.problems and not partial:
            raise CommandError(self._refusal(plan.problems))
        self._report(plan, done=False)

    def _report(self, plan: Plan, *, done: bool) -> None:
        for problem in plan.problems:
            self.stderr.write(f"  {problem}")
        for line in report_lines(plan.summary, done=done):
            self.stdout.write(line)

    def _refusal(self, problems: tuple[Problem, ...]) -> str:
        return "The file is refused, nothing was changed:\n" + "\n".join(
            f"  {problem}" for problem in problems
        )
