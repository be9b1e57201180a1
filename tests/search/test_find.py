"""Finding: the same on both databases, for every role, whatever is typed."""

import pytest
from django.db import transaction

from portal.agencies.models import Agency
from portal.search.models import SearchRow
from portal.search.queries import Found, Place, counts_of, find, places_of
from portal.search.rows import Row
from portal.search.services import remove_row, replace_kind, write_row, write_rows
from tests.world import PERSONAS, World

pytestmark = pytest.mark.django_db

LIBRARY = [
    Row("orchestration", "Orchestration", "/library/orchestration/", "Kubernetes places pods on nodes."),
    Row("cis-1-2-3", "1.2.3 Token authentication is off", "/library/cis/", "Set the flag of the API server."),
    Row("cis-1-2-30", "1.2.30 Encryption at rest", "/library/cis30/", "Set the encryption provider."),
    Row(
        "t1610",
        "Deploy a container",
        "/library/t1610/",
        "An attacker runs an image.",
        words="T1610 T1611.001",
    ),
    Row("ci-cd", "CI/CD pipelines", "/library/ci-cd/", "A multi-stage build of many images."),
    Row("resume", "The Résumé of José", "/library/resume/", "Straße, naïve and Ångström."),
    Row("it", "IT services", "/library/it/", "What the office for information technology does."),
    Row("podman", "Podman", "/library/podman/", "Runs a container without a daemon."),
    Row("pod", "Pod", "/library/pod/", "The smallest unit that is deployed."),
]


@pytest.fixture
def library(db: None) -> None:
    replace_kind(kind="library", rows=LIBRARY)


def keys(text: str, **options: object) -> list[str]:
    return [hit.key for hit in find(text=text, agencies=(), **options).hits]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("orchestration", "orchestration"),
        ("ORCHESTRATION", "orchestration"),
        ("orchestrating", "orchestration"),  # by its stem
        ("orch", "orchestration"),  # while it is typed
        ("orchestrati", "orchestration"),  # beyond its stem
        ("nodes kuber", "orchestration"),
        ("node", "orchestration"),
        ("t1610", "t1610"),
        ("T16", "t1610"),
        ("T1611.001", "t1610"),
        ("1.2.3", "cis-1-2-3"),
        ("cis-1-2-3", "cis-1-2-3"),
        ("CI/CD", "ci-cd"),
        ("ci cd", "ci-cd"),
        ("CI", "ci-cd"),
        ("multi-stage", "ci-cd"),
        ('"build of many"', "ci-cd"),
        ("“build of many”", "ci-cd"),
        ("resume", "resume"),
        ("Résumé", "resume"),
        ("strasse", "resume"),
        ("angstrom", "resume"),
        ("it", "it"),  # nothing but a word that elsewhere does not count
        ("what does the office do", "it"),
        ("pod", "pod"),  # what is called exactly so comes first
        ("podm", "podman"),
    ],
)
def test_it_finds(library: None, text: str, first: str):
    assert keys(text)[0] == first


@pytest.mark.parametrize(
    "text",
    ['"many build of"', "1.2.4", "orchestrationx", "zzz", "secretary", "1.2.3000"],
)
def test_it_does_not_find(library: None, text: str):
    assert keys(text) == []


@pytest.mark.parametrize(
    ("text", "found", "any_term"),
    [
        ("kubernetes vs podman", {"orchestration", "podman"}, True),  # no row has both
        ("kubernetes versus pods", {"orchestration"}, False),
        ("podman zzz", {"podman"}, True),
        ('"many build of" pod', {"pod", "podman", "orchestration"}, True),
        ("vs", set(), False),
        ("zzz yyy", set(), False),
    ],
)
def test_where_not_all_words_occur_any_is_enough(library: None, text: str, found: set[str], any_term: bool):
    answer = find(text=text, agencies=())
    assert ({hit.key for hit in answer.hits}, answer.total) == (found, len(found))
    assert answer.any_term == any_term or not found


def test_a_number_is_never_the_beginning_of_another(library: None):
    assert keys("1.2.3") == ["cis-1-2-3"]


NONSENSE = [
    "",
    " ",
    '"',
    '""',
    '"a',
    "'",
    "' OR 1=1 --",
    "AND OR NOT",
    "NEAR(a b)",
    "a & | ! b",
    "a:* <-> b",
    "title : pod",
    "{title} : x",
    "pod*",
    "*",
    "^pod",
    "-pod",
    "pod AND",
    "(((((",
    "\\",
    "%s %d %",
    "\0",
    "po\0d",
    "🙂",
    "🙂 pod 🙂",
    "\ud800",
    "x" * 10_000,
    "pod " * 10_000,
    '"pod" ' * 5_000,
    "½ ² Ⅷ ﬁ",
    "e\u0301" * 100,
    "\u202etxet",
    "𐐀𐐁 ꙮ ﷽",
    "<script>alert(1)</script>",
]


@pytest.mark.parametrize("text", NONSENSE, ids=range(len(NONSENSE)))
def test_nonsense_raises_nothing(library: None, text: str):
    with transaction.atomic():
        assert isinstance(find(text=text, agencies=Agency.objects.all()), Found)


@pytest.mark.parametrize("text", ["pod*", "-pod", "^pod", "(pod", "po\0d pod", "🙂 pod", "NOT pod", "!pod"])
def test_what_looks_like_an_operator_is_none(library: None, text: str):
    assert "pod" in keys(text) or text in {"po\0d pod"}


