"""The columns of a sheet with questions, by which the writer and the reader know each other. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """`key`: the field of an answer or of new evidence that is filled in, or else what it tells."""

    key: str
    title: str
    width: int
    filled: bool = False
    prompt: str = ""


CODE = "code"
EVIDENCE = ("evidence_title", "evidence_dated_on", "evidence_url", "evidence_statement")
DATES = ("planned_on", "evidence_dated_on")
BAND_READ, BAND_FILL = "To read", "To fill in"
COLUMNS = (
    Column(CODE, "Code", 15),
    Column("stage", "Stage", 8),
    Column("title", "Practice", 26),
    Column("question", "Question", 32),
    Column("levels", "What each answer looks like", 62),
    Column("level", "Answer", 20, True, "Choose from the list. Empty: not answered."),
    Column("points", "Points", 8, True, "A whole number."),
    Column("holder", "Who meets it", 18, True, "Choose from the list. Empty: we do ourselves."),
    Column("holder_name", "Their name", 18, True, "Of the parent's platform or of the provider."),
    Column("planned_on", "Planned for", 13, True, "The date, where the answer is that it is planned."),
    Column("reason", "Why it could never apply", 26, True, "Needed where it could never apply to you."),
    Column("note", "Note", 38, True, "What a reader should know; up to 5,000 characters."),
    Column("steps", "First steps", 44),
    Column("examples", "Evidence that helps", 32),
    Column("there", "Evidence so far", 30),
    Column("carried", "Where the answer comes from", 26),
    Column("evidence_title", "New evidence: title", 24, True, "In a few words: what it is."),
    Column("evidence_dated_on", "New evidence: date", 13, True, "The day it was true or was written."),
    Column(
        "evidence_url",
        "New evidence: address",
        30,
        True,
        "Of a link, beginning with https://. The portal never opens it.",
    ),
    Column("evidence_statement", "New evidence: statement", 36, True, "In place of an address: in words."),
)
BY_KEY = {column.key: column for column in COLUMNS}
NEEDED = (CODE, "level")  # what tells a sheet with questions from any other

# Where the workbook keeps what the portal signed. A cell holds 32,767 characters at the most.
SEAL_SHEET, CHOICES_SHEET = "_portal", "_choices"
SEAL_MARK = "Maturity Portal workbook: do not change this sheet"
SEAL_CHUNK = 30_000


def columns_for(in_points: bool, carried: bool = True) -> tuple[Column, ...]:
    """The columns of a sheet; points only in models that are answered in points, and where answers come
    from only where some were carried from an earlier assessment."""
    left_out = {"points": not in_points, "carried": not carried}
    return tuple(column for column in COLUMNS if not left_out.get(column.key, False))
