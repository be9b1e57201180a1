"""History under every rule: what approval writes, what a run adds, what is listed once."""

from datetime import timedelta
from fractions import Fraction
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from assessments.models import Assessment, Result, ScoringRule
from assessments.queries_rules import rules_of_model
from assessments.results import build_result
from assessments.services import start_amendment
from assessments.services_rescoring import (
    NotAllowed,
    find_gaps,
    put_in_force,
    request_rescoring,
    rescore_slice,
    run_rescoring,
)
from assessments.tasks import rescore_history
from maturity import methods
from maturity.levels import Level, decode_levels
from maturity.models import ModelVersion
from maturity.pack import read_pack
from maturity.queries import rules_of, versions_of
from maturity.scoring import MILLION, score, to_millionths
from maturity.services import publish_pack
from portal.agencies.models import StaleMark
from portal.audit.models import AuditEntry
from portal.jobs import services as jobs
from portal.jobs.models import Job
from tests.assessments.conftest import EARLIER, Case, start_case
from tests.factories import NOW
from tests.maturity.factories import make_second_model, make_small_model
from tests.maturity.packs import SECOND_PACK, SMALL_PACK
from tests.world import World

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=30)


def run(job: Job) -> Job:
    attempt = jobs.claim(job_id=job.pk, at=NOW)
    assert attempt is not None
    run_rescoring(attempt=attempt, clock=lambda: NOW)
    job.refresh_from_db()
    return job


def results_of(assessment: Assessment) -> dict[str, Result]:
    return {result.method: result for result in assessment.results.order_by("pk")}


class TestApproval:
    def test_with_one_version_there_is_one_result(self, approved: Case):
        result = Result.objects.get()
        assert (result.method, result.rescores_id) == ("staged-1@1", None)
        rule = ScoringRule.objects.get()
        assert (rule.rule, rule.complete_at, rule.in_force_at) == ("staged-1@1", NOW, NOW)

    def test_with_a_newer_version_there_is_a_result_under_each_rule(self, submitted: Case):
        make_second_model(at=LATER)
        submitted.approve()
        found = results_of(submitted.assessment)
        assert list(found) == ["staged-1@1", "staged-1@2"]
        native, rescored = found.values()
        assert (native.rescores_id, rescored.rescores_id) == (None, native.pk)
        assert native.version_id == submitted.assessment.version_id != rescored.version_id
        same = ("agency_id", "model_id", "period_ends_on", "period_label", "approved_at", "evidenced")
        assert all(getattr(native, name) == getattr(rescored, name) for name in same)

    def test_an_older_version_is_not_scored_under(self, world: World):
        first = make_small_model()
        second = make_second_model(at=LATER)
        case = start_case(world, version=second)
        case.answer("teach-staff")
        for item in ("name-owner", "pair-up", "choose-platform"):
            case.answer(item, Level.NOT_STARTED)
        case.submit()
        case.approve()
        assert list(results_of(case.assessment)) == ["staged-1@2"]
        assert not Result.objects.filter(version=first).exists()

    def test_approval_takes_as_many_queries_with_one_version_as_before_but_for_two(
        self, submitted: Case, queries_of
    ):
        first = queries_of(submitted.approve)
        other = start_case(submitted.world, submitted.assessment.version, EARLIER, "FY26 Q4")
        other.answer_all_asked()
        other.submit()
        make_second_model(at=LATER)
        assert queries_of(other.approve) <= first + 8  # rules and items of two versions, read once


