"""What all sources with a key or a login have in common: keys that are refused, tokens that run out."""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from keyed import LOGINS, SECRETS, Replay
from replays import REPLAYS, assert_no_secret_is_kept

from crawlers.authors import AuthorHasher
from crawlers.report import TargetReport
from crawlers.run import crawl
from crawlers.target import Target

Play = Generator[Target, TargetReport, None]
ASKING = {kind: REPLAYS[kind] for kind in SECRETS}


def target(stage: Any, replay: Replay, **more: Any) -> Target:
    return Target(stage.name, replay.kind, options=replay.options(), **more)


def ids(stage: Any) -> list[str]:
    return [record["native_id"] for record in stage.landed()]


def refused(kind: str, stage: Any) -> Play:
    """A key that is not taken is named, with the place where it stands."""
    replay = ASKING[kind](stage, 3)
    replay.refuses = True
    report = yield target(stage, replay)
    (error,) = report.errors
    assert (report.outcome, report.new) == ("failed", 0)
    assert error.what.startswith(f"RefusedKey: {kind} does not accept")
    assert f"[{kind}] in secrets.toml" in error.next_step and f"SAYSO_{kind.upper()}_" in error.next_step
    replay.refuses = False
    report = yield target(stage, replay)
    assert report.outcome == "done" and set(ids(stage)) == replay.ids()


def expired(kind: str, stage: Any) -> Play:
    """A token that runs out in the middle of the walk is renewed, and nothing is missing."""
    replay = ASKING[kind](stage, 90)
    replay.life = 2
    report = yield target(stage, replay)
    assert (report.outcome, report.errors) == ("done", [])
    assert len(replay.tokens) >= 2 and set(ids(stage)) == replay.ids()


def dead(kind: str, stage: Any) -> Play:
    """Where a fresh token does not help either, the walk ends by name instead of asking on and on."""
    replay = ASKING[kind](stage, 90)
    replay.dead = True
    report = yield target(stage, replay)
    assert report.errors[0].what.startswith("ExpiredToken") and report.outcome == "failed"
    assert len(replay.tokens) == 1


def redirected(kind: str, stage: Any) -> Play:
    """No redirect takes a key elsewhere, not even within the host."""
    replay = ASKING[kind](stage, 3)
    for path in [path for path in stage.site.routes if path != "/robots.txt"]:
        stage.site.answer(path, status=307, headers={"Location": "/elsewhere"})
    report = yield target(stage, replay)
    assert report.skipped[0].what == "ForbiddenUrl: redirects, and a key is for nobody else"
    assert "/elsewhere" not in stage.site.paths() and report.new == 0


def scenarios() -> dict[str, Callable[[Any], Play]]:
    pairs = [(scenario, kind) for scenario in (refused, redirected) for kind in ASKING]
    pairs += [(scenario, kind) for scenario in (expired, dead) for kind in LOGINS]
    return {f"{kind}-{scenario.__name__}": partial(scenario, kind) for scenario, kind in pairs}


SCENARIOS = scenarios()


@pytest.fixture(scope="module")
def place(tmp_path_factory: Any) -> Path:
    return Path(tmp_path_factory.mktemp("keyed"))


@pytest.fixture(scope="module")
def played(play: Any, make_home: Any, place: Path) -> dict[str, Exception | None]:
    home = make_home(place / "landing")
    home.secrets = SECRETS
    found: dict[str, Exception | None] = play(SCENARIOS, home)
    return found


@pytest.mark.parametrize("name", SCENARIOS)
def test_spider(name: str, played: dict[str, Exception | None]) -> None:
    if error := played[name]:
        raise error


def test_no_key_and_no_token_is_kept_anywhere(place: Path, played: dict[str, Exception | None]) -> None:
    """Reports, memory, segments and rejects, of runs that went well and of those that did not."""
    assert_no_secret_is_kept(place)


@pytest.fixture(scope="module")
def keyless(make_home: Any, make_site: Any, tmp_path_factory: Any) -> Any:
    """One crawl over all kinds without any key: the reports, and what was asked of the site."""
    site, home = make_site(), make_home(tmp_path_factory.mktemp("keyless") / "landing")
    report = home.crawl(*targets_on(site))
    site.close()
    return {found.target: found for found in report.targets}, list(site.asked)


def targets_on(site: Any, **state: Any) -> list[Target]:
    """One target of each kind; all replays on one site."""
    stage, found = SimpleNamespace(site=site), []
    for kind, make in ASKING.items():
        replay = make(stage, 3)
        vars(replay).update(state)
        found.append(Target(kind, kind, options=replay.options()))
    return found


def test_a_key_shows_in_no_log_and_no_report(site: Any, home: Any, quick: Any, tmp_path: Path) -> None:
    log = tmp_path / "crawl.log"
    targets, hasher = targets_on(site, refuses=True), AuthorHasher(b"test")
    report = crawl(targets, home.root, hasher, quick(), secrets=SECRETS, log=log)
    shown = report.model_dump_json() + log.read_text()
    assert shown.count("RefusedKey") == 2 * len(ASKING)
    assert not [value for keys in SECRETS.values() for value in keys.values() if value in shown]


@pytest.mark.parametrize("kind", ASKING)
def test_a_missing_key_is_named_and_nothing_is_asked(kind: str, keyless: Any) -> None:
    reports, asked = keyless
    (error,) = reports[kind].errors
    name = next(iter(SECRETS[kind]))
    assert error.what == f"MissingKey: {kind} needs '{name}'"
    assert error.next_step.startswith(f"put it under [{kind}] in secrets.toml")
    assert asked == []
