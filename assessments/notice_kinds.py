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
    Kind(
        slug="evidence-expires",
        name="Evidence of your agency, or that you own, expires within 30 days",
        sentence="Evidence of {} expires within 30 days: see which.",
        right="see_details",
    ),
    Kind(
        slug="exemption-asked",
        name="An exemption waits for your decision",
        sentence="{} asked for an exemption: decide on it.",
        right="review",
    ),
    Kind(
        slug="exemption-decided",
        name="An exemption of your agency was decided on, or ended",
        sentence="An exemption of {} was decided on or ended.",
        right="see_details",
    ),
    Kind(
        slug="exemption-ends",
        name="An exemption of your agency ends within 30 days",
        sentence="An exemption of {} ends within 30 days; then its item is asked again.",
        right="see_details",
    ),
    Kind(
        slug="assigned",
        name="Something of an assessment is assigned to you",
        sentence="Items of an assessment were assigned to you: {}.",
        right="see_details",
    ),
    Kind(
        slug="comment-mention",
        name="Somebody mentions you in a comment",
        sentence="You are mentioned in a comment on {}.",
        right="see_details",
        email=Email.NOW,
    ),
    Kind(
        slug="comment-reply",
        name="A reply to a comment where you took part",
        sentence="There is a new comment where you took part: {}.",
        right="see_details",
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