class TestLevels:
    def test_the_score_is_that_of_the_levels_of_the_predecessors(self, submitted: Case):
        second = make_second_model(at=LATER)
        submitted.approve()
        rescored = results_of(submitted.assessment)["staged-1@2"]
        levels = decode_levels(rules_of(second), rescored.levels)
        assert levels["teach-staff"] == Level.IN_PLACE  # of "train-staff", under its new name
        assert levels["choose-platform"] == levels["run-platform"] == Level.NOT_STARTED  # split
        assert levels["sign-images"] == Level.NOT_APPLICABLE  # not asked then: left out, not nought
        # Stage 1: one of teach-staff, name-owner, pair-up and choose-platform is in place.
        assert rescored.score == MILLION // 4
        assert rescored.score == to_millionths(score(rules_of(second), levels).score)
        assert rescored.answered == to_millionths(Fraction(3, 4))  # "pair-up" was of stage 2, not answered

    def test_where_a_whole_stage_is_new_there_is_no_result(self, approved: Case):
        second = make_second_model(at=LATER)
        stage = second.stages.get(number=3)
        second.items.filter(stage=stage).update(slug="brand-new")
        second.content_hash = "all new in stage 3"
        second.save()
        done = run(find_gaps(at=LATER)[0])
        assert done.state == Job.State.DONE
        assert list(results_of(approved.assessment)) == ["staged-1@1"]
        assert ScoringRule.objects.get(version=second).complete_at is not None
        assert rules_of_model(second.model)[0].since_before.unknown_stages == (3,)

    def test_where_nothing_that_is_left_applies_there_is_no_result(self, world: World, submitted: Case):
        submitted.approve()
        native = Result.objects.get()
        rules = rules_of(native.version)
        every = dict.fromkeys((item.slug for item in rules.items), Level.NOT_APPLICABLE)
        every["no-budget"] = Level.IN_PLACE  # which the second version does not ask
        made = build_result(
            assessment=submitted.assessment,
            rules=rules,
            levels=every,
            evidence={},
            approved_at=NOW,
        )
        Result.objects.filter(pk=native.pk).update(levels=made.levels)
        make_second_model(at=LATER)
        run(find_gaps(at=LATER)[0])
        assert Result.objects.count() == 1


class TestRun:
    def test_a_version_published_later_is_found_and_history_scored_under_it(self, approved: Case):
        second = make_second_model(at=LATER)
        StaleMark.objects.all().delete()
        (job,) = find_gaps(at=LATER)
        assert find_gaps(at=LATER) == []  # one run is enough
        done = run(job)
        assert (done.state, done.done, done.total) == (Job.State.DONE, 1, 1)
        assert set(results_of(approved.assessment)) == {"staged-1@1", "staged-1@2"}
        assert list(StaleMark.objects.values_list("agency", "reason")) == [
            (approved.world.grid.pk, "history re-scored")
        ]
        rule = ScoringRule.objects.get(version=second)
        assert (rule.complete_at, rule.in_force_at) == (NOW, None)
        assert put_in_force(at=NOW) == 0  # the trends do not have it yet
        StaleMark.objects.all().delete()
        assert put_in_force(at=NOW) == 1
        assert AuditEntry.objects.filter(action="re-score history").count() == 1

    def test_the_run_writes_what_an_approval_would_have_written(self, submitted: Case):
        first = make_second_model(at=LATER)
        submitted.approve()
        approved_with = results_of(submitted.assessment)["staged-1@2"]
        kept = {f.attname: getattr(approved_with, f.attname) for f in Result._meta.concrete_fields}
        approved_with.delete()
        ScoringRule.objects.filter(version=first).update(complete_at=None, in_force_at=None)
        (job,) = find_gaps(at=LATER)
        run(job)
        again = results_of(submitted.assessment)["staged-1@2"]
        assert {name: getattr(again, name) for name in kept} | {"id": kept["id"]} == kept

    def test_slices_can_be_repeated_and_go_on_where_they_were_broken_off(self, world: World):
        first = make_small_model()
        for number, period in enumerate([EARLIER, EARLIER]):
            agency = [world.grid, world.mines][number]
            approved_result(agency, first, period)
        second = make_second_model(at=LATER)
        versions = versions_of(second.model_id)
        read, made, last = rescore_slice(versions=versions, after=0, at=NOW, size=1)
        assert (read, made) == (1, 1)
        assert rescore_slice(versions=versions, after=0, at=NOW, size=5)[:2] == (1, 1)
        assert rescore_slice(versions=versions, after=last, at=NOW, size=5)[:2] == (0, 0)
        assert Result.objects.filter(method="staged-1@2").count() == 2

    def test_a_lost_run_goes_on_from_its_cursor(self, world: World):
        results = [approved_result(agency, make_or_get(), EARLIER) for agency in (world.grid, world.mines)]
        make_second_model(at=LATER)
        (job,) = find_gaps(at=LATER)
        Job.objects.filter(pk=job.pk).update(cursor={"done": 1, "after": results[0].pk, "written": 1})
        done = run(job)
        assert done.done == 2
        assert list(Result.objects.filter(method="staged-1@2").values_list("rescores", flat=True)) == [
            results[1].pk
        ]

    def test_the_task_claims_its_job_once(self, approved: Case):
        make_second_model(at=LATER)
        (job,) = find_gaps(at=LATER)
        rescore_history(job_id=job.pk)
        rescore_history(job_id=job.pk)
        assert Result.objects.count() == 2

    def test_results_are_never_edited(self, approved: Case):
        before = list(Result.objects.values())
        make_second_model(at=LATER)
        run(find_gaps(at=LATER)[0])
        assert list(Result.objects.filter(rescores__isnull=True).values()) == before

    def test_an_amendment_is_scored_under_both_rules_too(self, approved: Case):
        make_second_model(at=LATER)
        run(find_gaps(at=LATER)[0])
        amendment = start_amendment(
            assessment_id=approved.assessment.pk, reason="wrong", by=approved.world.lead, at=LATER
        )
        corrected = Case(approved.world, amendment)
        corrected.answer("name-owner")
        corrected.submit()
        corrected.approve()
        assert set(results_of(amendment)) == {"staged-1@1", "staged-1@2"}
        assert results_of(amendment)["staged-1@2"].score == MILLION // 2


