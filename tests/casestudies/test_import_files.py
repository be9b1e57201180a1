"""Markdown files come in as drafts: all or none, safe to repeat, no agency guessed."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from casestudies.models import CaseStudy
from casestudies.queries_matching import suggest_agencies
from portal.agencies.models import Agency
from tests.casestudies.test_writing import edit
from tests.factories import make_agency
from tests.maturity.factories import make_small_model
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_small_model()
    (tmp_path / "sub").mkdir()
    (tmp_path / "one.md").write_text("---\ntitle: One\nagency: Grid Office\nsummary: S\n---\nText one")
    (tmp_path / "sub" / "two.md").write_text(
        "---\ntitle: Two\nagency: Grid Offices\nlayout: page\n---\nText <b>two</b>"
    )
    (tmp_path / "sub" / "three.md").write_text("---\ntitle: Three\n---\nText three")
    return tmp_path


def said(path: Path, capsys: pytest.CaptureFixture[str], **options: object) -> str:
    call_command("import_case_studies", str(path), **options)
    return capsys.readouterr().out


def test_each_file_is_a_draft_and_what_is_not_known_is_named(world: World, folder: Path, capsys):
    told = said(folder, capsys, username="officer")
    assert "3 created, 0 changed, 0 unchanged" in told
    assert "Matched by its own name: Grid Office." in told
    assert "Grid Offices: sub/two.md" in told
    assert "No agency is named in: sub/three.md." in told
    assert "sub/two.md:6: HTML tags taken out, their text kept" in told
    assert "Fields not read: layout." in told
    studies = {study.title: study for study in CaseStudy.objects.all()}
    assert {study.state for study in studies.values()} == {"draft"}
    assert studies["One"].agency == world.grid
    assert (studies["Two"].agency, studies["Two"].agency_name_given) == (None, "Grid Offices")
    assert studies["One"].author == world.officer


def test_a_second_time_changes_nothing(world: World, folder: Path, capsys):
    said(folder, capsys)
    told = said(folder, capsys)
    assert "0 created, 0 changed, 3 unchanged" in told
    assert CaseStudy.objects.count() == 3


def test_a_changed_file_changes_what_nobody_wrote_at_since(world: World, folder: Path, capsys):
    said(folder, capsys)
    edit(CaseStudy.objects.get(title="Three"), world.administrator, summary="Mine")
    for name in ("one.md", "sub/three.md"):
        path = folder / name
        path.write_text(path.read_text() + " more")
    told = said(folder, capsys)
    assert "0 created, 1 changed, 1 unchanged, 1 left" in told
    assert "left: sub/three.md" in told
    assert CaseStudy.objects.get(title="One").body == "Text one more\n"
    assert CaseStudy.objects.get(title="Three").summary == "Mine"


def test_one_bad_file_stops_all_unless_partial(world: World, folder: Path, capsys):
    (folder / "bad.md").write_text("---\ntitle: A\nstages: two\n---\n")
    (folder / "worse.md").write_text(
        "---\ntitle: A\nlessons:\n- {title: a, text: b, items: [nothing]}\n---\n"
    )
    with pytest.raises(CommandError) as refused:
        call_command("import_case_studies", str(folder))
    assert "bad.md:3: 'stages' must be one number or two" in str(refused.value)
    assert "worse.md:1: “nothing” is no practice or challenge of Small 1." in str(refused.value)
    assert not CaseStudy.objects.exists()
    assert "3 created" in said(folder, capsys, partial=True)


def test_two_files_with_one_key_are_refused(world: World, folder: Path):
    for name in ("a.md", "b.md"):
        (folder / name).write_text("---\ntitle: A\nkey: same\n---\n")
    with pytest.raises(CommandError, match=r"b\.md:1: has the same key as a\.md"):
        call_command("import_case_studies", str(folder))


def test_a_folder_without_files_or_an_unknown_person_is_told(world: World, folder: Path, tmp_path: Path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(CommandError, match=r"there is no \.md file"):
        call_command("import_case_studies", str(tmp_path / "empty"))
    with pytest.raises(CommandError, match="There is nobody called"):
        call_command("import_case_studies", str(folder), username="somebody")


@pytest.mark.parametrize(
    ("name", "first", "why"),
    [
        ("General Services Administration", "General Services Administration", "It has the same name"),
        ("U.S. Forest Service", "Forest Service", "The same name, written differently"),
        ("Department of the Treasury", "Treasury Department", "The same name, written differently"),
        ("Interior, Department of the", "Department of the Interior", "The same name, written differently"),
        ("GSA", "General Services Administration", "Its abbreviation is GSA"),
        ("Navy Reserve", "Department of the Navy", "Both names have “navy”"),
        ("cloud.gov", None, ""),
        ("", None, ""),
    ],
)
def test_names_like_it_are_suggested_with_the_reason(name: str, first: str | None, why: str):
    for one in (
        "Forest Service",
        "Treasury Department",
        "Department of the Interior",
        "Department of the Navy",
    ):
        make_agency(one)
    make_agency("General Services Administration", abbreviation="GSA")
    found = suggest_agencies(name, Agency.objects.all())
    assert [(str(one.agency), one.why) for one in found[:1]] == ([(first, why)] if first else [])


@pytest.mark.data
def test_the_27_files_of_18f_come_in_as_drafts(world: World, shared_data: Path, capsys):
    make_small_model()
    make_agency("Department of the Interior")
    told = said(shared_data / "18f-projects" / "content", capsys, collection="18f")
    assert "27 created" in told
    assert "Matched by its own name: Department of the Interior." in told
    assert CaseStudy.objects.filter(state="draft", is_public=False, origin="file").count() == 27
    assert CaseStudy.objects.unmatched().count() == 23
    assert "0 created, 0 changed, 27 unchanged" in said(
        shared_data / "18f-projects" / "content", capsys, collection="18f"
    )
