"""Inviting people: who may, what the e-mail says, and what the link does."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client, override_settings
from django.utils import timezone

from portal.access import services_invitations as services
from portal.access.models import Invitation, User
from portal.access.rules import Right, Role
from portal.access.services import deactivate_person, end_role
from portal.audit.models import AuditEntry
from tests.access.conftest import SITE
from tests.world import World

NOW = timezone.now()
ANN = "ann@example.gov"
CHOSEN = {
    "name": "Ann Example",
    "username": "ann",
    "password": "a long way to go",
    "again": "a long way to go",
}


def invite(world: World, by: str = "lead", **options) -> Invitation:
    options = {"email": ANN, "role": Role.CONTRIBUTOR, "agency": world.grid} | options
    return services.invite_person(by=world.people[by], at=NOW, site=SITE, **options)


# --- inviting -------------------------------------------------------------------------------------------


def test_the_page_sends_a_link_and_keeps_its_digest_only(world: World, link_in_mail):
    sent = {"email": "Ann@Example.gov ", "name": "Ann", "role": "contributor", "agency": "Grid Office"}
    response = world.client("lead").post("/account/people/invite/", sent, follow=True)
    assert "ann@example.gov is invited" in response.content.decode()
    row = Invitation.objects.get()
    assert (row.email, row.role, row.agency, row.invited_by) == (ANN, "contributor", world.grid, world.lead)
    assert row.sent_at is not None
    assert row.expires_at - row.created_at == timedelta(days=14)
    assert mail.outbox[0].to == [ANN]
    token = link_in_mail().strip("/").rsplit("/", 1)[1]
    assert token not in str(vars(row))


def test_the_e_mail_says_no_more_than_needed(world: World):
    invite(world, name="Click http://evil.example now")
    text = f"{mail.outbox[0].subject}\n{mail.outbox[0].body}"
    assert "lead invites you" in text
    for word in ("Grid", "ontributor", "evil", "password:"):
        assert word not in text


def test_the_form_offers_only_what_one_may_hand_out(world: World):
    def offered(persona: str):
        form = world.client(persona).get("/account/people/invite/").context["form"]
        roles = [str(value) for value, _ in form.fields["role"].choices]
        programs = [one.name for one in form.fields["program"].queryset] if "program" in form.fields else []
        return roles, programs, form.agency_names

    assert offered("lead") == (["contributor"], [], ["Grid Office"])
    roles, programs, agencies = offered("officer")
    assert roles == ["viewer", "contributor", "lead", "reviewer"]
    assert programs == ["Containers First"]
    assert agencies == ["Department of Energy Affairs", "Grid Office", "Mines Office"]
    assert offered("administrator")[0] == [role.value for role in Role]


@pytest.mark.parametrize(
    ("persona", "sent", "message"),
    [
        ("lead", {"agency": "Trails Office"}, "No agency is known as “Trails Office”"),
        ("lead", {"agency": "Department of Energy Affairs"}, "No agency is known"),
        ("lead", {"role": "officer"}, "Select a valid choice"),
        ("lead", {"email": "nobody"}, "valid email"),
        ("lead", {"email": "a@b.gov\nBcc: x@y.gov"}, "valid email"),
        ("lead", {"agency": ""}, "This field is required"),
        ("lead", {"email": "contributor@example.gov"}, "has this role already"),
        ("officer", {"agency": "", "role": "viewer"}, "Choose a program or an agency"),
        ("officer", {"role": "administrator"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_sent(world: World, persona: str, sent: dict, message: str):
    data = {"email": ANN, "role": "contributor", "agency": "Grid Office"} | sent
    response = world.client(persona).post("/account/people/invite/", data)
    assert response.status_code == 200
    assert message in response.content.decode()
    assert not Invitation.objects.exists()
    assert not mail.outbox


def test_a_program_and_an_agency_are_one_too_many(world: World):
    data = {"email": ANN, "role": "viewer", "agency": "Grid Office", "program": world.program.pk}
    response = world.client("officer").post("/account/people/invite/", data)
    assert "not both" in response.content.decode()


def test_a_forged_program_is_refused(world: World):
    with pytest.raises(services.CannotInvite):
        invite(world, "lead", agency=None, program=world.program)
    with pytest.raises(services.CannotInvite):
        invite(world, "officer", agency=None, role=Role.VIEWER)


def test_an_officer_is_told_why_a_whole_department_is_too_much(world: World):
    world.mines.program_memberships.all().delete()
    with pytest.raises(services.CannotInvite, match="reaches everything below Department of Energy Affairs"):
        invite(world, "officer", agency=world.energy)


def test_one_invitation_at_a_time(world: World):
    invite(world)
    with pytest.raises(services.CannotInvite, match="invited to this role already"):
        invite(world)
    Invitation.objects.update(expires_at=NOW)
    again = invite(world)
    assert list(Invitation.objects.waiting()) == [again]


def test_a_mail_server_that_is_away_is_told_and_the_invitation_kept(world: World):
    data = {"email": ANN, "role": "contributor", "agency": "Grid Office"}
    with override_settings(EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend", EMAIL_PORT=1):
        response = world.client("lead").post("/account/people/invite/", data, follow=True)
    assert "could not be sent" in response.content.decode()
    assert Invitation.objects.get().sent_at is None


# --- the list of those that wait ------------------------------------------------------------------------


def test_a_new_link_kills_the_old_one(world: World, link_in_mail):
    row = invite(world)
    old = link_in_mail()
    world.client("lead").post(f"/account/people/invitations/{row.pk}/resend/")
    assert link_in_mail() != old
    assert Client().get(old).status_code == 404
    assert Client().get(link_in_mail()).status_code == 200


def test_a_withdrawn_link_says_so(world: World, link_in_mail):
    row = invite(world)
    world.client("lead").post(f"/account/people/invitations/{row.pk}/revoke/")
    response = Client().get(link_in_mail())
    assert response.status_code == 410
    assert "was withdrawn" in response.content.decode()
    assert AuditEntry.objects.get(action="invitation.withdrawn").actor_name == "lead"


def test_each_sees_the_invitations_of_their_scope(world: World):
    invite(world)
    for persona, count in {"lead": 1, "officer": 1, "administrator": 1, "outsider": 0}.items():
        assert len(world.client(persona).get("/account/people/invitations/").context["lines"]) == count


def test_the_list_asks_as_often_for_ten_as_for_one(world: World, queries_of):
    client = world.client("officer")
    invite(world)
    client.get("/account/people/invitations/")
    one = queries_of(lambda: client.get("/account/people/invitations/"))
    for number in range(9):
        invite(world, email=f"p{number}@example.gov")
    assert queries_of(lambda: client.get("/account/people/invitations/")) == one


# --- accepting ------------------------------------------------------------------------------------------


def test_a_new_person_makes_an_account_and_is_in(world: World, link_in_mail):
    invite(world)
    client = Client()
    link = link_in_mail()
    assert ANN in client.get(link).content.decode()
    response = client.post(link, CHOSEN, follow=True)
    assert response.wsgi_request.user.username == "ann"
    ann = User.objects.get(username="ann")
    assert (ann.email, ann.name) == (ANN, "Ann Example")
    assert ann.check_password(CHOSEN["password"])
    assert ann.can(Right.ANSWER, world.grid)
    assert not ann.can(Right.SEE, world.mines)
    assert not ann.is_staff
    assert not ann.is_superuser
    assert EmailAddress.objects.get(user=ann).verified
    granted = AuditEntry.objects.get(action="role.granted")
    assert (granted.actor_name, granted.changes["because"]) == ("ann", "invited by lead")
    used = Client().get(link)
    assert used.status_code == 410
    assert "accepted already" in used.content.decode()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"username": "LEAD"}, "is taken"),
        ({"username": "lead@example.gov"}, "has no @"),
        ({"username": "a b"}, "Enter a valid username"),
        ({"password": "short", "again": "short"}, "too short"),
        ({"password": "password1234", "again": "password1234"}, "too common"),
        ({"password": "annannannann1", "again": "annannannann2"}, "differ"),
        ({"name": ""}, "required"),
        ({"name": "Ann\u202eExample"}, "text direction control"),
    ],
)
def test_a_bad_answer_makes_no_account(world: World, link_in_mail, wrong: dict, message: str):
    invite(world)
    response = Client().post(link_in_mail(), CHOSEN | wrong)
    assert response.status_code == 200
    assert message in response.content.decode()
    assert not User.objects.filter(email=ANN).exists()
    assert Invitation.objects.get().accepted_at is None


def test_a_hostile_name_is_shown_as_text(world: World, link_in_mail):
    invite(world)
    name = "<script>alert(1)</script>"
    response = Client().post(link_in_mail(), CHOSEN | {"name": name}, follow=True)
    assert name not in response.content.decode()


def test_an_expired_link_says_when_and_whom_to_ask(world: World, link_in_mail):
    invite(world)
    Invitation.objects.update(expires_at=NOW - timedelta(days=1))
    response = Client().get(link_in_mail())
    assert response.status_code == 410
    assert "expired on" in response.content.decode()


def test_an_unknown_link_is_404(db: None):
    response = Client().get("/account/invitations/never-made/")
    assert response.status_code == 404
    assert "not known" in response.content.decode()


def test_who_has_an_account_signs_in_and_adds_the_role(world: World, link_in_mail):
    invite(world, email="viewer@example.gov")
    link = link_in_mail()
    asked = Client().get(link).content.decode()
    assert f"/account/login/?next={link}" in asked
    assert "Make my account" not in asked
    client = world.client("viewer")
    assert "offers you the role Contributor of Grid Office" in client.get(link).content.decode().replace(
        "\n", ""
    )
    assert not world.viewer.can(Right.ANSWER, world.grid)
    client.post(link)
    assert User.objects.get(username="viewer").can(Right.ANSWER, world.grid)


def test_somebody_else_cannot_take_it(world: World, link_in_mail):
    invite(world)
    client = world.client("outsider")
    assert "another e-mail address" in client.get(link_in_mail()).content.decode()
    client.post(link_in_mail())
    assert Invitation.objects.get().accepted_at is None
    assert not world.outsider.can(Right.SEE, world.grid)
    response = client.post(link_in_mail(), {"sign_out": "1"}, follow=True)
    assert "Make my account" in response.content.decode()


def test_one_link_brings_all_roles_that_wait_for_the_address(world: World, link_in_mail):
    invite(world, "officer", agency=world.mines)
    invite(world, "officer", agency=None, program=world.program, role=Role.VIEWER)
    Client().post(link_in_mail(), CHOSEN)
    ann = User.objects.get(username="ann")
    assert ann.can(Right.ANSWER, world.mines)
    assert ann.can(Right.SEE, world.grid)
    assert not Invitation.objects.waiting().exists()


@pytest.mark.parametrize("loss", ["role", "account"])
def test_an_invitation_is_worth_no_more_than_its_inviter(world: World, link_in_mail, loss: str):
    invite(world)
    if loss == "role":
        end_role(membership=world.lead.memberships.get(), by=world.officer, at=NOW)
    else:
        deactivate_person(person=world.lead, by=world.administrator, at=NOW)
    response = Client().post(link_in_mail(), CHOSEN)
    assert response.status_code == 410
    assert "may no longer do so" in response.content.decode()
    assert not User.objects.filter(email=ANN).exists()


def test_a_worthless_invitation_is_not_accepted_along_with_a_good_one(world: World, link_in_mail):
    invite(world, "lead", agency=world.grid)
    invite(world, "officer", agency=world.mines)
    end_role(membership=world.lead.memberships.get(), by=world.officer, at=NOW)
    Client().post(link_in_mail(), CHOSEN)
    ann = User.objects.get(username="ann")
    assert ann.can(Right.ANSWER, world.mines)
    assert not ann.can(Right.SEE, world.grid)


def test_accepting_needs_the_csrf_token(world: World, link_in_mail):
    invite(world)
    assert Client(enforce_csrf_checks=True).post(link_in_mail(), CHOSEN).status_code == 403
