"""Verbs about the home itself: init, doctor."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer

from app import keys
from app.options import HomeOption, JsonOption, home_folder
from pipeline.errors import HomeError, SaysoError
from pipeline.home import Home

DATA = Path(__file__).resolve().parents[2] / "data"
_PACKAGES = ("scrapy", "transformers", "torch", "sentence-transformers", "duckdb", "streamlit")


def init(
    home: HomeOption = None,
    example: Annotated[
        Path | None, typer.Option(help="Start from this sayso.toml instead.", exists=True)
    ] = None,
) -> None:
    """Make a home: an example sayso.toml to edit and secrets.toml with a fresh key.

    Nothing that exists is overwritten.
    """
    from app.output import say

    place = Home(home_folder(home))
    make_home(place, (example or DATA / "sayso.example.toml").read_text(encoding="utf-8"))
    say(f"A home is ready in {place.root}.")
    say(f"Next: edit {place.config_file}, then `sayso doctor` and `sayso run`.")


def make_home(place: Home, config_text: str) -> None:
    """Write sayso.toml and secrets.toml. Raises HomeError if there is a sayso.toml already."""
    try:
        place.root.mkdir(parents=True, exist_ok=True)
        with place.config_file.open("x", encoding="utf-8") as file:
            file.write(config_text)
    except FileExistsError:
        raise HomeError(
            "There is a home already",
            where=str(place.config_file),
            next_step="edit it, or pass another --home",
        ) from None
    except OSError as error:
        raise HomeError(
            f"Cannot make a home: {error}", where=str(place.root), next_step="check its rights"
        ) from error
    keys.author_hasher(place)


def doctor(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Check this installation and home: packages, weights, config, secrets, warehouse, snapshot, disk.

    Exits with 1 if something is wrong; each fault says what to do.
    """
    from app.output import print_json, print_table

    checks = [*_installation(), *_home(Home(home_folder(home)))]
    if as_json:
        print_json([{"check": name, "ok": ok, "says": says} for name, ok, says in checks])
    else:
        print_table(
            "sayso doctor", ["", "check", "says"], [("ok" if ok else "FAULT", n, s) for n, ok, s in checks]
        )
    if not all(ok for _, ok, _ in checks):
        raise typer.Exit(1)


Check = tuple[str, bool, str]


def _installation() -> list[Check]:
    versions = [f"{name} {metadata.version(name)}" for name in _PACKAGES]
    return [("packages", True, ", ".join(versions)), _weights()]


def _weights() -> Check:
    from models.reader import WEIGHTS

    files = [
        path for path in (WEIGHTS / "model.safetensors", WEIGHTS / "tokenizer.json") if not path.is_file()
    ]
    if files:
        return (
            "weights",
            False,
            f"missing: {', '.join(map(str, files))}; install sayso again, or `make train`",
        )
    size = (WEIGHTS / "model.safetensors").stat().st_size / 1e6
    return "weights", True, f"{size:.0f} MB"


def _home(place: Home) -> list[Check]:
    if not place.config_file.exists():
        return [("home", False, f"no sayso.toml in {place.root.resolve()}; run `sayso init`, or pass --home")]
    checks = [_try("config", lambda: _config_says(place)), _try("secrets", lambda: _secrets_say(place))]
    if checks[0][1]:
        checks += [
            _try("alerts", lambda: _alerts_say(place)),
            _try("warehouse", lambda: _warehouse_says(place)),
            _try("snapshot", lambda: _snapshot_says(place)),
        ]
    free = shutil.disk_usage(place.root).free / 1e9
    return [*checks, ("disk", free > 1, f"{free:.0f} GB free" + ("" if free > 1 else "; make room"))]


def _try(name: str, check: Callable[[], str]) -> Check:
    try:
        return name, True, check()
    except SaysoError as error:
        return name, False, error.message


def _config_says(place: Home) -> str:
    config = place.config
    return f"{len(config.brands)} brands, {len(config.targets)} targets"


def _secrets_say(place: Home) -> str:
    return f"{len(keys.load(place))} kept, readable by their owner alone"


def _alerts_say(place: Home) -> str:
    from app.verbs.alerts import alerting

    channels = alerting(place).channels()
    if not channels:
        return "nobody is told of warnings: [alerts] urls names no address"
    return f"{', '.join(channels)}; `sayso alert test` tries them"


def _warehouse_says(place: Home) -> str:
    from pipeline.sql import query
    from pipeline.warehouse import open_warehouse

    if not place.warehouse.exists():
        return "none yet; the first `sayso run` makes it"
    with open_warehouse(place) as con:
        row = con.execute(query("ingest.stored")).fetchone()
    return f"{row[1] if row else 0:,} mentions"


def _snapshot_says(place: Home) -> str:
    from pipeline.errors import SnapshotMissing
    from pipeline.snapshot import Snapshot

    try:
        with Snapshot.open(place) as snapshot:
            return f"generation {snapshot.generation}"
    except SnapshotMissing:
        return "none yet; `sayso run` publishes one"
