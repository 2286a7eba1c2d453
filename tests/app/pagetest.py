"""Opens one page of the view by Streamlit's own test client."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from pipeline.home import Home

VIEW = Path(__file__).resolve().parents[2] / "app" / "entry" / "view.py"


def opened(home: Home, patch: pytest.MonkeyPatch, path: str, **params: str | list[str]) -> AppTest:
    """The page at that address, run once."""
    patch.setenv("SAYSO_HOME", str(home.root))
    test = AppTest.from_file(str(VIEW), default_timeout=60)
    test._page_hash = calc_hash(path)
    for name, value in params.items():
        test.query_params[name] = value
    return test.run()


def markup(test: AppTest) -> str:
    """All markup of our own on the page."""
    assert not test.exception
    return "\n".join(
        block.proto.body for block in test.get("html") if not block.proto.body.startswith("<style>")
    )
