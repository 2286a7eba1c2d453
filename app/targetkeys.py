"""The keys of one target, for `sayso parse`: from a sayso.toml, a file of their own, or the command."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline import config as configuration
from pipeline.errors import InputError


def keys_of(
    kind: str, given: Sequence[str], *, config: Path | None, home: Path | None, target: str | None
) -> dict[str, Any]:
    """The keys of a target of this kind, with `KEY=VALUE` pairs laid over them.

    `config` is a sayso.toml (then `target` names one, or there is only one of the kind), or holds the keys of
    one target and nothing else. The home's sayso.toml stands in for it; it need not know the kind unless
    `target` is named. Without both there are only the pairs. Raises InputError or ConfigError.
    """
    own = home / "sayso.toml" if home else None
    if config:
        keys = _from_file(kind, config, target)
    elif own and (target or own.exists()):
        found = _named(kind, own, target)
        keys = dict(_only(kind, own, target, found).options) if target or len(found) == 1 else {}
    elif target:
        what = f"Nothing says where target {target!r} stands"
        raise InputError(what, where="--target", next_step="add --config or --home")
    else:
        keys = {}
    for pair in given:
        _lay(keys, pair)
    return keys


def _from_file(kind: str, config: Path, target: str | None) -> dict[str, Any]:
    try:
        raw = tomllib.loads(config.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"Cannot read the config: {error.strerror}", where=str(config)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"Not valid TOML: {error}", where=str(config), next_step="mend that line") from error
    if raw.keys() & configuration.Config.model_fields.keys():
        return dict(_only(kind, config, target, _named(kind, config, target)).options)
    return {key: value for key, value in raw.items() if key not in configuration.Target.model_fields}


def _named(kind: str, config: Path, target: str | None) -> list[configuration.Target]:
    of_kind = (one for one in configuration.load(config).targets if one.kind == kind)
    return [one for one in of_kind if target in (None, one.name, one.url)]


def _only(
    kind: str, config: Path, target: str | None, found: Sequence[configuration.Target]
) -> configuration.Target:
    if len(found) == 1:
        return found[0]
    names = ", ".join(str(one.name or one.url) for one in _named(kind, config, None))
    what = f"{len(found)} targets of kind {kind}" + (f" are called {target!r}" if target else "")
    raise InputError(what, where=str(config), next_step=f"--target: one of {names}" if names else "add one")


def _lay(keys: dict[str, Any], pair: str) -> None:
    """Sets `a.b=value` in nested tables; a value that is TOML (5, true, a quoted text) is read as that."""
    name, mark, written = pair.partition("=")
    path = name.strip().split(".")
    if not mark or not all(path):
        raise InputError(f"{pair!r} is no KEY=VALUE", where="--set", next_step="write fields.text=p.body")
    for part in path[:-1]:
        inner = keys.get(part)
        keys[part] = dict(inner) if isinstance(inner, dict) else {}
        keys = keys[part]
    keys[path[-1]] = _value(written.strip())


def _value(written: str) -> Any:
    try:
        return tomllib.loads(f"value = {written}")["value"]
    except (tomllib.TOMLDecodeError, KeyError):
        return written
