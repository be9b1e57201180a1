"""The environment of the tests, set before Django reads its settings: loaded by `-p` in pyproject.toml."""

import os
import re
import tempfile
from pathlib import Path

# With pytest-xdist each worker has a folder, and with it an embedded broker, and a Redis database of its own:
# a message of one must not be taken by another's Celery worker.
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
os.environ["VAR_DIR"] = tempfile.mkdtemp(prefix=f"portal-test-{WORKER}")
(Path(os.environ["VAR_DIR"]) / "static").mkdir()  # WhiteNoise warns where there is none
os.environ["HTTPS"] = "false"
if os.environ.get("DATABASE_URL"):
    os.environ.setdefault("SECRET_KEY", "tests-only-" + "x" * 40)
    os.environ.setdefault("ALLOWED_HOSTS", "127.0.0.1,localhost")
    os.environ.setdefault("SITE_URL", "http://127.0.0.1:8000")
if os.environ.get("REDIS_URL") and WORKER:
    number = int(WORKER.removeprefix("gw"))
    os.environ["REDIS_URL"] = re.sub(r"/\d+$", f"/{14 - number}", os.environ["REDIS_URL"])
