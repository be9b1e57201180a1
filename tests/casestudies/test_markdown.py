"""People's Markdown becomes HTML that can harm nobody, and is done with in a moment whatever is sent."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casestudies.markdown import MOST_CHARACTERS, CannotRender, fault_of_markdown, render


def test_what_people_write_is_shown():
    html = render("A **bold** step\n\n- one\n- two\n\n> said\n\n| a | b |\n|---|---|\n| 1 | 2 |")
    for part in ("<strong>bold</strong>", "<li>one</li>", "<blockquote>", "<td>1</td>"):
        assert part in html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        "<!-- <b>hidden</b> --> seen",
        "<iframe src='https://evil.example'></iframe>",
        "<style>body{display:none}</style>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "`<b>`",
        "```<script>\n<b>\n```",
        "| <b>a</b> |\n|---|\n| <i>b</i> |",
    ],
)
def test_html_is_shown_as_it_was_typed(text: str):
    html = render(text)
    assert not re.search(r"<(?!/?(p|code|pre|table|thead|tbody|tr|th|td)\b)", html)


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        "&#106;avascript:alert(1)",
        "%6aavascript:alert(1)",
        "vbscript:x",
        "data:text/html,<script>alert(1)</script>",
        "data:image/png;base64,AAAA",
        "file:///etc/passwd",
        "//evil.example/",
        "/account/",
        "mailto:somebody@example.gov",
        "https://",
    ],
)
@pytest.mark.parametrize("form", ["[x]({})", "![x]({})", "<{}>", "[x][1]\n\n[1]: {}"])
def test_only_web_addresses_become_links(form: str, address: str):
    assert "<a" not in render(form.format(address))


def test_links_say_nothing_of_where_they_are_followed_from():
    assert render("[x](https://example.gov/?a=1&b=2)") == (
        '<p><a href="https://example.gov/?a=1&amp;b=2" rel="noopener noreferrer external">x</a></p>\n'
    )


def test_a_picture_of_another_host_is_a_link_to_it():
    html = render("![The *board*](https://example.gov/board.png)")
    assert "<img" not in html
    assert ">The board</a>" in html
    assert 'href="https://example.gov/board.png"' in html


def test_a_picture_within_a_link_is_its_words():
    html = render("[![The board](https://example.gov/board.png)](https://example.gov/)")
    assert html.count("<a ") == 1
    assert ">The board</a>" in html


@pytest.mark.parametrize(
    ("text", "first", "ranks"),
    [
        ("# A\n\n## B\n\n# C", 2, ["h2", "h3", "h2"]),
        ("### A\n\n###### B\n\n### C", 2, ["h2", "h3", "h2"]),
        ("# A", 4, ["h4"]),
        ("# A\n\n## B\n\n### C\n\n#### D\n\n##### E\n\n###### F", 3, ["h3", "h4", "h5", "h6", "h6", "h6"]),
        ("## A\n\n# B\n\n## C", 2, ["h2", "h2", "h3"]),
    ],
)
def test_headings_are_below_the_page_s_and_leave_no_rank_out(text: str, first: int, ranks: list[str]):
    assert re.findall(r"<(h\d)>", render(text, first_rank=first)) == ranks


@pytest.mark.parametrize(
    "unit",
    [
        "> ",
        ">",
        "- ",
        "  - x\n",
        "*a ",
        "**",
        "_*",
        "`",
        "<",
        "(](<b",
        ("[" * 399 + "\n\n"),
        ("![a](" * 399 + "\n\n"),
        "&",
        "|a",
        "# a\n",
        "a**b",
        "\\",
        "\n",
    ],
)
def test_deep_and_long_text_takes_no_time(unit: str):
    # Of the processor alone, however busy the machine is; what grows with the square takes minutes.
    began = time.process_time()
    html = render((unit * MOST_CHARACTERS)[:MOST_CHARACTERS])
    assert time.process_time() - began < 30
    assert html.count("<blockquote>") < 20


def test_a_megabyte_is_refused_at_once():
    began = time.process_time()
    with pytest.raises(CannotRender, match="1,000,000 characters; 60,000 are the most"):
        render("a" * 1_000_000)
    assert time.process_time() - began < 5


def test_a_paragraph_of_open_brackets_is_refused_with_its_line():
    assert fault_of_markdown("one\n\n" + "[" * 401) == (
        "The paragraph at line 3 opens more than 400 square brackets; split it."
    )
    assert fault_of_markdown("[x](https://example.gov) " * 300) is None


@given(st.text(max_size=300))
def test_whatever_is_written_only_allowed_tags_come_out(text: str):
    for tag in re.findall(r"<\s*/?\s*([a-zA-Z!][^\s>/]*)", render(text)):
        assert tag in {
            "p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "strong", "em", "code", "pre", "blockquote", "ul",
            "ol", "li", "a", "table", "thead", "tbody", "tr", "th", "td",
        }  # fmt: skip
