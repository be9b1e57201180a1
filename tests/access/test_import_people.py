"""`import_people FILE`: checks all of it first, names each bad row, is safe to run twice."""

from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client, override_settings
from django.utils import timezone

from portal.access.models import Invitation, Membership, User
from portal.access.rules import Right
from tests.factories import make_agency
from tests.world import World

HEADER = "agency,name,e-mail,role\n"
GOOD = (
    HEADER
    + "Grid Office,Ann Example,Ann@example.gov,lead\n"
    + "Department of Energy Affairs / Mines Office,Bo Example,bo@example.gov,Contributor\n"
    + "Mines Office,,viewer@example.gov,contributor\n"
)


@pytest.fixture
def run(tmp_path: Path):
    def call(content: str | bytes, *options: str) -> str:
        path = tmp_path / "people.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        out = StringIO()
        call_command("import_people", str(path), *options, stdout=out, stderr=out)
        return out.getvalue()

    return call


def test_people_with_an_account_get_the_role_and_others_a_link(world: World, run, link_in_mail):
    said = run(GOOD, "--site", "https://portal.example.gov")
    assert "2 invited, 0 invited again, 1 roles given to people with an account" in said
    assert User.objects.get(username="viewer").can(Right.ANSWER, world.mines)
    assert sorted(message.to[0] for message in mail.outbox) == ["ann@example.gov", "bo@example.gov"]
    assert "https://portal.example.gov/account/invitations/" in mail.outbox[0].body
    assert Invitation.objects.get(email="ann@example.gov").agency == world.grid
    assert "Bo Example" in Client().get(link_in_mail()).content.decode()


def test_a_second_run_changes_nothing(world: World, run):
    run(GOOD)
    mail.outbox.clear()
    said = run(GOOD)
    assert "0 invited, 0 invited again, 0 roles given" in said
    assert "3 left as they were" in said
    assert not mail.outbox
    assert Invitation.objects.count() == 2


def test_expired_invitations_are_sent_again(world: World, run):
    run(GOOD)
    Invitation.objects.filter(email="bo@example.gov").update(expires_at=timezone.now() - timedelta(days=1))
    assert "0 invited, 1 invited again" in run(GOOD)


def test_rows_that_say_the_same_are_merged_and_counted(world: World, run):
    said = run(GOOD + "Grid Office,Ann Example,ANN@example.gov,Agency lead\n")
    assert "1 rows merged" in said
    assert Invitation.objects.filter(email="ann@example.gov").count() == 1


def test_a_person_with_two_roles_gets_one_e_mail(world: World, run, link_in_mail):
    run(HEADER + "Grid Office,Ann,ann@example.gov,lead\nMines Office,Ann,ann@example.gov,lead\n")
    assert len(mail.outbox) == 1
    chosen = {"name": "Ann", "username": "ann", "password": "a long way to go", "again": "a long way to go"}
    Client().post(link_in_mail(), chosen)
    ann = User.objects.get(username="ann")
    assert ann.can(Right.SUBMIT, world.grid)
    assert ann.can(Right.SUBMIT, world.mines)


def test_agencies_by_identifier_programs_and_everything(world: World, run):
    make_agency("Twin", world.parks, identifier="T-1")
    make_agency("Twin", world.parks)
    said = run(
        "agency;program;name;email;role\n"
        "T-1;;A;a@example.gov;lead\n"
        ";Containers First;B;b@example.gov;officer\n"
        "everything;;C;c@example.gov;viewer\n"
    )
    assert "3 invited" in said
    assert Invitation.objects.get(email="b@example.gov").program == world.program
    everything = Invitation.objects.get(email="c@example.gov")
    assert (everything.program, everything.agency) == (None, None)


BAD = {
    "Nowhere,A,a@example.gov,lead": "No agency is known as “Nowhere”",
    "Twin,A,a@example.gov,lead": "More than one agency is known as “Twin”",
    "Department of Parks / Twin,A,a@example.gov,lead": "More than one agency",
    "Grid Office,A,nonsense,lead": "“nonsense” is not an e-mail address",
    "Grid Office,A,,lead": "the e-mail is missing",
    "Grid Office,A,a@example.gov,king": "“king” is no role: write one of viewer, contributor",
    "Grid Office,A,a@example.gov,": "the role is missing",
    ",A,a@example.gov,lead": "name an agency or a program",
    "Grid Office,A\u202eB,a@example.gov,lead": "text direction control",
    f"Grid Office,{'A' * 300},a@example.gov,lead": "300 characters",
    "Grid Office,A,closed@example.gov,lead": "the account of closed@example.gov is closed",
    "Grid Office,A,lead@example.gov,lead\nMines Office,B,lead@example.gov,lead": "but row 2 “A”",
}


@pytest.mark.parametrize("rows", BAD)
def test_a_bad_row_is_named_and_nothing_changes(world: World, run, rows: str):
    for _ in range(2):
        make_agency("Twin", world.parks)
    User.objects.create(username="closed", email="closed@example.gov", is_active=False)
    number = 2 + rows.count("\n")
    with pytest.raises(CommandError) as refused:
        run(f"{HEADER}{rows}\nGrid Office,Good,good@example.gov,lead\n")
    assert f"row {number}: " in str(refused.value)
    assert BAD[rows] in str(refused.value)
    assert "Nothing was changed." in str(refused.value)
    assert not Invitation.objects.exists()
    assert Membership.objects.count() == 7
    assert not mail.outbox


def test_partial_takes_the_good_rows(world: World, run):
    said = run(f"{HEADER}Nowhere,A,a@example.gov,lead\nGrid Office,Good,good@example.gov,lead\n", "--partial")
    assert "row 2: No agency is known as “Nowhere”" in said
    assert "1 invited" in said
    assert "1 bad rows" in said


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The file is empty"),
        (b"agency,name,role\nx,y,z\n", "no column for email"),
        (b"name,e-mail,role\nx,y,z\n", "no column for agency"),
        (b"agency,email,e-mail,role\n", "more than one column for email"),
        (b"agency,name,e-mail,role\nCaf\xe9,A,a@example.gov,lead\n", "not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_as_a_whole(world: World, run, content: bytes, message: str):
    with pytest.raises(CommandError, match=message):
        run(content)


def test_a_file_that_is_not_there_is_said(db: None):
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        call_command("import_people", "nowhere.csv")


def test_links_can_be_printed_instead(world: World, run):
    said = run(GOOD, "--print-links", "--site", "https://portal.example.gov")
    link = next(line.split()[1] for line in said.splitlines() if line.startswith("ann@example.gov "))
    assert Client().get(link.removeprefix("https://portal.example.gov")).status_code == 200
    assert not mail.outbox


def test_e_mails_that_could_not_be_sent_are_named(world: World, run):
    backend = {"EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend", "EMAIL_PORT": 1}
    with override_settings(**backend), pytest.raises(CommandError, match="2 e-mails could not be sent: ann@"):
        run(GOOD)
    assert Invitation.objects.filter(sent_at=None).count() == 2


def test_a_long_file_asks_the_database_per_row_and_not_per_row_and_agency(world: World, run, queries_of):
    def rows(start: int, count: int) -> str:
        lines = (f"Grid Office,P{n},p{n}@example.gov,lead\n" for n in range(start, start + count))
        return HEADER + "".join(lines)

    few = queries_of(lambda: run(rows(0, 1), "--print-links"))
    many = queries_of(lambda: run(rows(100, 21), "--print-links"))
    assert (many - few) / 20 < 13
