"""One line of people's text."""

import pytest

from portal.agencies.slugs import LONGEST, RESERVED, make_slug, start_of_slug
from portal.agencies.text import fault_of, is_web_address, one_line


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("  Parks \t", "Parks"),
        ("\u00a0Parks\u00a0", "Parks"),  # no-break spaces
        ("\u200bParks\ufeff", "Parks"),  # zero-width space, byte order mark
        ("\u200fمكتب\u200f", "مكتب"),  # right-to-left marks at the ends
        ("Office of\r\nParks", "Office of Parks"),  # a line break within a cell
        ("Cafe\u0301", "Café"),  # composed
        ("A  B", "A  B"),  # only the ends are trimmed
        ("\u00a0\u200b", ""),
        ("=cmd()|' /C calc'!A0", "=cmd()|' /C calc'!A0"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ],
)
def test_ends_are_trimmed_of_all_that_is_not_seen(raw, kept):
    assert one_line(raw) == kept


@pytest.mark.parametrize(
    "text", ["Parks", "מִשְׂרָד הַפַּארְקִים", "وزارة الطاقة", "می‌خواهم", "=1+1", "<b>", "公園局 🌲"]
)
def test_names_of_every_script_are_kept(text):
    assert fault_of(one_line(text), 300) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("A\0B", r"U\+0000"),
        ("A\x1bB", r"U\+001B"),
        ("A\u202eB", r"direction control U\+202E"),
        ("\u2066A", r"U\+2066"),
    ],
)
def test_what_hides_or_disguises_is_refused_by_its_code(text, reason):
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(fault_of(one_line(text), 300))


def test_the_longest_is_kept_and_one_more_is_not():
    assert fault_of("x" * 300, 300) is None
    assert fault_of("x" * 301, 300) == "has 301 characters; 300 are the most"


@pytest.mark.parametrize(
    ("name", "taken", "within", "slug"),
    [
        ("Department of Energy", set(), "", "department-of-energy"),
        ("Office", {"office"}, "energy", "office-energy"),
        ("Office", {"office", "office-energy"}, "energy", "office-2"),
        ("Office", {"office", "office-2"}, "", "office-3"),
        ("وزارة الطاقة", set(), "", "agency"),
        ("وزارة الطاقة", {"agency"}, "", "agency-2"),
        ("<script>", set(), "", "script"),
    ],
)
def test_slugs_are_readable_and_unique(name, taken, within, slug):
    assert make_slug(name, taken, within=within) == slug


@pytest.mark.parametrize("word", sorted(RESERVED))
def test_no_slug_is_a_word_of_our_own_addresses(word):
    assert make_slug(word.title(), set()) not in RESERVED


def test_a_long_name_gives_a_slug_that_fits():
    name = " ".join(["Interagency"] * 25)
    slug = make_slug(name, set())
    assert len(slug) <= LONGEST
    again = make_slug(name, {slug}, within="x" * 90)
    assert len(again) <= LONGEST
    assert again != slug
    assert slug.startswith(start_of_slug(name))
    assert again.startswith(start_of_slug(name))


@pytest.mark.parametrize("address", ["https://example.gov", "http://example.gov:8080/page?a=1#b"])
def test_whole_addresses_of_the_web(address: str):
    assert is_web_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "example.gov",
        "https://",
        "javascript:alert(1)",
        "ftp://example.gov",
        "https://[::1",
        "https://exa mple.gov",
        "https://example.gov/\u202e",
    ],
)
def test_what_is_no_whole_address_of_the_web(address: str):
    assert not is_web_address(address)
