"""`python manage.py prepare_portal`: bring the database and the content up to this version of the portal."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from portal.search.queries import is_empty


class Command(BaseCommand):
    help = "Migrate the database and load models, instruments, library and case studies; safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("createcachetable", verbosity=0)
        call_command("migrate", interactive=False, verbosity=0)
        nothing_to_find = is_empty()  # a new portal, or one from before there was a search
        # Not packs/examples, which whoever wants them loads.
        for model in sorted((settings.BASE_DIR / "maturity" / "packs").glob("*/model.yaml")):
            call_command("import_model", str(model.parent), stdout=self.stdout)
        call_command("import_instruments", stdout=self.stdout)
        # After the models and instruments: its entries may name what these hold.
        call_command("import_library", stdout=self.stdout)
        call_command("import_case_studies", stdout=self.stdout)
        if nothing_to_find:
            call_command("rebuild_search", stdout=self.stdout)
