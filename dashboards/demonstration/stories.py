"""Case studies of the demonstration: one that is published, and one that waits for its review."""

from datetime import datetime

from casestudies.content import Content, LessonText
from casestudies.queries import FIRST_MODEL, unknown_items, writable_agencies
from casestudies.services_review import publish_case_study, submit_case_study
from casestudies.services_writing import create_case_study
from portal.access.models import User
from portal.access.rules import Role

PUBLISHED = Content(
    title="The harbor lights, one service at a time",
    summary="Two people moved the first service in six weeks. Each later move followed their runbook.",
    body="## How it began\n\nThe hosting contract ended, and nobody wanted to move **everything at once**. "
    "So one small service went first, with a way back that had been rehearsed.\n\n## What it took\n\n"
    "| What | Weeks |\n|---|---|\n| First service | 6 |\n| Each of the next five | 2 |\n\n"
    "> We wrote the runbook while we moved, and not after.\n",
    stages=(2, 3),
    technologies=("Kubernetes", "Docker"),
    dated="2025 to 2026",
    organization="Lighthouse Service",
    may_be_named=True,
    contact="The lead of the Lighthouse Service",
    model=FIRST_MODEL,
    lessons=(
        LessonText(
            "Write the runbook while you move",
            "What is written down afterwards leaves out what went wrong. Theirs had every wrong turn in it.",
            ("am-migration-waves",),
        ),
    ),
)
WAITING = Content(
    title="What we would not do again",
    summary="A platform with every option on made the first year harder than it had to be.",
    body="## Too much at once\n\nWe began with a service mesh, three environments and no training.\n",
    stages=(2, 2),
    dated="2026",
    model=FIRST_MODEL,
)


def show_case_studies(*, people: dict[str, User], at: datetime) -> None:
    """Two case studies of the lead's agency, unless the questionnaire is another one."""
    lead, officer = people[Role.LEAD], people[Role.OFFICER]
    agency = writable_agencies(lead).first()
    if agency is None or unknown_items(PUBLISHED):
        return
    for content in (PUBLISHED, WAITING):
        study = create_case_study(content=content, agency=agency, by=lead, at=at)
        study = submit_case_study(study_id=study.pk, revision=study.revision, by=lead, at=at)
        if content is PUBLISHED:
            publish_case_study(study_id=study.pk, revision=study.revision, by=officer, at=at)
