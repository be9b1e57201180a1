"""What people are told about published figures, reports, and what is overdue."""

from portal.notices.kinds import Email, Kind

KINDS = (
    Kind(
        slug="figures-published",
        name="Your agency's figures were published",
        sentence="Figures were published: {}.",
    ),
    Kind(
        slug="figures-corrected",
        name="Published figures of your agency were corrected",
        sentence="Published figures were corrected: {}.",
    ),
    Kind(
        slug="report-ready",
        name="A report that you asked for is ready",
        sentence="Your report is ready: {}.",
        email=Email.NEVER,
    ),
    Kind(
        slug="things-overdue",
        name="Actions or commitments that you answer for are overdue",
        sentence="Overdue: {}.",
        right="see_details",
    ),
    Kind(
        slug="program-overdue",
        name="How much is overdue in your program, once a week",
        sentence="Overdue: {}.",
    ),
)
