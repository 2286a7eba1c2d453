"""A crawl that is killed in the middle, with all its children."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from crawlers.target import Target

JOB = """
import json, sys
from pathlib import Path
from crawlers.authors import AuthorHasher
from crawlers.run import crawl
from crawlers.settings import Manners
from crawlers.target import Target
job = json.loads(sys.stdin.read())
targets = [Target(**target) for target in job["targets"]]
manners = Manners(delay=0.02, backoff=0.01, allow_private=("127.0.0.1",))
crawl(targets, Path(job["landing"]), AuthorHasher(b"test"), manners, secrets=job["secrets"])
"""


def killed(
    targets: Sequence[Target],
    landing: Path,
    when: Callable[[], bool],
    secrets: Mapping[str, Any] | None = None,
) -> None:
    """A crawl that is killed with all its children as soon as `when` holds."""
    job = {
        "targets": [asdict(one) for one in targets],
        "landing": str(landing),
        "secrets": dict(secrets or {}),
    }
    command = [sys.executable, "-c", JOB]
    with subprocess.Popen(command, stdin=subprocess.PIPE, text=True, start_new_session=True) as child:
        assert child.stdin is not None
        child.stdin.write(json.dumps(job))
        child.stdin.close()
        deadline = time.monotonic() + 30
        while child.poll() is None and not when():
            assert time.monotonic() < deadline, "waited in vain"
            time.sleep(0.005)
        assert child.poll() is None, "it was done before it could be killed"
        os.killpg(child.pid, signal.SIGKILL)
