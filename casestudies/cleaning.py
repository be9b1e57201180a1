"""Markdown of other sites as plain Markdown: their HTML and template tags become text. Pure.

Nothing is passed over in silence: every kind of change is told with the line where it was made first.
"""

import re
from collections.abc import Callable
from html import unescape

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_TESTIMONIAL = re.compile(r"\{%-?\s*include\s+[\"']?testimonial.*?%\}", re.DOTALL)
_TEMPLATE = re.compile(r"\{%.*?%\}", re.DOTALL)
_TEMPLATE_LINK = re.compile(r"(?<!!)\[([^\[\]\n]{1,500})\]\([^()\s]*\{\{[^{}]*\}\}[^()\s]*\)")
_VARIABLE = re.compile(r"\{\{[^{}\n]*\}\}")
_PART = re.compile(r"\b(\w{1,40})\s*:\s*\"((?:[^\"\\]|\\.)*)\"", re.DOTALL)
_HTML_LINK = re.compile(
    r"<a\s[^<>]*?href\s*=\s*[\"']([^\"'<>\s]{1,500})[\"'][^<>]*>([^<>]{1,500})</a>", re.IGNORECASE
)
_LINK_IN_BRACKETS = re.compile(r"\[(\[[^\[\]\n]{1,500}\]\([^()\s]{1,500}\))\](?!\()")
_HEADING = re.compile(
    r"<div\s+class=[\"']case-study-preheader[^<>]*>([^<>\n]{1,200})</div>[ \t]*\n?", re.IGNORECASE
)
_QUOTE = re.compile(r"<blockquote[^<>]*>(.*?)</blockquote>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"</?[a-zA-Z][^<>\n]{0,500}>")
_RELATIVE_LINK = re.compile(r"(?<!!)\[([^\[\]\n]{1,500})\]\((?!https?://|<)[^()\s]{0,500}\)")


def clean(text: str, first_line: int = 1) -> tuple[str, list[tuple[int, str]]]:
    """`text` without HTML and template tags, and what was changed as (line, what). `first_line`: its own in
    the file."""
    notes: list[tuple[int, str]] = []
    # Pattern, what stands for it, what is told, and by what it ends where that may be far away.
    steps: list[tuple[re.Pattern[str], Callable[[re.Match[str]], str], str, str]] = [
        (_COMMENT, lambda found: "", "comments taken out", "-->"),
        (_TESTIMONIAL, _testimonial, "testimonials kept as quotes", "%}"),
        (_TEMPLATE_LINK, lambda found: found[1], "links of the site's own kept as words", ""),
        (_TEMPLATE, lambda found: "", "template tags taken out", "%}"),
        (_VARIABLE, lambda found: "", "template variables taken out", ""),
        (_HTML_LINK, lambda found: f"[{found[2].strip()}]({found[1]})", "HTML links written as Markdown", ""),
        (_LINK_IN_BRACKETS, lambda found: found[1], "brackets around links taken out", ""),
        (_HEADING, lambda found: f"\n## {found[1].strip()}\n\n", "HTML headings written as Markdown", ""),
        (_QUOTE, lambda found: _as_quote(found[1]), "HTML quotes written as Markdown", "</blockquote>"),
        (_TAG, lambda found: "", "HTML tags taken out, their text kept", ""),
        (_RELATIVE_LINK, lambda found: found[1], "links without https:// kept as words", ""),
    ]
    original = text
    for pattern, replacement, what, last in steps:
        # Up to the last end only: one that is missing is not looked for from every beginning.
        place = text.lower().rfind(last)
        end = len(text) if not last else place + len(last) if place >= 0 else 0
        head, tail = text[:end], text[end:]
        found = pattern.search(head)
        if found is not None:
            notes.append((first_line + _line_of(original, found[0]), what))
            text = pattern.sub(replacement, head) + tail
    text = re.sub(r"\n{3,}", "\n\n", text).strip("\n")
    return text + "\n" if text else "", notes


def _line_of(original: str, found: str) -> int:
    """The number of lines before the first place of `found`, or of a word of it where a step before changed
    the rest."""
    for part in (found, *re.findall(r"[\w./:-]{6,}", found)[:20]):
        if (place := original.find(part)) >= 0:
            return original.count("\n", 0, place)
    return 0


def _testimonial(found: re.Match[str]) -> str:
    parts = {
        name: " ".join(unescape(value.replace('\\"', '"')).split()) for name, value in _PART.findall(found[0])
    }
    who = ", ".join(parts[name] for name in ("attribution", "position", "organization") if parts.get(name))
    if not parts.get("quote"):
        return ""
    return _as_quote(parts["quote"] + (f"\n\n— {who}" if who else ""))


def _as_quote(text: str) -> str:
    """`text` as a quote of Markdown, its own tags taken out."""
    lines = [line.strip() for line in _TAG.sub("", text).strip().splitlines()]
    return "\n\n" + "\n".join(f"> {line}".rstrip() for line in lines) + "\n\n"
