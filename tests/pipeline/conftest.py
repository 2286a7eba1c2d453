"""Lets the tests of this room share `landing_of`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from landing_of import make_home

from pipeline import aggregate
from pipeline.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A fresh home with two fictional brands."""
    return make_home(tmp_path / "home")


@pytest.fixture
def unmeasured_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader whose error nobody measured, and of whom nothing is known: scores are as read, intervals hold
    sampling alone."""
    monkeypatch.setattr(aggregate, "shipped_reader_error", lambda: None)
    monkeypatch.setattr(aggregate, "_kinds", lambda con, config: {})
