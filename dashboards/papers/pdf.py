"""Writing a PDF from HTML: tagged, PDF/UA-1, the same bytes for the same text. Pure but for reading fonts.

WeasyPrint needs Pango, a library of the system. The portal runs without it; only a PDF cannot be made then.
"""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

HERE = Path(__file__).parent
STYLE = HERE.parent / "static" / "papers" / "paper.css"
PRINT = HERE / "print.css"
HOW_TO_INSTALL = (
    "PDFs need the library Pango, which is not on this machine. On Debian and Ubuntu: "
    "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0. Then start the workers again. "
    "PowerPoint and Excel need nothing."
)


class CannotMakePdf(Exception):
    """What PDFs are made with is missing; says what to install."""


def write_pdf(variants: Sequence[str], *, pages: int | None, fonts: Path) -> bytes:
    """The first of these HTML texts (roomy to tight) that takes at most `pages` pages, as PDF/UA-1; else the
    last. `fonts`: the folder with the portal's fonts. Raises CannotMakePdf.
    """
    library = _weasyprint()
    fetcher = _fetcher(fonts)
    text = STYLE.read_text() + PRINT.read_text().replace("FONTS", fonts.as_uri())
    document, html = None, ""
    for html in variants:
        configuration = library.text.fonts.FontConfiguration()
        style = library.CSS(string=text, url_fetcher=fetcher, font_config=configuration)
        document = library.HTML(string=html, url_fetcher=fetcher).render(
            stylesheets=[style], font_config=configuration, pdf_variant="pdf/ua-1"
        )
        if pages is None or len(document.pages) <= pages:
            break
    if document is None:
        raise ValueError("there is nothing to write")
    identifier = sha256(html.encode()).hexdigest()[:32].encode()
    found: bytes = document.write_pdf(pdf_variant="pdf/ua-1", pdf_identifier=identifier)
    return found


def _weasyprint() -> Any:
    try:
        import weasyprint
    except OSError as error:  # of the system's libraries that it loads
        raise CannotMakePdf(HOW_TO_INSTALL) from error
    return weasyprint


def _fetcher(fonts: Path) -> Any:
    """A paper loads nothing but the portal's own fonts, whatever stands in it."""
    from weasyprint.urls import URLFetcher

    class OwnFontsOnly(URLFetcher):
        def fetch(self, url: str, headers: Any = None) -> Any:
            parts = urlsplit(url)
            path = Path(unquote(parts.path)).resolve()  # so that ".." leads nowhere
            if parts.scheme != "file" or parts.netloc or not path.is_relative_to(fonts.resolve()):
                raise ValueError(f"a paper may not load {url}")
            return super().fetch(url, headers)

    return OwnFontsOnly(allowed_protocols={"file"})
