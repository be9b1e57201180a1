"""What somebody tries with papers."""

from dataclasses import replace
from pathlib import Path

import pytest

from dashboards.papers.pdf import _fetcher
from dashboards.services_papers import write_paper
from tests.papers.samples import one_page


@pytest.mark.parametrize(
    "address",
    [
        "https://example.gov/x.png",
        "http://169.254.169.254/latest/meta-data/",
        "data:text/plain,x",
        "file:///etc/passwd",
        "ftp://example.gov/x",
        "FONTS/../secret.txt",
        "FONTS/%2e%2e/secret.txt",
        "FONTS-of-others/secret.txt",
    ],
)
def test_a_paper_loads_nothing_but_the_fonts(tmp_path: Path, address: str):
    fonts = tmp_path / "fonts"
    fonts.mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "fonts-of-others").mkdir()
    (tmp_path / "fonts-of-others" / "secret.txt").write_text("secret")
    (fonts / "a.woff2").write_text("font")
    fetch = _fetcher(fonts)
    assert fetch(f"{fonts.as_uri()}/a.woff2").read() == b"font"
    with pytest.raises(ValueError, match="may not load"):
        fetch(address.replace("FONTS", fonts.as_uri()))


@pytest.mark.parametrize("form", ["pptx", "xlsx"])
@pytest.mark.parametrize("talking", [False, True])
def test_no_text_that_people_write_keeps_a_file_from_being_made(form: str, talking: bool):
    bad = "a\x01\x0b\x7f\ufffe\uffff\ud800 <b>&#1;]]> " + "W" * 190
    page = one_page()
    page = replace(
        page,
        sentence=bad,
        decisions=(bad,),
        corrections=(bad,),
        heading=replace(page.heading, scope=bad, made=bad),
    )
    assert write_paper(page, form, talking=talking)[:2] == b"PK"
