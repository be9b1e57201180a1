"""What people are told about background jobs."""

from portal.notices.kinds import Email, Kind

KINDS = (
    Kind(
        slug="job-failed",
        name="A background job that you asked for could not be done",
        sentence="Your background job could not be done: {}.",
        email=Email.NOW,
    ),
)