class TestAnotherMethodVersion:
    def test_history_is_scored_again_beside_the_old(self, approved: Case, monkeypatch: pytest.MonkeyPatch):
        assert find_gaps(at=NOW) == []
        monkeypatch.setitem(methods.METHOD_VERSIONS, "staged", "staged-2")
        (job,) = find_gaps(at=LATER)
        run(job)
        found = results_of(approved.assessment)
        assert list(found) == ["staged-1@1", "staged-2@1"]
        assert found["staged-2@1"].rescores == found["staged-1@1"]
        assert Result.objects.as_approved().count() == 1
        assert {row.rule: row.in_force_at for row in ScoringRule.objects.all()} == {
            "staged-1@1": NOW,
            "staged-2@1": None,
        }

    def test_a_run_for_a_rule_that_is_gone_says_so(self, approved: Case, monkeypatch: pytest.MonkeyPatch):
        make_second_model(at=LATER)
        (job,) = find_gaps(at=LATER)
        monkeypatch.setitem(methods.METHOD_VERSIONS, "staged", "staged-2")
        assert run(job).state == Job.State.FAILED


class TestPacks:
    def test_a_second_pack_with_a_split_a_moved_stage_and_something_new(self, world: World, tmp_path):
        for name, content in (("first", SMALL_PACK), ("second", SECOND_PACK)):
            for file, text in content.items():
                path = tmp_path / name / file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
        first = publish_pack(pack=read_pack(tmp_path / "first"), by=None, at=NOW).version
        case = start_case(world, version=first)
        case.answer("plan")
        case.answer("guard", Level.PARTIAL)
        case.answer("danger", Level.NOT_STARTED)
        case.assessment.refresh_from_db()
        case.submit()
        case.approve()
        publish_pack(pack=read_pack(tmp_path / "second"), by=None, at=LATER)
        run(find_gaps(at=LATER)[0])
        old, new = results_of(case.assessment).values()
        assert old.score == MILLION + MILLION // 4  # 1 + (0.5 + 0) / 2
        # Stage 1: both halves of the plan 1, the watch 0.5; stage 2: the danger 0, the drill not asked.
        assert new.score == 833_333
        assert (old.stages_completed, new.stages_completed) == (1, 0)


