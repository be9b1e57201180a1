"""What people are told about assessments and reporting rounds."""

from portal.notices.kinds import Email, Kind

KINDS = (
    Kind(
        slug="assessment-submitted",
        name="An assessment waits for your review",
        sentence="{} was submitted and waits for review.",
        right="review",
    ),
    Kind(
        slug="assessment-returned",
        name="An assessment of your agency was returned",
        sentence="{} was returned: see what to change.",
        right="see_details",
        email=Email.NOW,
    ),
    Kind(
        slug="assessment-approved",
        name="An assessment of your agency was approved",
        sentence="{} was approved.",
        right="see_details",
    ),
    Kind(
        slug="preview-opened",
        name="Your agency's figures are in preview",
        sentence="Figures are in preview, look at them before they are published: {}.",
        right="see_details",
        email=Email.NOW,
    ),
    Kind(
        slug="preview-reply",
        name="A reply about figures in preview",
        sentence="There is a new reply about the figures in preview: {}.",
        right="see_details",
        email=Email.NOW,
    ),
    Kind(
        slug="round-extended",
        name="Your agency may answer until a later day",
        sentence="There is a later due day: {}.",
        right="see_details",
        email=Email.NOW,
    ),
    Kind(
        slug="extension-withdrawn",
        name="A later due day of your agency was withdrawn",
        sentence="The later due day was withdrawn: {}.",
        right="see_details",
        email=Email.NOW,
    ),
    Kind(
        slug="nothing-to-report",
        name="Your agency confirmed that it has nothing to report, or took that back",
        sentence="What was said of having nothing to report has changed: {}.",
        right="see_details",
    ),
    Kind(
        slug="reporting-unit-changed",
        name="Your agency answers for itself no longer, or again",
        sentence="Who answers for whom in a reporting round has changed: {}.",
        right="see_details",
    ),
    Kind(
        slug="round-closed",
        name="A reporting round was closed or opened again",
        sentence="A reporting round was closed or opened again: {}.",
        right="see_details",
    ),
)
