"""Files of an office suite are packages of files: dated alike, so that two prints are the same. Pure."""

from datetime import datetime
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from lxml import etree

NEVER_MADE = (1980, 1, 1, 0, 0, 0)  # of every file within


def settled(content: bytes, moment: datetime) -> bytes:
    """The same package with every file in it dated alike, the workbooks of its charts included."""
    out = BytesIO()
    with ZipFile(BytesIO(content)) as source, ZipFile(out, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            inside = source.read(name)
            if name.endswith(".xlsx"):
                inside = settled(inside, moment)
            if name == "docProps/core.xml":
                inside = _dated(inside, moment)
            target.writestr(ZipInfo(name, NEVER_MADE), inside, ZIP_DEFLATED)
    return out.getvalue()


def _dated(properties: bytes, moment: datetime) -> bytes:
    """The properties of a workbook with its making at `moment`."""
    tree = etree.fromstring(properties)
    for entry in tree.iter("{http://purl.org/dc/terms/}created", "{http://purl.org/dc/terms/}modified"):
        entry.text = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    return bytes(etree.tostring(tree, xml_declaration=True, encoding="UTF-8", standalone=True))
