"""Secrets of a home: from the environment, else from secrets.toml, which only its owner may read."""

from __future__ import annotations

import os
import secrets as random
import stat
import tomllib
from collections.abc import Iterable
from pathlib import Path

from crawlers.authors import AuthorHasher
from pipeline.errors import ConfigError, HomeError
from pipeline.home import Home

AUTHOR_KEY_ENV = "SAYSO_AUTHOR_KEY"
_HEADER = """# Secrets of this home. Only its owner may read this file; never commit it.
# author_key turns authors' handles into hashes. With another key every author looks new: keep it, back it up.
"""


def load(home: Home) -> dict[str, object]:
    """All of secrets.toml, or nothing where there is none.

    Raises ConfigError if others may read the file or it is not TOML; the message never shows a value.
    """
    path = home.secrets_file
    if not path.exists():
        return {}
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigError("Others may read the secrets", where=str(path), next_step=f"chmod 600 {path}")
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        line = getattr(error, "lineno", None)
        where = f"{path}, line {line}" if line else str(path)
        raise ConfigError("secrets.toml is not valid TOML", where=where, next_step="mend that line") from None


def of_sources(home: Home, kinds: Iterable[str]) -> dict[str, dict[str, str]]:
    """The keys of these source kinds: `[KIND]` of secrets.toml; SAYSO_KIND_NAME of the environment wins.

    Raises ConfigError as `load` does.
    """
    stored, found = load(home), dict[str, dict[str, str]]()
    for kind in kinds:
        table, prefix = stored.get(kind), f"SAYSO_{kind.upper()}_"
        keys = (
            {name: value for name, value in table.items() if isinstance(value, str)}
            if isinstance(table, dict)
            else {}
        )
        keys |= {
            name.removeprefix(prefix).lower(): value
            for name, value in os.environ.items()
            if name.startswith(prefix)
        }
        if keys:
            found[kind] = keys
    return found


def author_hasher(home: Home) -> AuthorHasher:
    """The hasher under this home's key; the key is made on first need."""
    key = os.environ.get(AUTHOR_KEY_ENV) or load(home).get("author_key")
    if key is None:
        key = add_author_key(home.secrets_file)
    if not isinstance(key, str) or len(key) < 16:
        raise ConfigError(
            "author_key must be a text of at least 16 characters",
            where=f"{home.secrets_file} or {AUTHOR_KEY_ENV}",
            next_step="remove it to have one made, if nothing was collected under it yet",
        )
    return AuthorHasher(key.encode())


def add_author_key(path: Path) -> str:
    """Append a fresh random key to secrets.toml (made with mode 0600) and give it."""
    key = random.token_hex(32)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "a", encoding="utf-8") as file:
            file.write(("" if file.tell() else _HEADER) + f'author_key = "{key}"\n')
    except OSError as error:
        raise HomeError(
            f"Cannot write the secrets: {error}", where=str(path), next_step="check its rights"
        ) from error
    return key
