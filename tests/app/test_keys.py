"""Where the keys of sources come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import keys
from pipeline.errors import ConfigError
from pipeline.home import Home

SECRETS = (
    'author_key = "0123456789abcdef"\n[youtube]\nkey = "from file"\n[mastodon]\n"a.example" = "t1"\nodd = 7\n'
)


def home(root: Path, mode: int = 0o600) -> Home:
    path = root / "secrets.toml"
    path.write_text(SECRETS)
    path.chmod(mode)
    return Home(root)


def test_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAYSO_YOUTUBE_KEY", "from environment")
    monkeypatch.setenv("SAYSO_REDDIT_CLIENT_ID", "id")
    found = keys.of_sources(home(tmp_path), ["youtube", "reddit", "mastodon", "steam"])
    assert found == {
        "youtube": {"key": "from environment"},
        "reddit": {"client_id": "id"},
        "mastodon": {"a.example": "t1"},
    }


def test_only_the_kinds_asked_for_are_given(tmp_path: Path) -> None:
    assert keys.of_sources(home(tmp_path), ["youtube"]) == {"youtube": {"key": "from file"}}


def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Others may read"):
        keys.of_sources(home(tmp_path, 0o644), ["youtube"])
