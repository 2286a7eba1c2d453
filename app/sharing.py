"""Who may see the view: on loopback whoever sits at the machine, else only those whom the config lists.

The view counts as shared when it listens on more than loopback or when `view.public` says that something
passes it on (a proxy, a container). Streamlit's OIDC then asks who somebody is, the lists of `[view]` who may
enter and what they may do.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any, Literal

from app import keys
from pipeline.config import Config, View
from pipeline.errors import ConfigError
from pipeline.home import Home

Role = Literal["viewer", "analyst", "admin"]
"""A viewer reads; an analyst also corrects, sets aside, answers, audits, acknowledges and snoozes; an admin
also dismisses campaigns, which detection learns from, and sees who did what."""
_AUTH_KEYS = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")


def is_loopback(host: str | None) -> bool:
    """Whether only this machine reaches that address; None is every address."""
    if host is None:
        return False
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def is_shared(config: Config, listens: str | None) -> bool:
    """Whether others than this machine's people may reach a view that listens there."""
    return config.view.public or not is_loopback(listens)


def check(home: Home) -> None:
    """That a shared view asks who comes. Raises ConfigError that says what is missing."""
    if not is_shared(home.config, home.config.view.host):
        return
    missing = [name for name in _AUTH_KEYS if name not in _auth(home)]
    if missing:
        raise ConfigError(
            f"A shared view needs OIDC, and [auth] lacks {', '.join(missing)}",
            where=str(home.secrets_file),
            next_step='add them (see docs/view.md), or set view.host = "127.0.0.1" and view.public = false',
        )
    view = home.config.view
    if not (view.viewers or view.analysts or view.admins):
        raise ConfigError(
            "A shared view needs a list of who may enter",
            where=f"{home.config_file}: view.viewers",
            next_step='name them, e.g. viewers = ["ana@example.com"]',
        )
    if find_spec("authlib") is None:
        raise ConfigError(
            "OIDC needs a library that is not installed",
            where="authlib",
            next_step="pip install 'authlib>=1.3.2'",
        )


def _auth(home: Home) -> Mapping[str, Any]:
    section = keys.load(home).get("auth")
    return section if isinstance(section, dict) else {}


def role(user: Mapping[str, Any], view: View) -> Role | None:
    """What somebody who logged in may do, the most of what the lists give; None: they may not enter."""
    lists: tuple[tuple[Role, Sequence[str]], ...] = (
        ("admin", view.admins), ("analyst", view.analysts), ("viewer", view.viewers),
    )  # fmt: skip
    return next((name for name, listed in lists if may_enter(user, listed)), None)


def may_enter(user: Mapping[str, Any], viewers: Sequence[str]) -> bool:
    """Whether the claims of somebody who logged in are on the list. An address that the provider says is not
    verified counts for nothing; an empty list lets nobody in."""
    email = str(user.get("email") or "").casefold()
    verified = user.get("email_verified", True)
    return bool(email) and verified in (True, "true") and email in {name.casefold() for name in viewers}
