"""When a new scoring rule comes into force: once all history under it is in the trends."""

from datetime import datetime

from assessments.services_rescoring import put_in_force
from dashboards.models import Scope


def put_rules_in_force(*, at: datetime) -> int:
    """Let rules hold whose history is re-scored and counted in every scope. Returns how many."""
    return 0 if Scope.objects.filter(recount=True).exists() else put_in_force(at=at)
