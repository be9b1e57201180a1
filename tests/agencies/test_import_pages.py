"""Upload, choose columns, look, confirm: what was shown is what is done."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from portal.access.models import Membership
from portal.agencies.models import Agency, AgencyImport
from portal.agencies.services import create_agency
from tests.agencies.factories import as_csv, make_upload, tree
from tests.factories import make_program

LIST = as_csv(("Agency", "Bureau"), ("Oceans", ""), ("Oceans", "Tides"), ("Oceans", "Oceans"))


def upload(client, content: bytes = LIST, name: str = "list.csv", **data: str):
    file = SimpleUploadedFile(name, content, content_type="text/csv")
    return client.post("/agencies/import/", {"file": file, **data}, follow=True)


def text_of(response) -> str:
    return response.content.decode()


def fingerprint_of(page: str) -> str:
    return page.split('name="fingerprint" value="')[1].split('"', maxsplit=1)[0]


def test_from_upload_to_agencies(world):
    client = world.client("administrator")
    page = text_of(upload(client))
    assert "3 rows read" in page
    assert "2 to create, 0 to change, 0 left" in page
    assert "1 row named like the parent" in page
    assert not Agency.objects.filter(name="Tides").exists(), "nothing is done before it is confirmed"
    pending = AgencyImport.objects.get()

    apply = f"/agencies/import/{pending.pk}/apply/"
    done = client.post(apply, {"fingerprint": fingerprint_of(page)}, follow=True)
    assert "The list is read in." in text_of(done)
    assert "2 created" in text_of(done)
    assert ("Oceans", "Tides") in tree()
    pending.refresh_from_db()
    assert pending.content is None

    again = client.post(apply, {"fingerprint": fingerprint_of(page)}, follow=True)
    assert "was applied or has expired" in text_of(again)
    assert "There is nothing to do" in text_of(upload(client))


def test_other_columns_are_chosen(world):
    client = world.client("administrator")
    upload(client, as_csv(("First", "Second"), ("Tides", "Oceans")))
    path = f"/agencies/import/{AgencyImport.objects.get().pk}/"
    page = text_of(client.get(path))
    assert "What the import would do" not in page, "no column looks like a name"
    page = text_of(client.post(path, {"name": "First", "parent": "Second"}, follow=True))
    assert "2 to create" in page
    assert "This field is required" in text_of(client.post(path, {"parent": "Second"}))
    assert "give both, or neither" in text_of(
        client.post(path, {"name": "First", "parent_identifier": "Second"})
    )
    assert "Select a valid choice" in text_of(client.post(path, {"name": "Third"}))


def test_bad_rows_are_named_and_stop_the_import_unless_the_good_are_wanted(world):
    client = world.client("administrator")
    hostile = as_csv(("Agency", "Bureau"), ("Oceans", "<script>alert(1)</script>"), ("Oceans", "x" * 301))
    page = text_of(upload(client, hostile))
    assert "row 3: Name has 301 characters" in page
    assert "<script>alert" not in page
    assert 'name="fingerprint"' not in page
    path = f"/agencies/import/{AgencyImport.objects.get().pk}/"
    client.post(f"{path}apply/", {"fingerprint": "x"})
    assert not Agency.objects.filter(name="Oceans").exists()
    page = text_of(client.post(path, {"name": "Bureau", "parent": "Agency", "partial": "on"}, follow=True))
    done = text_of(client.post(f"{path}apply/", {"fingerprint": fingerprint_of(page)}, follow=True))
    assert "row 3: Name has 301 characters" in done
    assert ("Oceans", "<script>alert(1)</script>") in tree()


def test_what_changed_since_the_preview_is_shown_first(world):
    client = world.client("administrator")
    page = text_of(upload(client))
    create_agency(fields={"name": "Oceans"}, parent=None, by=None, at=timezone.now())
    path = f"/agencies/import/{AgencyImport.objects.get().pk}/apply/"
    answer = text_of(client.post(path, {"fingerprint": fingerprint_of(page)}, follow=True))
    assert "has changed since this preview" in answer
    assert "1 to create, 0 to change, 1 left" in answer
    client.post(path, {})
    assert not Agency.objects.filter(name="Tides").exists(), "without a fingerprint nothing was looked at"
    client.post(path, {"fingerprint": fingerprint_of(answer)})
    assert Agency.objects.filter(name="Tides").exists()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"Agency\nCaf\xe9\n", "row 2: holds bytes that are not UTF-8"),
        (b"PK\x03\x04" + b"x" * 100, "workbook"),
        (b"\n", "The file is empty"),
        (b"", "The submitted file is empty"),
        (b'Agency\n"open\n', "is not CSV"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(world, content, says):
    response = upload(world.client("administrator"), content)
    assert response.status_code == 422
    assert says in text_of(response)
    assert not AgencyImport.objects.exists()


def test_fifty_megabytes_get_a_clear_answer(world):
    """What is too large for anything is refused before it is read, and says how large a file may be."""
    response = upload(world.client("administrator"), b"Agency\n" + b"x" * (50 * 2**20))
    assert response.status_code == 413
    assert "What was sent has 50.0 MB; a file may have 25 MB at the most." in text_of(response)


def test_twelve_megabytes_are_too_many_for_a_list(world):
    response = upload(world.client("administrator"), b"Agency\n" + b"x" * (12 * 2**20))
    assert response.status_code == 422
    assert "The file has 12 MB; 10 MB are the most." in text_of(response)


def test_an_officer_imports_into_their_program_only(world):
    client = world.client("officer")
    assert "This field is required" in text_of(upload(client))
    page = text_of(upload(client, program=world.program.slug))
    assert "2 to join the program" in page
    path = f"/agencies/import/{AgencyImport.objects.get().pk}/apply/"
    client.post(path, {"fingerprint": fingerprint_of(page)})
    assert world.officer.can("see", Agency.objects.get(name="Tides"))

    foreign = as_csv(
        ("Agency", "Bureau"), ("Department of Parks", ""), ("Department of Energy Affairs", "Wind")
    )
    page = text_of(upload(client, foreign, program=world.program.slug))
    assert "row 2: “Department of Parks” is not in your program; an administrator can add it" in page
    assert 'name="fingerprint"' not in page


def test_the_only_program_of_an_officer_is_chosen_already(world):
    page = text_of(world.client("officer").get("/agencies/import/"))
    assert f'<option value="{world.program.slug}" selected>' in page
    assert "None</option>" not in page
    assert "selected" not in text_of(world.client("administrator").get("/agencies/import/")).replace(
        '<option value="" selected>', ""
    )


def test_an_upload_is_its_owners_and_expires(world):
    mine = make_upload(world.officer, world.program)
    assert world.client("administrator").get(f"/agencies/import/{mine.pk}/").status_code == 404
    AgencyImport.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    client = world.client("officer")
    assert "has expired" in text_of(client.get(f"/agencies/import/{mine.pk}/", follow=True))
    assert "has expired" in text_of(client.post(f"/agencies/import/{mine.pk}/apply/", {}, follow=True))
    make_upload(world.administrator)
    assert not AgencyImport.objects.filter(pk=mine.pk).exists(), "the next upload sweeps it away"


def test_an_officer_who_lost_the_program_applies_nothing(world):
    client = world.client("officer")
    upload(client, program=world.program.slug)
    pending = AgencyImport.objects.get()
    other = make_program("Another", [])
    Membership.objects.filter(user=world.officer).update(program=other)
    assert client.get(f"/agencies/import/{pending.pk}/").status_code == 403
    assert client.post(f"/agencies/import/{pending.pk}/apply/", {"fingerprint": "x"}).status_code == 403
    assert not Agency.objects.filter(name="Tides").exists()


def test_applying_needs_a_post(world):
    mine = make_upload(world.officer, world.program)
    assert world.client("officer").get(f"/agencies/import/{mine.pk}/apply/").status_code == 405


def test_the_preview_takes_as_many_queries_for_many_rows_as_for_one(world, queries_of):
    client = world.client("administrator")
    few = make_upload(world.administrator)
    rows = [(f"Bureau {number}", "Department of Oceans") for number in range(50)]
    many = make_upload(world.administrator, content=as_csv(("Bureau", "Agency"), *rows))
    paths = [f"/agencies/import/{one.pk}/" for one in (few, many)]
    counts = [queries_of(lambda path=path: client.get(path)) for path in paths]
    assert counts[0] == counts[1]