def test_marks_say_which_words_were_looked_for(library: None):
    (hit,) = find(text="deployed smallest", agencies=()).hits
    assert [piece.text for piece in hit.snippet if piece.found] == ["smallest", "deployed"]
    assert "".join(piece.text for piece in hit.snippet) == "The smallest unit that is deployed."


def test_kinds_are_counted_whatever_is_asked_for(library: None):
    write_row(kind="practice", row=Row("run-pods", "Run pods", "/p/"))
    found = find(text="pod", agencies=(), kinds=["practice"])
    assert [hit.kind for hit in found.hits] == ["practice"]
    assert (found.total, found.counts) == (1, {"library": 3, "practice": 1})
    assert counts_of(()) == {"library": len(LIBRARY), "practice": 1}


def test_pages_are_bounded(db: None):
    write_rows(kind="library", rows=[Row(f"row-{n}", f"Alike {n:04}", "/") for n in range(1100)])
    found = find(text="alike", agencies=(), page=3)
    assert (found.total, found.page, found.pages, len(found.hits)) == (1100, 3, 50, 20)
    assert find(text="alike", agencies=(), page=10_000).page == 50
    assert find(text="alike", agencies=(), page=-1).page == 1
    every = [hit.key for page in range(1, 51) for hit in find(text="alike", agencies=(), page=page).hits]
    assert len(set(every)) == 1000


def test_places_by_key_in_one_query(library: None, queries_of, world: World):
    write_row(kind="practice", row=Row("pod", "A practice", "/p/"))
    write_row(kind="agency", row=Row("grid", "Grid", "/agencies/grid/", agency_id=world.grid.pk))
    wanted = ["pod", "ci-cd", "grid", "unknown"]
    assert places_of(wanted) == {
        "pod": Place("library", "Pod", "/library/pod/"),
        "ci-cd": Place("library", "CI/CD pipelines", "/library/ci-cd/"),
    }
    assert places_of(["pod"], kinds=["practice"])["pod"].kind == "practice"
    assert queries_of(lambda: places_of(wanted)) == 1


def test_writing_is_safe_to_repeat_and_what_goes_is_found_no_longer(library: None):
    replace_kind(kind="library", rows=LIBRARY)
    assert SearchRow.objects.count() == len(LIBRARY)
    write_row(kind="library", row=Row("pod", "Peapod", "/library/pod/"))
    assert keys("smallest") == []
    assert keys("peapod") == ["pod"]
    remove_row(kind="library", key="pod")
    remove_row(kind="library", key="pod")
    assert keys("peapod") == []
    assert replace_kind(kind="library", rows=LIBRARY[:2]) == 2
    assert keys("podman") == []
    assert keys("orchestration") == ["orchestration"]


def test_what_has_not_changed_is_not_written_again(library: None, queries_of):
    before = dict(SearchRow.objects.values_list("key", "updated_at"))
    replace_kind(kind="library", rows=[*LIBRARY[1:], Row("orchestration", "Another", "/x/")])
    after = dict(SearchRow.objects.values_list("key", "updated_at"))
    assert [key for key in before if before[key] != after[key]] == ["orchestration"]


def test_a_row_goes_with_the_transaction_of_its_thing(library: None):
    with transaction.atomic():
        write_row(kind="library", row=Row("gone", "Gone astray", "/"))
        assert keys("astray") == ["gone"]
        transaction.set_rollback(True)
    assert keys("astray") == []


def test_a_kind_that_there_is_not_is_refused(db: None):
    with pytest.raises(ValueError, match=r"no kind 'thing'.*library, practice"):
        write_row(kind="thing", row=Row("a", "A", "/"))


VISIBLE = {
    "administrator": {"energy", "grid", "mines", "parks", "trails"},
    "viewer": {"energy", "grid", "mines"},
    "reviewer": {"energy", "grid", "mines"},
    "officer": {"energy", "grid", "mines"},
    "contributor": {"grid"},
    "lead": {"grid"},
    "outsider": {"trails"},
}


def test_every_role_has_an_expectation():
    assert set(VISIBLE) == set(PERSONAS) - {"anonymous"}


@pytest.mark.parametrize("persona", VISIBLE)
def test_an_agency_is_found_and_counted_only_by_who_may_see_it(persona: str, world: World):
    names = ("energy", "grid", "mines", "parks", "trails")
    write_rows(
        kind="agency",
        rows=[Row(name, f"Bureau of {name}", "/", agency_id=getattr(world, name).pk) for name in names],
    )
    agencies = Agency.objects.visible_to(world.people[persona])
    found = find(text="bureau", agencies=agencies)
    assert {hit.key for hit in found.hits} == VISIBLE[persona]
    assert (found.total, found.counts) == (len(VISIBLE[persona]), {"agency": len(VISIBLE[persona])})
    assert counts_of(agencies) == found.counts
    for name in names:
        assert {hit.key for hit in find(text=name, agencies=agencies).hits} == {name} & VISIBLE[persona]
    ids = set(agencies.values_list("pk", flat=True))
    assert find(text="bureau", agencies=ids).counts == found.counts


def test_who_sees_no_agency_finds_none(world: World):
    write_row(kind="agency", row=Row("grid", "Grid", "/", agency_id=world.grid.pk))
    for nobody in (Agency.objects.none(), (), Agency.objects.filter(pk__in=[])):
        assert find(text="grid", agencies=nobody) == Found()
        assert counts_of(nobody) == {}


def test_two_queries(library: None, world: World, queries_of):
    world.viewer.grants  # noqa: B018 - read once per request
    assert queries_of(lambda: find(text="pod", agencies=Agency.objects.visible_to(world.viewer))) == 2
