"""What is written by each app as its things change, and by rebuild_search all at once."""

from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.urls import resolve

from casestudies.pack import read_case_studies
from casestudies.services import publish_case_studies
from maturity.library.pack import LIBRARY, read_library
from maturity.models import Item
from maturity.pack import read_pack
from maturity.queries_library import names_beside_the_library
from maturity.services import publish_pack
from maturity.services_library import publish_library
from portal.agencies.models import Agency
from portal.agencies.services import create_agency, edit_agency
from portal.agencies.services_import import import_agencies
from portal.search.models import SearchRow
from portal.search.queries import find, places_of
from portal.search.services import rebuild
from tests.factories import NOW, make_agency
from tests.maturity.factories import make_second_model, make_small_model
from tests.world import World

pytestmark = pytest.mark.django_db
PACKS = Path(settings.BASE_DIR)


def titles(text: str, **options: object) -> list[str]:
    return [hit.title for hit in find(text=text, agencies=Agency.objects.all(), **options).hits]


def test_an_agency_is_found_by_all_that_it_is_known_as():
    fields = {"name": "Bureau of Tides", "abbreviation": "BT", "identifier": "015-07"}
    agency = create_agency(fields=fields, parent=None, by=None, at=NOW)
    for text in ("bureau of tides", "tide", "bt", "BT", "015-07", agency.slug):
        assert titles(text) == ["Bureau of Tides"], text
    (hit,) = find(text="bt", agencies=Agency.objects.all()).hits
    assert hit.url == f"/agencies/{agency.slug}/"


def test_an_agency_is_found_by_its_former_names():
    agency = create_agency(fields={"name": "Bureau of Tides"}, parent=None, by=None, at=NOW)
    edit_agency(agency=agency, fields={"name": "Coast Office"}, by=None, at=NOW)
    edit_agency(agency=agency, fields={"name": "Shore Office", "identifier": "S-1"}, by=None, at=NOW)
    for text in ("tides", "coast", "shore", "S-1"):
        assert titles(text) == ["Shore Office"], text
    (hit,) = find(text="tides", agencies=Agency.objects.all()).hits
    said = "".join(piece.text for piece in hit.snippet)
    assert said == "Identifier S-1. Formerly Bureau of Tides, Coast Office"
    SearchRow.objects.all().delete()
    rebuild()
    assert titles("tides") == ["Shore Office"]


def test_what_an_agency_is_not_found_by_does_not_write():
    agency = create_agency(fields={"name": "Bureau of Tides"}, parent=None, by=None, at=NOW)
    before = SearchRow.objects.get(kind="agency").updated_at
    edit_agency(agency=agency, fields={"notes": "Moves house."}, by=None, at=NOW)
    assert SearchRow.objects.get(kind="agency").updated_at == before


def bring_in(rows: list[str]) -> None:
    content = "\n".join(["Name,Code", *rows]).encode()
    columns = {"name": "Name", "identifier": "Code"}
    import_agencies(
        content=content, file_name="a.csv", columns=columns, program=None, changeable=None,
        partial=False, by=None, at=NOW,
    )  # fmt: skip


def test_an_import_writes_its_rows_in_few_queries(queries_of):
    few = queries_of(lambda: bring_in([f"Early {n},E-{n}" for n in range(10)]))
    many = queries_of(lambda: bring_in([f"Office {n},O-{n}" for n in range(400)]))
    assert many <= few + 25  # SQLite takes some dozens of rows at once
    assert titles("O-399") == ["Office 399"]
    bring_in(["Renamed 7,O-7"])
    assert titles('"Office 7"') == titles("renamed") == ["Renamed 7"]


def test_a_published_model_is_found_and_its_rows_lead_to_its_pages():
    version = make_small_model()
    rebuild()
    item = Item.objects.get(version=version, slug="train-staff")
    place = places_of(["train-staff"])["train-staff"]
    assert (place.kind, place.title) == ("practice", item.title)
    match = resolve(place.url)
    assert (match.view_name, match.kwargs["version"]) == ("maturity:item-detail", version.version)
    kinds = {"practice", "challenge", "stage", "domain"}
    assert set(SearchRow.objects.values_list("kind", flat=True)) == kinds


def test_only_the_current_version_is_found():
    make_small_model()
    rebuild()
    before = SearchRow.objects.count()
    second = make_second_model()
    rebuild()
    kwargs = {resolve(row.url).kwargs["version"] for row in SearchRow.objects.all()}
    assert kwargs == {second.version}
    assert abs(SearchRow.objects.count() - before) < 5


def test_two_models_with_one_slug_are_both_found():
    make_small_model()
    make_small_model("other")
    rebuild()
    rows = SearchRow.objects.filter(kind="practice", url__contains="train-staff")
    keys = set(rows.values_list("key", flat=True))
    assert keys == {"train-staff", "other:train-staff"}


def test_the_whole_content_is_found_and_every_address_is_there(world: World):
    publish_pack(pack=read_pack(PACKS / "maturity/packs/container-adoption"), by=None, at=NOW)
    pack = read_case_studies(PACKS / "casestudies/packs/sources.yaml")
    publish_case_studies(pack=pack, by=None, at=NOW)
    library = read_library(LIBRARY, names_beside_the_library())
    publish_library(library=library, by=None, at=NOW)
    written = set(SearchRow.objects.exclude(kind="agency").values_list("kind", "key", "url"))
    counts = rebuild()
    assert set(SearchRow.objects.exclude(kind="agency").values_list("kind", "key", "url")) == written
    assert counts == {
        "practice": 160, "challenge": 16, "stage": 5, "domain": counts["domain"],
        "case-study": len(pack.case_studies), "lesson": len(pack.lessons), "agency": 5,
        "instrument": 0, "instrument-entry": 0,
        "library": sum(len(shelf.entries) for shelf in library.shelves),
    }  # fmt: skip
    client = world.client("administrator")
    for kind in [kind for kind, count in counts.items() if count]:
        row = SearchRow.objects.filter(kind=kind).order_by("pk").last()
        if kind != "agency":  # whose page needs more than this world has
            assert client.get(row.url).status_code == 200, row.url
        assert row.title in titles(row.title, kinds=[kind]), row
    assert titles("must have")
    assert titles("least privilege containers")


def test_rebuilding_sets_right_what_is_wrong(world: World):
    make_small_model()
    said = StringIO()
    call_command("rebuild_search", stdout=said)
    assert "agencies 5" in said.getvalue()
    right = list(SearchRow.objects.order_by("kind", "key").values_list("kind", "key", "title", "url"))
    SearchRow.objects.filter(kind="agency").delete()
    SearchRow.objects.filter(key="train-staff").update(title="Wrong")
    make_agency("Not for long").delete()
    call_command("rebuild_search", stdout=said)
    assert list(SearchRow.objects.order_by("kind", "key").values_list("kind", "key", "title", "url")) == right


def test_preparing_fills_an_index_that_is_empty(world: World):
    assert not SearchRow.objects.exists()
    call_command("prepare_portal", stdout=StringIO())
    assert titles("grid office") == ["Grid Office"]
    SearchRow.objects.filter(kind="agency").delete()
    call_command("prepare_portal", stdout=StringIO())
    assert "Grid Office" not in titles("grid office")  # what is there is left to the writers
