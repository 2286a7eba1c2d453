"""What several rooms' tests need."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of recorded pages and labelled corpora that stands beside the checkout.

    In CI its absence is a failure; on a stranger's machine the tests that need it are skipped.
    """
    if not SHARED.is_dir():
        if os.environ.get("CI"):
            pytest.fail("the shared folder is missing beside the checkout")
        pytest.skip("needs the recorded pages and corpora, which are not part of the repository")
    return SHARED
