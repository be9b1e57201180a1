"""`python -m portal.healthcheck`: ends with 0 if the web server of this container answers /healthz."""

import os
import sys
import urllib.request

PORT = 8000


def main() -> int:
    # Only a host the portal answers to; ".example.gov" stands for all below it.
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip().lstrip(".")
    request = urllib.request.Request(f"http://127.0.0.1:{PORT}/healthz", headers={"Host": host})
    try:
        with urllib.request.urlopen(request, timeout=4) as response:  # noqa: S310 - this container's own address
            return 0 if response.status == 200 else 1
    except OSError as error:
        print(error, file=sys.stderr)  # noqa: T201 - what the platform shows
        return 1


if __name__ == "__main__":
    sys.exit(main())
