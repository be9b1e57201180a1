"""Files to bring as evidence, and bringing them."""

import zipfile
from datetime import date
from io import BytesIO
from typing import Any

from assessments.evidence_content import DOCX, XLSX
from assessments.models import Evidence
from assessments.services_answers import EvidenceFields
from assessments.services_evidence import Upload, upload_evidence
from portal.access.models import User
from tests.assessments.conftest import Case
from tests.factories import NOW

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
PARTS = {DOCX: "word/document.xml", XLSX: "xl/workbook.xml"}


def archive(entries: dict[str, bytes]) -> bytes:
    """A zip of these entries, in their order."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in entries.items():
            made.writestr(name, content)
    return out.getvalue()


def office(kind: str = DOCX, **more: bytes) -> bytes:
    """A file of Word or Excel as far as its list of parts goes; `more`: further parts."""
    types = f'<Types><Override ContentType="{kind}.main+xml"/></Types>'.encode()
    return archive({"[Content_Types].xml": types, PARTS[kind]: b"<w/>", **more})


def described(**fields: Any) -> EvidenceFields:
    """What is said of a file."""
    said: dict[str, Any] = {"kind": "file", "title": "Scan report", "dated_on": date(2026, 11, 1)}
    return EvidenceFields(**(said | fields))


def bring(
    case: Case,
    content: bytes = PDF,
    name: str = "report.pdf",
    item: str = "train-staff",
    by: User | None = None,
    **fields: Any,
) -> Evidence:
    """Upload a file for an item of the case."""
    return upload_evidence(
        assessment_id=case.assessment.pk,
        item_slug=item,
        upload=Upload(BytesIO(content), name, len(content)),
        evidence=described(**fields),
        by=by or case.world.contributor,
        at=NOW,
    )
