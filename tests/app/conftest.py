"""Lets the tests of this room share `made_snapshot`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from made_snapshot import make_snapshot, write_config

from pipeline.home import Home


@pytest.fixture(scope="session")
def made_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with a snapshot of three fictional brands; not to be changed."""
    home = Home(tmp_path_factory.mktemp("made") / "home")
    home.root.mkdir()
    write_config(home)
    make_snapshot(home)
    return home


@pytest.fixture
def empty_home(tmp_path: Path) -> Home:
    """A home with a config and nothing published."""
    home = Home(tmp_path / "home")
    home.root.mkdir()
    write_config(home)
    return home
