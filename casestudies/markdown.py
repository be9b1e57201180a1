"""People's Markdown as safe HTML. Pure.

CommonMark with tables. HTML in the text is shown as it was typed. Links are http or https; pictures of other
hosts are links to them. Headings begin below the page's own and leave no rank out. What comes out has passed
a list of allowed tags a second time, by a parser of its own.
"""

from collections.abc import Sequence
from functools import cache
from html import escape
from typing import TYPE_CHECKING, cast

from portal.agencies.text import is_web_address

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.renderer import RendererHTML
    from markdown_it.token import Token
    from markdown_it.utils import EnvType, OptionsDict

MOST_CHARACTERS = 60_000
MOST_DEPTH = 16  # of quotes and lists within each other
# More than people ever need in one paragraph; each unclosed one makes the reader look through all the rest.
MOST_BRACKETS = 400
LOWEST_RANK = 6

_TAGS = {
    "p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "strong", "em", "code", "pre", "blockquote", "ul", "ol",
    "li", "a", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href"}, "ol": {"start"}}
_REL = "noopener noreferrer external"


class CannotRender(ValueError):
    """The text is longer or deeper than is shown; says what would be right."""


def render(text: str, *, first_rank: int = 2) -> str:
    """`text` as HTML that may be put into a page, its highest heading of rank `first_rank`. Raises
    CannotRender."""
    if fault := fault_of_markdown(text):
        raise CannotRender(fault)
    import nh3

    parser = _parser()
    tokens = parser.parse(text)
    _shift_headings(tokens, first_rank)
    html = parser.renderer.render(tokens, parser.options, {})
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https"},
        link_rel=_REL,
        strip_comments=True,
    )


def plain_text(text: str) -> str:
    """The words of `text` without the signs of Markdown, in one line; what cannot be rendered, as it is."""
    if fault_of_markdown(text):
        return " ".join(text.split())
    parser = _parser()
    renderer = cast("RendererHTML", parser.renderer)
    parts: list[str] = []
    for token in parser.parse(text):
        if token.type == "inline":
            parts.append(renderer.renderInlineAsText(token.children, parser.options, {}))
        elif token.type in {"fence", "code_block"}:
            parts.append(token.content)
    return " ".join(" ".join(parts).split())


def fault_of_markdown(text: str) -> str | None:
    """Why `text` cannot be kept, or None if it can."""
    if len(text) > MOST_CHARACTERS:
        return f"The text has {len(text):,} characters; {MOST_CHARACTERS:,} are the most."
    for number, paragraph in _paragraphs(text):
        if paragraph.count("[") > MOST_BRACKETS:
            return (
                f"The paragraph at line {number} opens more than {MOST_BRACKETS} square brackets; split it."
            )
    return None


def _paragraphs(text: str) -> list[tuple[int, str]]:
    """The blocks between blank lines, each with the number of its first line."""
    found: list[tuple[int, list[str]]] = []
    blank = True
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            blank = True
            continue
        if blank:
            found.append((number, []))
        found[-1][1].append(line)
        blank = False
    return [(number, "\n".join(lines)) for number, lines in found]


def _shift_headings(tokens: "list[Token]", first_rank: int) -> None:
    """Headings as an outline without gaps: a level below the last higher one, whatever was typed."""
    open_levels: list[int] = []
    rank = first_rank
    for token in tokens:
        if token.type == "heading_open":
            level = int(token.tag[1])
            while open_levels and open_levels[-1] >= level:
                open_levels.pop()
            open_levels.append(level)
            rank = min(first_rank + len(open_levels) - 1, LOWEST_RANK)
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{rank}"


def _picture(
    renderer: "RendererHTML", tokens: "Sequence[Token]", idx: int, options: "OptionsDict", env: "EnvType"
) -> str:
    """A link to the picture; within a link its words alone."""
    token = tokens[idx]
    words = renderer.renderInlineAsText(token.children, options, env) or "Picture"
    shown = escape(words)
    depth = sum((one.type == "link_open") - (one.type == "link_close") for one in tokens[:idx])
    address = token.attrGet("src")
    if depth > 0 or not address:
        return shown
    return f'<a href="{escape(str(address))}">{shown}</a>'


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": MOST_DEPTH}).enable("table")
    parser.validateLink = is_web_address  # type: ignore[method-assign, assignment]
    parser.add_render_rule("image", _picture)
    return parser
