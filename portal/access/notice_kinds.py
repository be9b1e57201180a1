"""What people are told about people."""

from portal.notices.kinds import Kind

KINDS = (
    Kind(
        slug="invitation-accepted",
        name="Somebody accepted your invitation",
        sentence="{} accepted your invitation.",
    ),
)
