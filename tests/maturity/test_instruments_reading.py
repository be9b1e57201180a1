"""What docker-bench-security and kube-bench print becomes statuses: nothing is guessed."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maturity.instruments.evaluate import evaluate, problems_of
from maturity.instruments.outcomes import Known
from maturity.instruments.reading import MOST_BYTES, Check, Reading, UnreadableFile, read_tool_file
from tests.maturity.instruments import published

DOCKER = published()["in-docker-hardening"]
CLUSTER = published()["in-kubernetes-cis"]
MORE = "see the log: c1 c2"


def docker_file(*results: dict[str, Any], version: str = "1.6.0") -> bytes:
    """The JSON that docker-bench-security 1.6 writes beside its log."""
    section = {"id": "5", "desc": "Container Runtime", "results": list(results)}
    told = {
        "dockerbenchsecurity": version,
        "start": 1767225600,
        "tests": [section],
        "checks": len(results),
        "score": 0,
        "end": 1767225660,
    }
    return json.dumps(told).encode()


def docker_check(number: str, state: str, **more: Any) -> dict[str, Any]:
    return {"id": number, "desc": f"Ensure {number} (Automated)", "result": state} | more


def kube_file(*results: dict[str, Any], version: str = "cis-1.5", bare: bool = False) -> bytes:
    """What `kube-bench run --json` prints; `bare` without totals, as older versions do."""
    controls = {
        "id": "1",
        "version": version,
        "detected_version": "1.15",
        "text": "Master Node Security Configuration",
        "node_type": "master",
        "tests": [{"section": "1.2", "type": "", "pass": 0, "fail": 0, "warn": 0, "info": 0,
                   "desc": "API Server", "results": list(results)}],
        "total_pass": 0, "total_fail": 0, "total_warn": 0, "total_info": 0,
    }  # fmt: skip
    return json.dumps([controls] if bare else {"Controls": [controls], "Totals": {"total_pass": 0}}).encode()


def kube_check(number: str, state: str, **more: Any) -> dict[str, Any]:
    return {
        "test_number": number, "test_desc": f"Ensure {number} (Scored)", "audit": "ps", "AuditConfig": "",
        "type": "", "remediation": "Edit the file.", "test_info": [], "status": state, "actual_value": "",
        "scored": True, "expected_result": "", **more,
    }  # fmt: skip


def statuses(reading: Reading) -> dict[str, str]:
    return {slug: told["status"] for slug, told in reading.entries.items() if "status" in told}


def test_docker_bench_warns_of_a_failure_where_it_decides_and_asks_a_person_where_it_does_not():
    sharing = f"Containers sharing docker socket: {MORE}"
    content = docker_file(
        docker_check("5.5", "PASS"),
        docker_check("5.32", "WARN", details=sharing, items=["c1", "c2"]),
        docker_check("5.6", "WARN", desc="Ensure sshd is not run (Scored)"),
        docker_check("4.1", "WARN", desc="Ensure that a user is created (Manual)"),
        docker_check("5.27", "WARN", desc="Ensure that health is checked (Not Scored)"),
        docker_check("4.2", "NOTE"),
        docker_check("2.6", "INFO"),
    )
    reading = read_tool_file(DOCKER, content)
    failed = [slug for slug, status in statuses(reading).items() if status == "fail"]
    assert statuses(reading)["dr-privileged"] == "pass"
    assert [entry.ident for entry in DOCKER.entries if entry.slug in failed] == ["5.6", "5.32"]
    assert reading.entries["dr-socket-mount"]["told"].startswith(f"5.32 WARN: {sharing}")
    open_numbers = {entry.ident for entry in DOCKER.entries if entry.slug in reading.open}
    assert open_numbers == {"4.1", "5.27", "4.2", "2.6"}
    assert reading.open["dd-aufs"] == "the tool says INFO, which is no clear result"
    assert len(reading.silent) == 73 - 7
    assert (reading.tool, reading.version, reading.unknown) == ("docker-bench", "1.6.0", ())


def test_what_the_tool_left_open_is_a_finding_and_failures_are_among_the_answered():
    content = docker_file(
        docker_check("5.5", "PASS"), docker_check("5.32", "WARN"), docker_check("2.6", "INFO")
    )
    outcome = evaluate(DOCKER, {"entries": read_tool_file(DOCKER, content).entries}, Known(levels={}))
    measures = {one.slug: one for one in outcome.measures}
    assert (measures["score-answered"].value, measures["score-answered"].of) == ("50", "2 checks")
    texts = {one.slug: one.text for one in outcome.findings if one.kind == "open"}
    assert "the tool gave no clear result (2.6 INFO)" in texts["left-open-dd-aufs"]
    assert sum(len(one.entries) for one in outcome.findings if one.kind == "open") == 73 - 2


def test_what_was_read_can_be_kept_in_the_run():
    reading = read_tool_file(DOCKER, docker_file(docker_check("5.5", "PASS"), docker_check("5.6", "WARN")))
    assert problems_of(DOCKER, {"entries": reading.entries}) == {}


def test_an_entry_of_several_checks_passes_only_if_all_do():
    """Owner and permissions of docker.service are two checks of the tool and one of ours."""
    both = read_tool_file(DOCKER, docker_file(docker_check("3.1", "PASS"), docker_check("3.2", "PASS")))
    assert statuses(both) == {"dfp-docker-service": "pass"}
    one = read_tool_file(DOCKER, docker_file(docker_check("3.1", "PASS")))
    assert statuses(one) == {}
    assert one.open == {"dfp-docker-service": "the file says nothing of 3.2"}
    warned = read_tool_file(DOCKER, docker_file(docker_check("3.1", "PASS"), docker_check("3.2", "WARN")))
    assert statuses(warned) == {"dfp-docker-service": "fail"}


def test_one_check_of_the_tool_may_speak_to_two_entries():
    reading = read_tool_file(DOCKER, docker_file(docker_check("2.13", "PASS")))
    assert statuses(reading) == {"dd-central-logging": "pass", "dd-remote-logging": "pass"}


def test_kube_bench_passes_and_failures_are_taken():
    content = kube_file(
        kube_check("1.2.1", "WARN", reason="Test marked as a manual test"),
        kube_check("1.2.20", "FAIL", expected_result="'--secure-port' is not 0"),
        kube_check("1.2.22", "PASS"),
        kube_check("1.2.7", "PASS"),
        kube_check("1.2.8", "FAIL"),
        kube_check("1.2.9", "PASS"),
        kube_check("1.2.19", "PASS"),
        kube_check("4.1.1", "PASS"),
    )
    reading = read_tool_file(CLUSTER, content)
    assert statuses(reading) == {
        "ca-secure-port": "fail",
        "ca-audit-log-path": "pass",
        "ca-authorization-mode": "fail",  # must not be AlwaysAllow, and includes Node and RBAC
    }
    assert reading.open == {"ca-anonymous-auth": "the tool says WARN, which is no clear result"}
    assert [one.number for one in reading.unknown] == ["1.2.19", "4.1.1"]  # insecure port, worker node
    assert reading.entries["ca-secure-port"]["told"] == "1.2.20 FAIL: '--secure-port' is not 0"
    assert reading.entries["ca-anonymous-auth"]["told"] == "1.2.1 WARN: Test marked as a manual test"


def test_command_lines_of_the_cluster_are_not_kept():
    """What kube-bench calls the actual value may hold a secret."""
    line = "kube-apiserver --token=s3cret"
    for state in ("PASS", "FAIL", "WARN"):
        reading = read_tool_file(
            CLUSTER, kube_file(kube_check("1.2.22", state, actual_value=line, audit=line))
        )
        assert "s3cret" not in str(reading)


def test_a_bare_list_of_controls_is_read_alike():
    checks = [kube_check("1.2.22", "PASS")]
    assert read_tool_file(CLUSTER, kube_file(*checks)) == read_tool_file(
        CLUSTER, kube_file(*checks, bare=True)
    )


def test_numbers_mean_what_they_mean_in_the_version_of_the_file():
    """1.2.18 is the insecure address in the benchmark 1.5, and the path of the audit log in 1.24."""
    reading = read_tool_file(CLUSTER, kube_file(kube_check("1.2.18", "PASS"), version="cis-1.24"))
    assert statuses(reading) == {"ca-audit-log-path": "pass"}
    before = read_tool_file(CLUSTER, kube_file(kube_check("1.2.18", "PASS"), version="cis-1.5"))
    assert statuses(before) == {"ca-insecure-bind-address": "pass"}
    assert read_tool_file(CLUSTER, kube_file(kube_check("1.2.2", "PASS"), version="1.5")).version == "1.5"


@pytest.mark.parametrize("version", ["", "cis-9.9", "eks-1.2.0", "cis-1.6-k3s", "1"])
def test_versions_whose_numbers_are_not_known_are_refused(version: str):
    with pytest.raises(UnreadableFile, match=r"Nothing is guessed"):
        read_tool_file(CLUSTER, kube_file(kube_check("1.2.1", "PASS"), version=version))
    with pytest.raises(UnreadableFile, match=r"not known here; known are 1\.6\."):
        read_tool_file(DOCKER, docker_file(docker_check("5.5", "PASS"), version="1.3.5"))


def test_the_same_check_told_twice_and_differently_stays_open():
    content = kube_file(kube_check("1.2.22", "PASS"), kube_check("1.2.22", "FAIL"))
    reading = read_tool_file(CLUSTER, content)
    assert statuses(reading) == {}
    assert reading.open == {"ca-audit-log-path": "the file says pass and fail of the same check"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[PASS] 5.5 - Ensure", "not JSON"),
        (b"{}", "not the file of docker-bench-security"),
        (b"[]", "not the file of docker-bench-security"),
        (b"null", "not the file of docker-bench-security"),
        (b'{"dockerbenchsecurity": "1.6.0"}', "no checks in the file"),
        (b'{"dockerbenchsecurity": "1.6.0", "tests": "x"}', "not built as the tool builds it"),
        (b'{"dockerbenchsecurity": "1.6.0", "tests": [{"results": [1]}]}', "not built as the tool builds it"),
        (b" " * (MOST_BYTES + 1), "at most 5,000,000 are read"),
        (docker_file(*[docker_check("5.5", "PASS")] * 5001), "more than 5,000 checks"),
    ],
    ids=str,
)
def test_what_is_not_the_tools_file_is_refused_with_a_reason(content: bytes, message: str):
    with pytest.raises(UnreadableFile, match=message):
        read_tool_file(DOCKER, content)


def test_the_file_of_the_other_tool_is_refused():
    with pytest.raises(UnreadableFile, match="not the file of docker-bench-security"):
        read_tool_file(DOCKER, kube_file(kube_check("1.2.1", "PASS")))
    with pytest.raises(UnreadableFile, match="not the file of kube-bench"):
        read_tool_file(CLUSTER, docker_file(docker_check("5.5", "PASS")))
    with pytest.raises(UnreadableFile, match="is not filled from a file"):
        read_tool_file(published()["in-layer-checklist"], b"{}")


def test_a_file_of_several_versions_is_refused():
    told = json.loads(kube_file(kube_check("1.2.1", "PASS")))
    told["Controls"].append(
        json.loads(kube_file(kube_check("1.2.1", "PASS"), version="cis-1.6"))["Controls"][0]
    )
    with pytest.raises(UnreadableFile, match=r"mixes versions \(cis-1\.5, cis-1\.6\)"):
        read_tool_file(CLUSTER, json.dumps(told).encode())


def test_words_of_the_file_are_kept_short_and_plain():
    content = docker_file(docker_check("5.32", "WARN", details="a\x00b\n\u202ec" + "x" * 1000))
    told = read_tool_file(DOCKER, content).entries["dr-socket-mount"]["told"]
    assert told.startswith("5.32 WARN: a b c")
    assert len(told) <= 3000
    assert problems_of(DOCKER, {"entries": {"dr-socket-mount": {"told": told}}}) == {}


def test_entries_share_a_number_only_where_the_tool_checks_both_at_once():
    seen: dict[tuple[str, str], list[str]] = {}
    for tool, instrument in (("docker", DOCKER), ("kube", CLUSTER)):
        for entry in instrument.entries:
            for number in entry.ident.split(", "):
                seen.setdefault((tool, number), []).append(entry.slug)
    assert {tuple(slugs) for slugs in seen.values() if len(slugs) > 1} == {
        ("ca-etcd-certfile", "ca-etcd-keyfile"),
        ("ca-kubelet-client-certificate", "ca-kubelet-client-key"),
        ("ca-tls-cert-file", "ca-tls-private-key-file"),
        ("ce-cert-file", "ce-key-file"),
        ("ce-peer-cert-file", "ce-peer-key-file"),
        ("dd-central-logging", "dd-remote-logging"),
        ("di-scan", "di-rebuild"),
    }


@given(
    st.dictionaries(
        st.sampled_from(["5.5", "5.32", "3.1", "3.2", "9.9"]),
        st.sampled_from(["PASS", "WARN", "INFO", "NOTE", ""]),
    )
)
def test_nothing_passes_that_the_tool_did_not_pass(told: dict[str, str]):
    if not told:
        return
    reading = read_tool_file(
        DOCKER, docker_file(*[docker_check(number, state) for number, state in told.items()])
    )
    for entry in DOCKER.entries:
        if statuses(reading).get(entry.slug) == "pass":
            assert all(told[number] == "PASS" for number in entry.ident.split(", "))
    assert ("9.9" in told) == bool(reading.unknown)
    assert all(isinstance(one, Check) for one in reading.unknown)


def test_the_containers_that_the_tool_names_are_kept_within_bounds():
    content = docker_file(docker_check("5.32", "WARN", details="Sharing", items=[f"c{n}" for n in range(60)]))
    told = read_tool_file(DOCKER, content).entries["dr-socket-mount"]["told"]
    assert told.startswith("5.32 WARN: Sharing [c0, c1, ")
    assert told.endswith(", c49 and 10 more]")


def test_what_is_no_text_says_nothing():
    content = docker_file(docker_check("5.32", "WARN", details=[["a"] * 10] * 10))
    (told,) = (columns["told"] for columns in read_tool_file(DOCKER, content).entries.values())
    assert told == "5.32 WARN"


def test_of_many_versions_a_few_are_named():
    rows = [kube_file({"test_number": "1.1.1", "status": "PASS"}, version=f"v{n}") for n in range(50)]
    controls = [json.loads(row)["Controls"][0] for row in rows]
    with pytest.raises(UnreadableFile, match=r"\(v0, v1, v10, v11, v12, …\)"):
        read_tool_file(CLUSTER, json.dumps(controls).encode())
