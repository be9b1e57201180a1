"""The web application, whose process is killed once at a step of keeping a file, an answer or a decision:
DIE_AT names it, DIED is the file that tells that it has happened."""

import os
import signal
from pathlib import Path
from typing import Any, cast

from portal.wsgi import application as portal

STEP, MARK = os.environ["DIE_AT"], Path(os.environ["DIED"])


def die(step: str) -> None:
    """kill -9 of this process, the first time that it comes to this step."""
    if step == STEP and not MARK.exists():
        MARK.touch()
        os.kill(os.getpid(), signal.SIGKILL)


def patch() -> None:
    """Let it pass the steps."""
    from assessments import services_evidence as real_services
    from assessments import services_evidence_files
    from assessments.evidence_storage import FolderStorage

    services_evidence, storage = cast(Any, real_services), cast(Any, FolderStorage)
    keep, add, save = services_evidence.keep_bytes, services_evidence._add_file, storage._save
    record = services_evidence.record

    def kept(**given: Any) -> Any:
        stored = keep(**given)
        die("bytes are there, nothing names them")
        return stored

    def saved(self: Any, name: str, content: Any) -> str:
        die("the row is there, the bytes are not")
        real = content.chunks

        def chunks() -> Any:
            for number, piece in enumerate(real(1024)):
                if number == 1:
                    die("half of the bytes are there")
                yield piece

        content.chunks = chunks
        return save(self, name, content)

    def recorded(**given: Any) -> Any:
        entry = record(**given)
        die("all is written, nothing is committed")
        return entry

    def added(*given: Any) -> Any:
        made = add(*given)
        die("it is committed, nobody was told")
        return made

    services_evidence.keep_bytes, services_evidence._add_file = kept, added
    services_evidence.record = recorded
    storage._save = saved
    assert services_evidence_files.keep_bytes is keep


def patch_words() -> None:
    """Let it pass the steps of saving an answer, a reviewer's word on an item, and an approval."""
    from assessments import services_answers, services_review, services_reviewing
    from assessments.api import answers, assessments, reviews

    for services, page, name in (
        (services_answers, answers, "save_answer"),
        (services_reviewing, reviews, "decide_item"),
        (services_review, assessments, "approve_assessment"),
    ):
        _dies_after(services, "record", f"{name} has written, nothing is committed")
        _dies_after(page, name, f"{name} is committed, nobody was told")


def _dies_after(module: Any, name: str, step: str) -> None:
    real = getattr(module, name)

    def called(**given: Any) -> Any:
        made = real(**given)
        die(step)
        return made

    setattr(module, name, called)


patch()
patch_words()
application = portal
