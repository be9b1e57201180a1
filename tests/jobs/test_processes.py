"""The children of `make run`: started again when they end, given up when they keep ending, and stopped."""

import signal
import sys
import time
from pathlib import Path

import pytest

from portal.jobs import processes
from portal.jobs.processes import Process, ProcessGaveUp, keep_running, portal_processes, start_all, stop_all

LIVES = "import time; print('ready', flush=True); time.sleep(60)"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {LIVES}"
DIES = "import sys; sys.exit('there is no room')"


def child(folder: Path, program: str) -> Process:
    return Process("child", [sys.executable, "-c", program], folder / "child.log")


def wait_for(holds, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def test_a_process_that_ends_is_started_again(tmp_path):
    process = child(tmp_path, LIVES)
    said = []
    start_all([process])
    try:
        process.signal(signal.SIGKILL)
        wait_for(process.has_ended)
        keep_running([process], said.append, now=0.0)
        assert not process.has_ended()
        assert "child ended and is started again" in said[0]
    finally:
        stop_all([process])


def test_one_that_keeps_ending_is_given_up_with_its_last_lines(tmp_path):
    process = child(tmp_path, DIES)
    start_all([process])
    for moment in range(processes.MOST_RESTARTS):
        wait_for(process.has_ended)
        keep_running([process], lambda text: None, now=float(moment))
    wait_for(process.has_ended)
    with pytest.raises(ProcessGaveUp, match="there is no room"):
        keep_running([process], lambda text: None, now=10.0)


def test_restarts_long_ago_do_not_count(tmp_path):
    process = child(tmp_path, DIES)
    process.restarts = [0.0] * processes.MOST_RESTARTS
    start_all([process])
    wait_for(process.has_ended)
    keep_running([process], lambda text: None, now=processes.RESTART_WINDOW)
    assert process.restarts == [processes.RESTART_WINDOW]
    stop_all([process])


def test_stopping_kills_what_does_not_listen(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "STOP_SECONDS", 0.2)
    listens, deaf = (
        child(tmp_path, LIVES),
        Process("deaf", [sys.executable, "-c", DEAF], tmp_path / "deaf.log"),
    )
    start_all([listens, deaf])
    wait_for(lambda: "ready" in listens.last_lines() and "ready" in deaf.last_lines())
    stop_all([listens, deaf])
    assert listens.has_ended()
    assert deaf.has_ended()


def test_the_portal_listens_on_this_machine_alone(tmp_path):
    web = portal_processes(8123, tmp_path / "log")[0]
    assert web.command[web.command.index("--bind") + 1] == "127.0.0.1:8123"
