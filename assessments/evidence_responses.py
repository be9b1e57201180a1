"""A file of evidence as a download, for the pages and the API alike."""

import logging

from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_conditional_response
from rest_framework.request import Request

from assessments.evidence_storage import read_all
from assessments.models import Evidence
from assessments.services_evidence import note_download
from portal.access.models import User

logger = logging.getLogger(__name__)
# Nothing in a file may run or load anything, whatever a browser makes of it.
SANDBOX = "default-src 'none'; sandbox; frame-ancestors 'none'"


def file_response(request: HttpRequest | Request, evidence: Evidence, by: User) -> HttpResponseBase:
    """The file of evidence that `by` may see, noted in the audit; unchanged bytes are not sent again.

    Raises Http404 where it has no file, or the bytes are gone.
    """
    file = evidence.file
    if file is None:
        raise Http404
    etag = f'"{file.stored.sha256}"'
    asked = request._request if isinstance(request, Request) else request
    unchanged = get_conditional_response(asked, etag=etag)
    if unchanged is not None:
        return unchanged
    try:
        content = read_all(file.stored.stored_name)
    except FileNotFoundError:
        logger.exception("The bytes of evidence %s are not in the storage; run check_evidence.", evidence.pk)
        raise Http404("The file cannot be read at the moment.") from None
    note_download(evidence=evidence, by=by, at=timezone.now())
    response = FileResponse(content, as_attachment=True, filename=file.name, content_type=file.media_type)
    response["Content-Length"] = str(file.stored.size)
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = SANDBOX
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