class TestListedOnce:
    def test_pages_and_api_show_each_assessment_once(self, approved: Case):
        make_second_model(at=LATER)
        run(find_gaps(at=LATER)[0])
        client = approved.world.client("officer")
        shown = client.get("/api/v1/results/").json()["results"]
        assert [(row["method"], row["rescores"]) for row in shown] == [("staged-1@1", None)]
        asked = client.get("/api/v1/results/", {"method": "staged-1@2"}).json()["results"]
        assert [(row["model"], row["rescores"]) for row in asked] == [("small@2", shown[0]["id"])]
        listed = client.get("/assessments/").content.decode()
        assert listed.count(">0.25<") == 1
        page = client.get(f"/assessments/{approved.assessment.pk}/result/").content.decode()
        assert "Scored by later versions" in page
        assert "8 of 9 items matched; 1 not asked then and left out" in page

    def test_the_result_page_is_that_of_the_version_that_was_answered(self, approved: Case):
        before = approved.world.client("lead").get(f"/assessments/{approved.assessment.pk}/result/")
        assert b"Scored by later versions" not in before.content
        make_second_model(at=LATER)
        run(find_gaps(at=LATER)[0])
        after = approved.world.client("lead").get(f"/assessments/{approved.assessment.pk}/result/")
        assert after.context["reading"].result.method == "staged-1@1"


class TestPageOfRules:
    def test_it_tells_what_became_of_the_items(self, approved: Case):
        make_second_model(at=LATER)
        page = approved.world.client("viewer").get("/scoring-rules/small/").content.decode()
        assert "8 of 9 items follow one of the version before" in page
        assert "1 is new" in page
        assert "2 of the version before fell away" in page
        assert "<button" not in page.split("<main")[1]

    def test_who_runs_everything_may_have_history_re_scored(self, approved: Case):
        second = make_second_model(at=LATER)
        url = f"/scoring-rules/small/{second.version}/rescore/"
        for persona in ("viewer", "officer", "lead"):  # the officer runs one program only
            assert approved.world.client(persona).post(url).status_code == 403
        assert not Job.objects.exists()
        with pytest.raises(NotAllowed):
            request_rescoring(version=second, by=approved.world.officer, at=NOW)
        client = approved.world.client("administrator")
        assert client.post(url).status_code == 302
        assert client.post(url).status_code == 302
        assert Job.objects.get().arguments == {"rule": ScoringRule.objects.get(version=second).pk}
        page = client.get("/scoring-rules/small/").content.decode()
        assert "History is being re-scored" in page


class TestCommand:
    def test_it_does_what_waits(self, approved: Case):
        make_second_model(at=LATER)
        assert "1 results are scored by Small 2" in command()
        assert "Nothing waits" in command()
        assert Result.objects.count() == 2

    def test_it_takes_up_what_failed(self, approved: Case):
        make_second_model(at=LATER)
        (job,) = find_gaps(at=LATER)
        Job.objects.filter(pk=job.pk).update(state=Job.State.FAILED)
        assert find_gaps(at=LATER) == []
        assert "1 results" in command()

    def test_one_version_in_the_background(self, approved: Case):
        make_second_model(at=LATER)
        assert "waiting for a worker" in command("small@2", "--in-background")


def command(*arguments: str) -> str:
    out = StringIO()
    call_command("rescore_history", *arguments, stdout=out)
    return out.getvalue()


def make_or_get() -> ModelVersion:
    return ModelVersion.objects.first() or make_small_model()


def approved_result(agency: Any, version: ModelVersion, period: Any) -> Result:
    """An approved assessment of this agency with its result, all at stage 1 in place."""
    assessment = Assessment.objects.create(
        agency=agency,
        version=version,
        period_starts_on=period.starts_on,
        period_ends_on=period.ends_on,
        period_label="FY26 Q4",
        state=Assessment.State.APPROVED,
        approved_at=NOW,
        created_at=NOW,
    )
    result = build_result(
        assessment=assessment,
        rules=rules_of(version),
        levels={"train-staff": Level.IN_PLACE},
        evidence={},
        approved_at=NOW,
    )
    result.save()
    return result
