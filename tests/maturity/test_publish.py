"""Publishing a pack: created once, safe to repeat, texts by edition, what decides a score never."""

from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from maturity.models import Item, ModelVersion
from maturity.pack import PACKS, Pack, read_pack
from maturity.queries import current_version, rules_of
from maturity.services import CannotPublish, Outcome, publish_pack
from portal.audit.models import AuditEntry
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def pack() -> Pack:
    return read_pack(PACKS / "container-adoption")


def publish(pack: Pack) -> Outcome:
    return publish_pack(pack=pack, by=None, at=NOW).outcome


def test_all_of_the_pack_is_there(pack: Pack):
    assert publish(pack) is Outcome.CREATED
    version = current_version("container-adoption")
    assert version is not None
    practices = version.items.filter(kind="practice")
    assert [practices.filter(stage__number=n).count() for n in range(1, 6)] == [9, 32, 68, 42, 9]
    challenges = version.items.filter(kind="challenge")
    assert [challenges.filter(stage__number=n).count() for n in range(1, 6)] == [4, 3, 3, 4, 2]
    assert (version.stages.count(), version.domains.count(), practices.filter(must_have=True).count()) == (
        5,
        11,
        5,
    )
    assert not version.items.filter(question="").exists()
    assert all(item.sources for item in version.items.all())


def test_rules_read_back_are_the_packs(pack: Pack):
    publish(pack)
    version = current_version("container-adoption")
    assert version is not None
    assert rules_of(version) == pack.rules()


def test_again_changes_nothing(pack: Pack):
    publish(pack)
    before = AuditEntry.objects.count()
    assert publish(pack) is Outcome.UNCHANGED
    assert (ModelVersion.objects.count(), AuditEntry.objects.count()) == (1, before)


def test_texts_change_with_a_higher_edition_only(pack: Pack):
    publish(pack)
    first, *rest = pack.items
    reworded = replace(pack, items=(replace(first, question="Said better?"), *rest))
    with pytest.raises(CannotPublish, match=f"set the pack's edition to {pack.edition + 1}"):
        publish(reworded)
    assert publish(replace(reworded, edition=pack.edition + 1)) is Outcome.REVISED
    assert Item.objects.get(slug=first.slug).question == "Said better?"


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [("must_have", True, "must_have of"), ("stage", 5, "stage of"), ("slug", "renamed", "adds item renamed")],
)
def test_what_decides_a_score_is_fixed(pack: Pack, field: str, value: object, named: str):
    publish(pack)
    first, *rest = pack.items
    with pytest.raises(CannotPublish, match=named):
        publish(replace(pack, edition=2, items=(replace(first, **{field: value}), *rest)))
    assert Item.objects.filter(slug=first.slug, stage__number=first.stage, must_have=first.must_have).exists()


def test_thresholds_are_fixed_too(pack: Pack):
    publish(pack)
    with pytest.raises(CannotPublish, match="share from 4/5 to 1/2"):
        publish(replace(pack, edition=2, share=pack.floor))


def test_command_says_what_it_did_and_is_safe_to_repeat():
    said = StringIO()
    call_command("import_model", PACKS / "container-adoption", stdout=said)
    call_command("import_model", PACKS / "container-adoption", stdout=said)
    assert (
        "container-adoption@1, edition 3: published. 5 stages, 11 domains, 160 practices, 16"
        in said.getvalue()
    )
    assert "unchanged" in said.getvalue()


def test_command_refuses_a_broken_pack_whole(tmp_path):
    with pytest.raises(CommandError, match="nothing was changed"):
        call_command("import_model", tmp_path)
    assert not ModelVersion.objects.exists()
