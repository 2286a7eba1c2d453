"""Who may see the view, and where it may listen."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from app import sharing
from app.serve import ViewError, running
from pipeline.config import Config
from pipeline.errors import ConfigError
from pipeline.home import Home

AUTH = """
author_key = "0123456789abcdef0123456789abcdef"
[auth]
redirect_uri = "https://view.example/oauth2callback"
cookie_secret = "long and random"
client_id = "id"
client_secret = "secret"
server_metadata_url = "https://login.example/.well-known/openid-configuration"
"""


def home_with(tmp_path: Path, view: str, secrets: str = "") -> Home:
    home = Home(tmp_path)
    home.config_file.write_text(f"[view]\n{view}\n", encoding="utf-8")
    if secrets:
        home.secrets_file.write_text(secrets, encoding="utf-8")
        home.secrets_file.chmod(0o600)
    return home


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback_is_private(host: str) -> None:
    assert not sharing.is_shared(Config(), host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.10", "view.example", "", None])
def test_anything_else_is_shared(host: str | None) -> None:
    assert sharing.is_shared(Config(), host)


@pytest.mark.parametrize("view", ['host = "0.0.0.0"', "public = true"])
def test_sharing_without_oidc_is_refused(tmp_path: Path, view: str) -> None:
    with pytest.raises(ConfigError, match="lacks redirect_uri"):
        sharing.check(home_with(tmp_path, view))


def test_sharing_without_a_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="list of who may enter"):
        sharing.check(home_with(tmp_path, "public = true", AUTH))


@pytest.mark.parametrize(
    ("claims", "enters"),
    [
        ({"email": "Ana@Example.com", "email_verified": True}, True),
        ({"email": "ana@example.com"}, True),
        ({"email": "ana@example.com", "email_verified": False}, False),
        ({"email": "bob@example.com", "email_verified": True}, False),
        ({"name": "ana@example.com"}, False),
        ({}, False),
    ],
)
def test_only_the_listed_enter(claims: dict[str, object], enters: bool) -> None:
    assert sharing.may_enter(claims, ["ana@example.com"]) is enters
    assert not sharing.may_enter(claims, [])


def test_a_taken_port_is_a_named_error_and_without_a_wish_the_next_is_taken(made_home: Home) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(ViewError, match=f"Port {port} is taken"), running(made_home, port):
            pass


def test_an_address_of_another_machine_is_a_named_error(tmp_path: Path) -> None:
    home = home_with(tmp_path, 'host = "192.0.2.1"\nviewers = ["a@example.com"]', AUTH)
    with pytest.raises((ViewError, ConfigError)), running(home):
        pass


def test_the_server_answers_on_loopback_and_ends_with_its_parent(made_home: Home) -> None:
    """SIGTERM to `serve` leaves no server behind."""
    code = (
        "import sys; from pathlib import Path; from app.serve import serve; from pipeline.home import Home; "
    )
    code += "serve(Home(Path(sys.argv[1])), None, open_browser=False)"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(made_home.root)], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    ) as process:  # fmt: skip
        assert process.stdout is not None
        url = process.stdout.readline().split()[4]
        assert urllib.request.urlopen(f"{url}/_stcore/health", timeout=5).status == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
    time.sleep(0.1)
    with pytest.raises(OSError):
        urllib.request.urlopen(f"{url}/_stcore/health", timeout=2)
