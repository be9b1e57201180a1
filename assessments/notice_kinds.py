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
        slug="review-reply",
        name="A reply to a reviewer's question or level",
        sentence="There is a new reply in the review of {}.",
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
)
